"""What is kept of sessions, and when: in small pieces, soon, and not again and again where it cannot be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.support.clock import StepClock
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.core.sessions.live.scan import DayUsage, Scan
from tray_app.core.sessions.ranges import WaitSpan
from tray_app.core.sessions.session import Estimate, Session, Tokens
from tray_app.core.settings.prices import OwnPrices
from tray_app.services.sessions.cache import SessionCache

_AT_ONCE, _DAYS_AT_ONCE = 10, 100  # some milliseconds of the loop
_TODAY = "2025-11-21"


@dataclass
class _Shelf:
    """An archive in memory. `closed` makes it refuse."""

    closed: bool = False
    asked: int = 0
    sessions: list[int] = field(default_factory=list)  # how many came at a time
    days: list[int] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def keep(self, sessions: Sequence[Session], days: Iterable[DayUsage], waits: Iterable[WaitSpan] = ()) -> None:  # noqa: ARG002 - the port's form
        self.asked += 1
        if self.closed:
            raise StoreUnavailable(text("menu.store_down"), text("menu.store_down"))
        self.sessions.append(len(sessions))
        self.days.append(len(list(days)))
        self.names.update(one.session_id for one in sessions)

    def last_seen(self, session_ids: Sequence[str]) -> Mapping[str, int]:
        if self.closed:
            raise StoreUnavailable(text("menu.store_down"), text("menu.store_down"))
        return {name: 1 for name in session_ids if name in self.names}

    def kept(self, limit: int) -> Sequence[dict[str, object]]:  # noqa: ARG002 - the port's form
        return ()

    def sent(self, session_ids: Sequence[str]) -> Mapping[str, int]:  # noqa: ARG002 - the port's form
        return {}

    def estimates(self, session_ids: Sequence[str]) -> Mapping[str, Mapping[str, Estimate]]:  # noqa: ARG002 - the port's form
        return {}


def _cache(shelf: _Shelf, clock: StepClock) -> SessionCache:
    return SessionCache(shelf, clock, local_day=lambda _: _TODAY, prices=OwnPrices)


def _found(sessions: int, days: int, *, last_ms: int = 1) -> Scan:
    names = [f"s{number}" for number in range(sessions)]
    used = [
        DayUsage(session_id=f"s{number}", day="2025-11-01", model="m", tokens=Tokens(input=1), micros=1)
        for number in range(days)
    ]
    return Scan(changed={name: Session(session_id=name, last_ms=last_ms) for name in names}, days=tuple(used))


def _save_all(cache: SessionCache) -> None:
    for _ in range(1_000):
        if not cache.owes:
            return
        cache.save(cache.newest.get)
    raise AssertionError("it owes for ever")


def test_what_a_first_scan_finds_is_kept_at_once_a_little_at_a_time_and_let_go(clock: StepClock) -> None:
    shelf = _Shelf()
    cache = _cache(shelf, clock)
    for _ in range(4):
        cache.take(_found(210, 2_000))
        _save_all(cache)
        assert len(cache.newest) < _AT_ONCE
    assert max(shelf.sessions) <= _AT_ONCE
    assert max(shelf.days) <= _DAYS_AT_ONCE
    clock.step(30_000)
    cache.save(cache.newest.get)
    assert shelf.names == {f"s{number}" for number in range(210)}
    assert cache.newest == {}
    assert not cache.is_behind


def test_a_few_sessions_are_kept_now_and_then_only(clock: StepClock) -> None:
    shelf = _Shelf()
    cache = _cache(shelf, clock)
    cache.take(_found(3, 3))
    assert not cache.owes
    cache.save(cache.newest.get)
    assert shelf.asked == 0
    clock.step(30_000)
    cache.save(cache.newest.get)
    assert (shelf.sessions, shelf.days) == ([3], [3])


def test_many_sessions_that_write_all_the_time_are_each_kept_once_in_half_a_minute(clock: StepClock) -> None:
    shelf = _Shelf()
    cache = _cache(shelf, clock)
    for _ in range(310):  # looks of a minute
        clock.step(200)
        cache.take(_found(45, 45, last_ms=clock.now_ms()))
        cache.save(cache.newest.get)
    assert sum(shelf.sessions) == 2 * 45
    assert len(shelf.sessions) == 2 * 5  # ten at a time
    assert sum(shelf.days) <= 2 * (45 + 35 + 25 + 15 + 5)

    cache.save(cache.newest.get, force=True)
    assert sum(shelf.sessions) == 3 * 45


def test_a_session_that_writes_no_more_is_kept_as_it_ended(clock: StepClock) -> None:
    shelf = _Shelf()
    cache = _cache(shelf, clock)
    cache.take(_found(45, 45, last_ms=clock.now_ms()))
    cache.save(cache.newest.get)
    assert shelf.asked == 0
    clock.step(30_000)
    for _ in range(5):
        cache.save(cache.newest.get)
    assert (sum(shelf.sessions), sum(shelf.days)) == (45, 45)
    clock.step(30_000)
    cache.save(cache.newest.get)
    assert shelf.asked == 5


def test_what_cannot_be_kept_waits_and_is_tried_now_and_then_only(clock: StepClock) -> None:
    shelf = _Shelf(closed=True)
    cache = _cache(shelf, clock)
    cache.take(_found(60, 600))
    cache.save(cache.newest.get)
    for _ in range(50):
        assert not cache.owes  # else somebody would ask again at once, and again
        cache.save(cache.newest.get)
    assert shelf.asked == 1
    assert cache.is_behind
    clock.step(30_000)
    cache.save(cache.newest.get)
    assert shelf.asked == 2

    shelf.closed = False
    clock.step(30_000)
    cache.save(cache.newest.get)
    _save_all(cache)
    clock.step(30_000)
    cache.save(cache.newest.get)
    assert len(shelf.names) == 60
    assert sum(shelf.days) == 600


def test_at_the_end_all_is_kept(clock: StepClock) -> None:
    shelf = _Shelf()
    cache = _cache(shelf, clock)
    cache.take(_found(60, 600, last_ms=clock.now_ms()))
    cache.save(cache.newest.get, force=True)
    assert (len(shelf.names), sum(shelf.days)) == (60, 600)
    assert len(cache.newest) == 60  # of the last two days: asked for often


def test_of_sessions_known_from_before_those_are_wanted_that_are_not_kept_as_they_are(clock: StepClock) -> None:
    shelf = _Shelf(names={"kept", "goes on"})
    cache = _cache(shelf, clock)
    known = {"kept": 1, "goes on": 2, "new": 1}
    assert cache.lacking(known) == ["goes on", "new"]
    assert cache.lacking({}) == []
    shelf.closed = True
    assert cache.lacking(known) == list(known)


def test_a_session_is_not_kept_before_its_days_are(clock: StepClock) -> None:
    shelf = _Shelf()
    cache = _cache(shelf, clock)
    cache.take(_found(5, 250))
    cache.save(cache.newest.get)
    assert (shelf.sessions, shelf.days) == ([0], [100])
    _save_all(cache)
    clock.step(30_000)
    cache.save(cache.newest.get)
    assert (sum(shelf.sessions), sum(shelf.days)) == (5, 250)
