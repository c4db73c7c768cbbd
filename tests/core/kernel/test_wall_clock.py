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
    return WallClock.begun(wall_ms=WALL_MS, steady_ms=1_000)


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


@given(off=st.integers(0, DAY_MS), jump=JUMPS)
def test_a_later_run_on_the_same_start_of_the_machine_knows_what_passed(off: int, jump: int) -> None:
    kept = WallClock.begun(wall_ms=WALL_MS, steady_ms=1_000, boot="a").to_keep()
    later = WallClock.begun(wall_ms=WALL_MS + off + jump, steady_ms=1_000 + off, boot="a", kept=kept)
    assert later == WallClock(((1_000, WALL_MS - 1_000), (1_000 + off, WALL_MS + jump - 1_000)), "a", 1_000)
    assert later.is_sure(WALL_MS, steady_ms=1_000 + off)


@pytest.mark.parametrize(("before", "after"), [("a", "b"), ("", ""), ("a", "")])
def test_after_another_start_of_the_machine_the_wall_clock_says_what_passed(before: str, after: str) -> None:
    first = WallClock.begun(wall_ms=WALL_MS, steady_ms=90_000, boot=before)
    kept = first.seen(wall_ms=WALL_MS + DAY_MS, steady_ms=90_000 + HOUR_MS).to_keep()  # set by 23 hours
    later = WallClock.begun(wall_ms=WALL_MS + DAY_MS + HOUR_MS, steady_ms=500, boot=after, kept=kept)
    assert 500 - later.steady_of(WALL_MS, steady_ms=500) == 2 * HOUR_MS
    assert not later.is_sure(WALL_MS, steady_ms=500)
    assert later.is_sure(WALL_MS + DAY_MS + HOUR_MS, steady_ms=900)
    assert 500 - later.steady_of(WALL_MS + DAY_MS, steady_ms=500) == HOUR_MS


@pytest.mark.parametrize(
    "kept", [None, 3, [], {}, {"boot": "a"}, {"boot": "a", "spans": [[1]]}, {"boot": "a", "spans": [[5, 1], [4, 1]]}]
)
def test_what_was_kept_and_makes_no_sense_is_nothing(kept: object) -> None:
    begun_anew = WallClock.begun(wall_ms=WALL_MS, steady_ms=1_000, boot="a")
    assert WallClock.begun(wall_ms=WALL_MS, steady_ms=1_000, boot="a", kept=kept) == begun_anew


def test_it_says_the_least_that_it_showed_since_then() -> None:
    ahead = begun().seen(wall_ms=WALL_MS + DAY_MS, steady_ms=1_000 + HOUR_MS)
    shown = [ahead.least_shown(steady_ms) for steady_ms in (0, 1_000, 999 + HOUR_MS, 1_000 + HOUR_MS)]
    assert shown == [WALL_MS - 1_000, WALL_MS, WALL_MS + HOUR_MS - 1, WALL_MS + DAY_MS]
    behind = begun().seen(wall_ms=WALL_MS - DAY_MS, steady_ms=1_000 + HOUR_MS)
    right = behind.seen(wall_ms=WALL_MS + 2 * HOUR_MS, steady_ms=1_000 + 2 * HOUR_MS)
    assert right.least_shown(1_000) == WALL_MS - DAY_MS
    assert right.least_shown(1_000 + 3 * HOUR_MS) == WALL_MS + 3 * HOUR_MS
