"""What the pages about sessions show, as values: the live ones, a page of past ones, and one session whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.delivery.delivery import Delivery
from tray_app.core.sessions.codec import KeptSession
from tray_app.core.sessions.live.view import SessionView
from tray_app.core.sessions.ranges import After, RangeTotals, WaitSpan
from tray_app.core.sessions.session import Session, SessionState
from tray_app.core.sessions.timeline import Moment, MomentKind

_WINDOW, _LONG_WINDOW = 200_000, 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSession:
    """One that runs: its figures, and the line that the tray shows of it."""

    session: Session
    view: SessionView


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPage:
    """Sessions that do not run, the last active first. `after` begins the next page; None where there is none."""

    sessions: Sequence[KeptSession] = ()
    after: After | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeView:
    """What a range shows. `projects` are all there are in it, whatever project was asked for."""

    past: PastPage
    totals: RangeTotals
    projects: Sequence[str]


class HappeningKind(StrEnum):
    """A line of the time line."""

    STARTED = "started"
    PROMPT = "prompt"
    TOOLS = "tools"
    WAITED = "waited"
    WAITS = "waits"
    NOTICE = "notice"
    COMPACTED = "compacted"
    FAILED = "failed"
    DONE = "done"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of the time line; `moment`, `wait` or `notice` tells more, by its kind."""

    kind: HappeningKind
    at_ms: int
    until_ms: int
    moment: Moment | None = None
    asks: str = ""
    notice: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSession:
    """All that is known of one session. `view` while it runs; `earlier`: moments too old to be kept."""

    kept: KeptSession
    view: SessionView | None
    moments: Sequence[Moment]
    earlier: int
    waits: Sequence[WaitSpan]
    notices: Sequence[Delivery]

    @property
    def session(self) -> Session:
        """Its figures."""
        return self.kept.session

    def happenings(self) -> list[Happening]:
        """The time line, oldest first."""
        session, view = self.session, self.view
        found = [_of_moment(moment) for moment in self.moments]
        found += [
            Happening(kind=HappeningKind.WAITED, at_ms=wait.since_ms, until_ms=wait.until_ms, asks=wait.asks)
            for wait in self.waits
        ]
        found += [
            Happening(kind=HappeningKind.NOTICE, at_ms=row.created_ms, until_ms=row.created_ms, notice=row)
            for row in self.notices
        ]
        if session.started_ms and not self.earlier:
            at_ms = session.started_ms
            found.append(Happening(kind=HappeningKind.STARTED, at_ms=at_ms, until_ms=at_ms))
        if view is not None and view.state is SessionState.WAITING and view.since_ms:
            kind, asks = HappeningKind.WAITS, view.waiting_for
            found.append(Happening(kind=kind, at_ms=view.since_ms, until_ms=view.since_ms, asks=asks))
        if session.state is SessionState.ENDED and session.last_ms:
            found.append(Happening(kind=HappeningKind.ENDED, at_ms=session.last_ms, until_ms=session.last_ms))
        order = list(HappeningKind)
        return sorted(found, key=lambda one: (one.at_ms, order.index(one.kind)))


def window_of(context_tokens: int) -> int:
    """The context window in tokens, as far as it can be told: no record names it, but what is in it fits into it."""
    return _WINDOW if context_tokens <= _WINDOW else _LONG_WINDOW


_KINDS = {
    MomentKind.PROMPT: HappeningKind.PROMPT,
    MomentKind.TOOLS: HappeningKind.TOOLS,
    MomentKind.COMPACTED: HappeningKind.COMPACTED,
    MomentKind.FAILED: HappeningKind.FAILED,
    MomentKind.DONE: HappeningKind.DONE,
}


def _of_moment(moment: Moment) -> Happening:
    return Happening(kind=_KINDS[moment.kind], at_ms=moment.at_ms, until_ms=moment.until_ms, moment=moment)
