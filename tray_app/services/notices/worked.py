"""What sessions have worked since the last summary, and whose robot tells of each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.notices.summary import Worked
from tray_app.core.notices.summary_times import Share, SummaryState
from tray_app.core.sessions.ranges import SessionRange
from tray_app.core.sessions.session import Session
from tray_app.core.settings.notices import NoticeKind, NoticeRules
from tray_app.services.sessions.queries import SessionQueries

_MOST_SHARES = 500


class ToldAlone(Protocol):
    """Which sessions have had a message of their own. Raises StoreUnavailable."""

    def told_alone(self, session_ids: Sequence[str], *, since_ms: int) -> frozenset[str]:
        """Those whose end was told since then, by the agent or by itself."""
        ...


class WorkedSessions:
    """Every method may raise StoreUnavailable."""

    def __init__(
        self,
        *,
        sessions: SessionQueries,
        told: ToldAlone,
        rules: Callable[[Session | None], NoticeRules],
        route: Callable[[Origin], str],
        usual_robot: Callable[[], str],
    ) -> None:
        """`rules` gives what holds for a session, `route` the robot of what names none, `usual_robot` the default."""
        self._sessions, self._told, self._rules = sessions, told, rules
        self._route, self._usual_robot = route, usual_robot

    @property
    def are_known(self) -> bool:
        """Whether what sessions did while the app was off has been read."""
        return self._sessions.tracker.caught_up

    async def since(self, state: SummaryState) -> list[Worked]:
        """Every session that did something since and may be told of, those that run and the last active ones first."""
        self._sessions.tracker.keep_now()
        day = (state.begun or state.day).isoformat()
        asked = SessionRange(since_ms=state.until_ms, until_ms=state.cut_ms, since_day=day, until_day=day)
        found = [self._sessions.newest(kept.session) async for piece in self._sessions.export(asked) for kept in piece]
        told_of = [one for one in found if _did_something(one) and self._rules(one).session_end.enabled]
        alone = self._told.told_alone([one.session_id for one in told_of], since_ms=state.until_ms)
        return [_worked(one, state.shares, told=one.session_id in alone) for one in told_of]

    def by_robot(self, worked: Sequence[Worked]) -> Mapping[str, Sequence[Worked]]:
        """The same by the robot that would tell of each one's end."""
        groups: dict[str, list[Worked]] = {}
        for one in worked:
            groups.setdefault(self._robot_of(one.session), []).append(one)
        return groups

    def _robot_of(self, session: Session) -> str:
        origin = Origin(
            source=Source.AUTO, tool=NoticeKind.SESSION_END, session=session.session_id, project=session.project
        )
        return self._rules(session).session_end.robot or self._route(origin) or self._usual_robot()


def shares_of(worked: Sequence[Worked]) -> Mapping[str, Share]:
    """What is told of each with this summary, for the next one to go on from."""
    return {
        one.session.session_id: Share(active_ms=_active_ms(one.session), micros=one.session.cost.micros or 0)
        for one in worked[:_MOST_SHARES]
    }


def _worked(session: Session, shares: Mapping[str, Share], *, told: bool) -> Worked:
    before = shares.get(session.session_id, Share())
    micros = session.cost.micros
    return Worked(
        session=session,
        active_ms=max(_active_ms(session) - before.active_ms, 0),
        micros=None if micros is None else max(micros - before.micros, 0),
        told=told,
    )


def _active_ms(session: Session) -> int:
    return session.active_ms or max(session.last_ms - session.started_ms, 0)


def _did_something(session: Session) -> bool:
    return bool(session.prompts or session.tool_calls or session.total_tokens.total)
