"""Nothing of the history is deleted for a clock that is wrong after a start of the machine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.clock import DAY_MS, StepClock
from tray_app.adapters.store.store import SqliteStore
from tray_app.app.retention import Retention


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "history.sqlite3", on_change=lambda: None, keep_content=lambda: True)
    yield store
    store.close()


def begun(clock: StepClock, store: SqliteStore, heard_ms: Callable[[], int | None] = lambda: None) -> Retention:
    return Retention(clock, store, heard_ms)


@pytest.mark.parametrize("by_ms", [-400 * DAY_MS, 2 * DAY_MS, 400 * DAY_MS, 3_650 * DAY_MS])
def test_after_a_start_with_a_clock_far_off_nothing_is_deleted_until_a_host_tells_the_time(
    store: SqliteStore, by_ms: int
) -> None:
    clock = StepClock()
    right_ms = clock.now_ms()
    assert begun(clock, store).before_ms(90) == right_ms - 90 * DAY_MS
    clock.boot(by_ms)
    heard: list[int] = []
    retention = begun(clock, store, lambda: heard[0] if heard else None)
    assert retention.before_ms(90) is None
    clock.step(DAY_MS)
    assert (retention.note(), begun(clock, store).before_ms(90)) == (None, None)  # nor does it come to be believed
    heard.append(right_ms + DAY_MS)
    before_ms = retention.before_ms(90)
    assert before_ms is not None
    assert before_ms <= right_ms + DAY_MS - 90 * DAY_MS


def test_a_clock_near_the_last_right_time_is_believed_and_so_is_a_week_of_sleep(store: SqliteStore) -> None:
    clock = StepClock()
    begun(clock, store).note()
    clock.boot(DAY_MS // 2)
    retention = begun(clock, store)
    assert retention.before_ms(90) == clock.now_ms() - 90 * DAY_MS
    clock.sleep(7 * DAY_MS)
    assert retention.before_ms(90) == clock.now_ms() - 90 * DAY_MS


def test_a_clock_that_is_set_far_ahead_while_it_runs_deletes_nothing(store: SqliteStore) -> None:
    clock = StepClock()
    retention = begun(clock, store)
    retention.note()
    clock.set_wall(400 * DAY_MS)
    assert retention.before_ms(90) is None
