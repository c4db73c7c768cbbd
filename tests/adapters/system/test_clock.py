"""Both clocks count milliseconds."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tray_app.adapters.store.store import SqliteStore
from tray_app.adapters.system.clock import SystemClock
from tray_app.app.engine.kept_clock import KeptClock


def test_the_wall_clock_is_the_machines_time_in_milliseconds() -> None:
    before = int(datetime.now(UTC).timestamp() * 1000)
    now = SystemClock().now_ms()
    assert before <= now <= int(datetime.now(UTC).timestamp() * 1000) + 1


def test_the_steady_clock_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.steady_ms() for _ in range(1_000)]
    assert readings == sorted(readings)


def test_the_steady_clock_is_the_one_that_goes_on_in_sleep() -> None:
    if sys.platform == "linux":
        assert abs(SystemClock().steady_ms() - time.clock_gettime(time.CLOCK_BOOTTIME) * 1000) < 1_000


def test_how_long_ago_something_was_does_not_follow_a_clock_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    at_ms = clock.now_ms()
    wrong_ns = time.time_ns() + 25 * 3_600_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: wrong_ns)
    assert abs(clock.age_ms(at_ms)) < 60_000  # the two clocks turn to the next millisecond at different moments
    assert abs(clock.age_ms(clock.now_ms())) < 60_000
    assert abs(clock.least_shown_ms(60_000) - (at_ms - 60_000)) < 60_000


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux names a start of the machine")
def test_nor_does_it_over_a_restart_of_the_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def begun(store: SqliteStore) -> SystemClock:
        clock = SystemClock()
        kept = KeptClock(clock, store)
        kept.load()
        kept.save()
        return clock

    store = SqliteStore(tmp_path / "history.sqlite3", on_change=lambda: None, keep_content=lambda: True)
    at_ms = begun(store).now_ms()
    wrong_ns = time.time_ns() + 25 * 3_600_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: wrong_ns)
    assert abs(begun(store).age_ms(at_ms)) < 60_000
    store.close()
