"""Nothing of the history is deleted too early, whatever this computer's clock says."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.clock import DAY_MS, StepClock
from tray_app.adapters.store.store import SqliteStore
from tray_app.app.engine.retention import Retention

HOUR_MS = 3_600_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "history.sqlite3", on_change=lambda: None, keep_content=lambda: True)
    yield store
    store.close()


def begun(clock: StepClock, store: SqliteStore, heard_ms: Callable[[], int | None] = lambda: None) -> Retention:
    return Retention(clock, store, heard_ms)


@pytest.mark.parametrize("by_ms", [-400 * DAY_MS, -HOUR_MS, HOUR_MS, 23 * HOUR_MS, 2 * DAY_MS, 3_650 * DAY_MS])
def test_after_a_start_with_a_wrong_clock_nothing_is_deleted_too_early(store: SqliteStore, by_ms: int) -> None:
    clock = StepClock()
    right_ms = clock.now_ms()
    assert begun(clock, store).before_ms(90) == right_ms - 90 * DAY_MS
    clock.boot(by_ms)
    heard: list[int] = []
    retention = begun(clock, store, lambda: heard[0] if heard else None)
    for _ in range(3):  # nor does the clock come to be believed
        clock.step(DAY_MS)
        right_ms += DAY_MS
        for each in (retention, begun(clock, store)):
            before_ms = each.before_ms(90)
            assert before_ms is not None
            assert before_ms <= right_ms - 90 * DAY_MS
    heard.append(right_ms)
    assert retention.before_ms(90) == min(right_ms, clock.now_ms()) - 90 * DAY_MS


def test_a_week_of_sleep_counts_and_a_night_off_counts_when_a_host_tells_the_time(store: SqliteStore) -> None:
    clock = StepClock()
    begun(clock, store).note()
    clock.boot(DAY_MS // 2)
    heard: list[int] = []
    retention = begun(clock, store, lambda: heard[0] if heard else None)
    assert retention.before_ms(90) == clock.now_ms() - DAY_MS // 2 - 90 * DAY_MS
    clock.sleep(7 * DAY_MS)
    assert retention.before_ms(90) == clock.now_ms() - DAY_MS // 2 - 90 * DAY_MS
    heard.append(clock.now_ms())
    assert retention.before_ms(90) == clock.now_ms() - 90 * DAY_MS


@pytest.mark.parametrize("by_ms", [HOUR_MS, 23 * HOUR_MS, 400 * DAY_MS])
def test_a_clock_that_is_set_ahead_while_it_runs_is_not_believed(store: SqliteStore, by_ms: int) -> None:
    clock = StepClock()
    right_ms = clock.now_ms()
    retention = begun(clock, store)
    retention.note()
    clock.set_wall(by_ms)
    assert retention.before_ms(90) == right_ms - 90 * DAY_MS


def test_what_was_written_while_the_clock_was_behind_is_not_deleted_when_it_is_right_again(store: SqliteStore) -> None:
    clock = StepClock()
    retention = begun(clock, store, clock.now_ms)
    clock.set_wall(-400 * DAY_MS)
    written_ms = clock.now_ms()
    clock.step(DAY_MS)
    clock.set_wall(400 * DAY_MS)
    before_ms = retention.before_ms(90)
    assert before_ms is not None
    assert before_ms <= written_ms
    clock.step(91 * DAY_MS)
    assert retention.before_ms(90) == clock.now_ms() - 90 * DAY_MS
