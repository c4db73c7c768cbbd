"""Sessions and their daily use in memory and in the database, and what waits since when."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol

from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.sessions.codec import cost_data, from_data, to_data
from tray_app.core.sessions.live.live import Live
from tray_app.core.sessions.live.scan import DayUsage, Scan
from tray_app.core.sessions.live.view import DayView
from tray_app.core.sessions.ranges import WaitSpan
from tray_app.core.sessions.session import Estimate, Session, SessionState
from tray_app.core.sessions.usage.prices import day_micros, priced
from tray_app.core.settings.prices import OwnPrices
from tray_app.services.ports import Clock

_MOST = 1_000  # that are not kept yet


class WaitLog:
    """`over` holds those that have ended and are not kept yet."""

    def __init__(self) -> None:
        """Nobody has waited."""
        self.over: list[WaitSpan] = []

    def see(self, before: Live | None, after: Live) -> None:
        """Look at one step of a session. A dialog that the person opened asks nothing, so nobody waited."""
        if before is None or before.state is not SessionState.WAITING or not before.waiting_for:
            return
        ended_ms = after.ended_ms if before.ended_ms is None else None
        if after.state is SessionState.WAITING and ended_ms is None:
            return
        until_ms = max(before.since_ms, ended_ms or after.since_ms)
        if len(self.over) < _MOST:
            wait = WaitSpan(
                session_id=before.session_id, since_ms=before.since_ms, until_ms=until_ms, asks=before.waiting_for
            )
            self.over.append(wait)

    def of(self, session_id: str) -> list[WaitSpan]:
        """Those of one session."""
        return [wait for wait in self.over if wait.session_id == session_id]


log = logging.getLogger(__name__)
_KEEP_MS = 30_000  # figures of sessions that run reach the disk this often
_AT_ONCE = 10  # sessions, in three milliseconds: a first scan finds a month of them, others have their turn in between
_DAYS_AT_ONCE = 100
_HURRY_MS = 2_000  # and while somebody looks at their sums
_RECENT_MS = 2 * 86_400_000  # sessions in memory; older ones are in the database


class Archive(Protocol):
    """Where sessions are kept. Raises StoreUnavailable."""

    def keep(self, sessions: Sequence[Session], days: Iterable[DayUsage], waits: Iterable[WaitSpan] = ()) -> None:
        """Keep figures."""
        ...

    def last_seen(self, session_ids: Sequence[str]) -> Mapping[str, int]:
        """When kept sessions were last seen; those that are not kept are not in it."""
        ...

    def kept(self, limit: int) -> Sequence[dict[str, object]]:
        """Newest kept sessions."""
        ...

    def sent(self, session_ids: Sequence[str]) -> Mapping[str, int]:
        """Messages that arrived, by session."""
        ...

    def estimates(self, session_ids: Sequence[str]) -> Mapping[str, Mapping[str, Estimate]]:
        """What their models cost at list price, by session."""
        ...


class SessionCache:
    """`newest` holds sessions as their transcripts tell them; `kept` counts how often something was kept."""

    def __init__(
        self, archive: Archive, clock: Clock, *, local_day: Callable[[int], str], prices: Callable[[], OwnPrices]
    ) -> None:
        """`local_day` says `2026-11-22` for a wall-clock time, `prices` what the owner says that models cost."""
        self.newest: dict[str, Session] = {}
        self.waits = WaitLog()
        self.kept = 0
        self._archive = archive
        self._clock = clock
        self._local_day = local_day
        self._prices = prices
        self._usage: dict[tuple[str, str, str], DayUsage] = {}
        self._unsaved: set[str] = set()
        self._unsaved_days: dict[tuple[str, str, str], DayUsage] = {}
        self._saved_at = clock.steady_ms()
        self._round: set[str] = set()  # sessions whose half minute is over, and that are not kept yet
        self._more = False  # the others at the next look
        self._refused = False  # the last time

    def take(self, scan: Scan) -> None:
        """Take in what a scan found."""
        self.newest.update(scan.changed)
        self._unsaved.update(scan.changed)
        today = self._local_day(self._clock.now_ms())
        for usage in scan.days:
            key = (usage.session_id, usage.day, usage.model)
            self._unsaved_days[key] = usage
            if usage.day >= today:
                self._usage[key] = usage

    def keep_again(self, folders: Collection[str]) -> list[Session]:
        """The sessions in these folders, whose project is known now: they are kept anew."""
        found = [session for session in self.newest.values() if session.cwd in folders] if folders else []
        self._unsaved.update(session.session_id for session in found)
        return found

    def lacking(self, known: Mapping[str, int]) -> list[str]:
        """Which of these sessions, with when they were last seen, are not kept as they are."""
        try:
            kept = self._archive.last_seen(list(known)) if known else {}
        except StoreUnavailable:
            kept = {}
        return [name for name, last_ms in known.items() if kept.get(name) != last_ms]

    @property
    def is_behind(self) -> bool:
        """Whether more is to be kept than is kept at a time, of sessions that write no more just now."""
        return len(self._names_due(_AT_ONCE)) >= _AT_ONCE or len(self._days_due(_DAYS_AT_ONCE)) >= _DAYS_AT_ONCE

    @property
    def owes(self) -> bool:
        """Whether some of it should be kept at once: memory is not the place for a month of sessions."""
        return self.is_behind and not self._refused

    def over(self, session_id: str) -> None:
        """A session has ended: keep it soon."""
        self._unsaved.add(session_id)
        self._saved_at = self._clock.steady_ms() - _KEEP_MS

    def today(self) -> DayView:
        """What was used today."""
        day = self._local_day(self._clock.now_ms())
        used = [usage for usage in self._usage.values() if usage.day == day and usage.tokens.total]
        prices = self._prices()
        known = [amount for usage in used if (amount := day_micros(prices, usage)) is not None]
        micros = sum(known) if len(known) == len(used) else None
        return DayView(tokens=sum(usage.tokens.total for usage in used), micros=micros, priced=sum(known))

    def hurry(self, whole: Callable[[str], Session | None], *, needed: Iterable[str]) -> None:
        """Somebody looks at what is kept: keep what is new, unless that was done a moment ago."""
        now = self._clock.steady_ms()
        if now - self._saved_at >= _HURRY_MS:
            self._saved_at = now - _KEEP_MS
            self.save(whole, needed=needed)

    def save(self, whole: Callable[[str], Session | None], *, force: bool = False, needed: Iterable[str] = ()) -> None:
        """Keep what is new, seldom enough for the disk. `needed` sessions stay in memory."""
        now = self._clock.steady_ms()
        turn = force or now - self._saved_at >= _KEEP_MS
        if not (turn or self.owes or (self._more and not self._refused)):
            return
        if not (self._unsaved or self._unsaved_days or self.waits.over):
            return
        if turn:
            self._saved_at, self._round = now, {*self._unsaved, *(session for session, _, _ in self._unsaved_days)}
        days = self._days_due(None if force else _DAYS_AT_ONCE + 1)
        names = self._names_due(None if force else _AT_ONCE)
        if not force and len(days) > _DAYS_AT_ONCE:
            days.pop()
            names = []  # a session that is kept has all its days
        known = [session for name in names if (session := whole(name)) is not None]
        try:
            self._archive.keep(known, [self._unsaved_days[day] for day in days], self.waits.over)
        except StoreUnavailable:
            self._refused = True
            return  # they wait; its state is in the snapshot
        self._refused = False
        self._unsaved.difference_update(names)
        for day in days:
            del self._unsaved_days[day]
        self.waits.over.clear()
        self.kept += 1
        self._round.difference_update(names)
        self._round.difference_update(session for session, _, _ in days if session not in self._unsaved)
        self._more = bool(self._names_due(1) or self._days_due(1))
        self._let_go(needed)

    def _names_due(self, most: int | None) -> list[str]:
        return list(islice((name for name in self._unsaved if self._is_due(name)), most))

    def _days_due(self, most: int | None) -> list[tuple[str, str, str]]:
        return list(islice((day for day in self._unsaved_days if self._is_due(day[0])), most))

    def _is_due(self, session_id: str) -> bool:
        """Whether its turn has come, or it writes no more: then what is kept now need not be kept again soon."""
        session = self.newest.get(session_id)
        wrote_ms = None if session is None else self._clock.now_ms() - session.last_ms
        return session_id in self._round or wrote_ms is None or not 0 <= wrote_ms < _KEEP_MS

    def _let_go(self, needed: Iterable[str]) -> None:
        """Forget what the database knows and nobody asks for often."""
        now_ms = self._clock.now_ms()
        day = self._local_day(now_ms)
        self._usage = {key: usage for key, usage in self._usage.items() if usage.day >= day}
        keep = {*needed, *self._unsaved}
        old = [name for name, one in self.newest.items() if now_ms - one.last_ms > _RECENT_MS and name not in keep]
        for name in old:
            del self.newest[name]

    def with_messages(self, sessions: Sequence[Session]) -> list[Session]:
        """Sessions with how many messages of each have arrived."""
        try:
            counts = self._archive.sent([session.session_id for session in sessions])
        except StoreUnavailable:
            counts = {}
        return [replace(session, messages_sent=counts.get(session.session_id, 0)) for session in sessions]

    def past(self, whole: Callable[[str], Session | None], *, limit: int, without: set[str]) -> list[dict[str, object]]:
        """Sessions that do not run, as plain data, the newest first."""
        here = [session for name in self.newest if name not in without and (session := whole(name)) is not None]
        shown = [to_data(_over(session)) for session in self.with_messages(here)]
        names = {*without, *(session.session_id for session in here)}
        try:
            kept = [data for data in self._archive.kept(limit + len(names)) if data.get("session_id") not in names]
            shown += self._priced(kept[:limit])
        except StoreUnavailable:
            log.warning("past sessions cannot be read now")
        return sorted(shown, key=_last, reverse=True)[:limit]

    def _priced(self, kept: Sequence[dict[str, object]]) -> list[dict[str, object]]:
        """Kept sessions with their cost by the owner's prices."""
        prices = self._prices()
        changed = {str(data.get("session_id")): from_data(data).session for data in kept if _uses(data, prices)}
        estimates = self._archive.estimates(list(changed)) if changed else {}
        costs = {
            name: cost_data(priced(prices, session, estimates.get(name, {})).cost) for name, session in changed.items()
        }
        return [{**data, **costs.get(str(data.get("session_id")), {})} for data in kept]


def _uses(data: Mapping[str, object], prices: OwnPrices) -> bool:
    """Whether the owner has a price for a model of a kept session; cheaper than to read it whole."""
    models = data.get("tokens_by_model")
    return isinstance(models, Mapping) and any(prices.of(str(model)) is not None for model in models)


def _over(session: Session) -> Session:
    """One that does not run, whatever its transcript's last line was about."""
    return replace(session, state=SessionState.ENDED, waiting_for="", pid=None)


def _last(data: Mapping[str, object]) -> int:
    last_ms = data.get("last_ms")
    return last_ms if isinstance(last_ms, int) else 0
