"""Sessions as the pages ask for them: those that run from the tracking, those that do not from the database."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from tray_app.core.delivery.delivery import Delivery
from tray_app.core.sessions.codec import KeptSession, from_data, kept_of
from tray_app.core.sessions.pages.views import LiveSession, OneSession, PastPage, RangeView
from tray_app.core.sessions.ranges import After, DaySum, ProjectSum, RangeTotals, SessionRange, Sums, ToolSum, WaitSpan
from tray_app.core.sessions.session import Estimate, Session, SessionState
from tray_app.core.sessions.timeline import Moment
from tray_app.core.sessions.usage.prices import concerns, priced, priced_day
from tray_app.core.settings.prices import OwnPrices
from tray_app.services.ports import Aside
from tray_app.services.sessions.tracker import SessionTracker

PAGE = 30
_PIECE = 200
_NOTICES = 50


class Kept(Protocol):
    """Sessions in the database. Every method may raise StoreUnavailable."""

    def past(
        self, asked: SessionRange, *, after: After | None, limit: int, without: Sequence[str]
    ) -> Sequence[dict[str, object]]:
        """Plain data, the last active first."""
        ...

    def sums(self, asked: SessionRange) -> Sums:
        """Counts."""
        ...

    def projects(self, asked: SessionRange) -> Sequence[ProjectSum]:
        """Sessions by project."""
        ...

    def tools(self, asked: SessionRange) -> Sequence[ToolSum]:
        """Calls by tool."""
        ...

    def days(self, asked: SessionRange) -> Sequence[DaySum]:
        """Use by day and model."""
        ...

    def find(self, session_id: str) -> tuple[dict[str, object], tuple[Moment, ...], int] | None:
        """One session, its time line, and how many older moments there were."""
        ...

    def waits(self, session_id: str) -> Sequence[WaitSpan]:
        """How long it waited."""
        ...

    def notices(self, session_id: str, *, limit: int) -> Sequence[Delivery]:
        """Its messages."""
        ...


class Counts(Protocol):
    """What the history counts."""

    def sent(self, session_ids: Sequence[str]) -> Mapping[str, int]:
        """Messages that arrived, by session."""
        ...

    def estimates(self, session_ids: Sequence[str]) -> Mapping[str, Mapping[str, Estimate]]:
        """What their models cost at list price, by session."""
        ...


@dataclass(slots=True, kw_only=True)
class SessionQueries:
    """Lives on the engine's loop. Methods that read the database may raise StoreUnavailable.

    `prices_as_of`: the day of the price list by which costs are estimated; `prices`: the owner's own, as they are now.
    """

    tracker: SessionTracker
    archive: Kept
    aside: Aside
    counts: Counts
    prices_as_of: str
    prices: Callable[[], OwnPrices]
    _sums: tuple[object, RangeTotals, Sequence[str]] | None = field(default=None, init=False)

    def live(self) -> list[LiveSession]:
        """Sessions that run: those that wait for the person first."""
        views = {view.id: view for view in self.tracker.views()}
        sessions = self.tracker.live()
        return [LiveSession(session=one, view=views[one.session_id]) for one in sessions if one.session_id in views]

    async def view(self, asked: SessionRange, *, after: After | None = None) -> RangeView:
        """One page of past sessions, and what all of the range adds up to."""
        self.tracker.hurry()
        totals, projects = await self._totals(asked)
        return RangeView(past=await self.past(asked, after=after, limit=PAGE), totals=totals, projects=projects)

    async def past(self, asked: SessionRange, *, after: After | None, limit: int) -> PastPage:
        """Sessions that do not run now, whatever they were last seen at."""
        running = [session.session_id for session in self.tracker.live()]
        found = await self.aside(lambda: self.archive.past(asked, after=after, limit=limit + 1, without=running))
        sessions = self._priced([_over(from_data(data)) for data in found[:limit]])
        sent = self.counts.sent([one.session.session_id for one in sessions])
        shown = [_with_messages(one, sent.get(one.session.session_id, 0)) for one in sessions]
        last = shown[-1].session if len(found) > limit else None
        return PastPage(
            sessions=shown,
            after=None if last is None else After(last_ms=last.last_ms, session_id=last.session_id),
        )

    async def one(self, session_id: str) -> OneSession | None:
        """One session whole; None where nothing is known of it."""
        kept, waits, notices = await self.aside(
            lambda: (
                self.archive.find(session_id),
                self.archive.waits(session_id),
                self.archive.notices(session_id, limit=_NOTICES),
            )
        )
        session = self.tracker.session(session_id)
        view = next((view for view in self.tracker.views() if view.id == session_id), None)
        if session is not None:
            whole, moments, earlier = kept_of(session), session.moments, session.moments_dropped
        elif kept is not None:
            data, moments, earlier = kept
            (whole,) = self._priced([from_data(data)])
        else:
            return None
        whole = whole if view is not None else _over(whole)
        return OneSession(
            kept=_with_messages(whole, self.counts.sent([session_id]).get(session_id, 0)),
            view=view,
            moments=moments,
            earlier=earlier,
            waits=[*waits, *self.tracker.fresh_waits(session_id)],
            notices=notices,
        )

    async def export(self, asked: SessionRange) -> AsyncIterator[list[KeptSession]]:
        """Every session of the range in pieces, those that run first, then the last active ones."""
        self.tracker.hurry()
        running = {
            one.session_id: kept_of(one)
            for one in self.tracker.live()
            if one.last_ms >= asked.since_ms and one.started_ms < asked.until_ms and asked.project in {"", one.project}
        }
        sent = self.counts.sent(list(running))
        yield [_with_messages(one, sent.get(name, 0)) for name, one in running.items()]
        after: After | None = None
        while True:
            page = await self.past(asked, after=after, limit=_PIECE)
            yield list(page.sessions)
            after = page.after
            if after is None:
                return

    def newest(self, session: Session) -> Session:
        """The same session with what memory knows beyond what is kept: its last words, and whether it failed."""
        known = self.tracker.session(session.session_id)
        return session if known is None else replace(known, state=session.state)

    async def _totals(self, asked: SessionRange) -> tuple[RangeTotals, Sequence[str]]:
        """Add up, unless nothing was kept since the same was asked last: an open page asks again and again."""
        prices = self.prices()
        key = (asked, self.tracker.kept, prices)
        if self._sums is not None and self._sums[0] == key:
            return self._sums[1], self._sums[2]
        projects, sums, tools, days = await self.aside(
            lambda: (
                self.archive.projects(replace(asked, project="")),
                self.archive.sums(asked),
                self.archive.tools(asked),
                self.archive.days(asked),
            )
        )
        totals = RangeTotals(
            sums=sums,
            projects=[one for one in projects if asked.project in {"", one.project}],
            tools=tools,
            days=[priced_day(prices, day) for day in days],
        )
        names = [one.project for one in projects if one.project]
        self._sums = (key, totals, names)
        return totals, names

    def _priced(self, kept: Sequence[KeptSession]) -> list[KeptSession]:
        """Kept sessions with their cost by the owner's prices."""
        prices = self.prices()
        names = [one.session.session_id for one in kept if concerns(prices, one.session)]
        found = self.counts.estimates(names) if names else {}
        return [
            replace(one, session=priced(prices, one.session, found.get(one.session.session_id, {}))) for one in kept
        ]


def _over(kept: KeptSession) -> KeptSession:
    session = replace(kept.session, state=SessionState.ENDED, waiting_for="", pid=None)
    return replace(kept, session=session)


def _with_messages(kept: KeptSession, count: int) -> KeptSession:
    return replace(kept, session=replace(kept.session, messages_sent=count))
