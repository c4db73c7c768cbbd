"""Ages are measured by what really passed, whatever the wall clock was set to meanwhile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.kernel.wall_clock import WallClock

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
WALL_MS = 1_763_690_400_000
JUMPS = st.one_of(st.integers(-900 * DAY_MS, -3_000), st.integers(3_000, 900 * DAY_MS))


def begun() -> WallClock:
    return WallClock().seen(wall_ms=WALL_MS, steady_ms=1_000)


@given(jump=JUMPS, before=st.integers(0, DAY_MS), after=st.integers(0, DAY_MS))
def test_what_came_before_the_clock_was_set_is_as_old_as_the_time_that_passed(
    jump: int, before: int, after: int
) -> None:
    now = 1_000 + before + after
    wall_clock = begun().seen(wall_ms=WALL_MS + before + jump, steady_ms=1_000 + before)
    found = wall_clock.steady_of(WALL_MS, steady_ms=now)
    again = WALL_MS - (WALL_MS + jump - 1_000)  # where the clock shows the same time once more
    assert found == (again if 1_000 + before <= again <= now else 1_000)


@given(jump=JUMPS, age=st.integers(0, DAY_MS))
def test_what_came_after_it_too(jump: int, age: int) -> None:
    wall_clock = begun().seen(wall_ms=WALL_MS + jump, steady_ms=1_000)
    assert wall_clock.steady_of(WALL_MS + jump + 5, steady_ms=1_005 + age) == 1_005


@pytest.mark.parametrize("by_ms", [-2_000, -1, 0, 1, 2_000])
def test_a_clock_that_is_corrected_little_by_little_is_not_set(by_ms: int) -> None:
    assert begun().seen(wall_ms=WALL_MS + HOUR_MS + by_ms, steady_ms=1_000 + HOUR_MS) == begun()


def test_what_was_kept_before_it_began_is_counted_back() -> None:
    assert begun().steady_of(WALL_MS - DAY_MS, steady_ms=1_000) == 1_000 - DAY_MS


def test_a_clock_that_never_stands_still_needs_no_more_room() -> None:
    wall_clock = begun()
    for number in range(1_000):
        wall_clock = wall_clock.seen(wall_ms=WALL_MS + number * HOUR_MS, steady_ms=1_000 + number)
    assert len(wall_clock.spans) == 32
    assert wall_clock.steady_of(WALL_MS + 999 * HOUR_MS, steady_ms=2_000) == 1_999
