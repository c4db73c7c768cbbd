"""When a summary is due: each day once, nothing between two of them, whatever clocks do."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.notices.summary_times import (
    Share,
    SummaryState,
    begin,
    first,
    from_data,
    is_sane,
    last_due,
    to_data,
    wait_ms,
)

HOUR_MS = 3_600_000
SIX = 18 * 60
BEGAN_MS = 1_763_690_400_000  # 2025-11-21 02:00 UTC


def local(at_ms: int, hours: float = 8) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, tz=timezone(timedelta(hours=hours)))


@pytest.mark.parametrize(
    ("hours", "weekday", "expected"),
    [
        (0, None, date(2025, 11, 20)),
        (8, None, date(2025, 11, 21)),
        (13, None, date(2025, 11, 21)),
        (14, None, date(2025, 11, 21)),
        (0, 4, date(2025, 11, 14)),
        (8, 4, date(2025, 11, 21)),
        (80, 4, date(2025, 11, 21)),
    ],
)
def test_a_day_is_due_from_its_hour_on_until_the_next_one(hours: int, weekday: int | None, expected: date) -> None:
    assert last_due(local(BEGAN_MS + hours * HOUR_MS), minute=SIX, weekday=weekday) == expected


@given(
    looks=st.lists(st.tuples(st.integers(1, 60 * HOUR_MS), st.floats(-12, 14)), max_size=40),
    minute=st.integers(0, 1_439),
    weekday=st.none() | st.integers(0, 6),
)
def test_whatever_the_clock_shows_days_come_once_and_in_order_and_leave_no_gap(
    looks: list[tuple[int, float]], minute: int, weekday: int | None
) -> None:
    now_ms, state = BEGAN_MS, None
    told: list[date] = []
    for passed_ms, zone in looks:
        now_ms += passed_ms
        now = local(now_ms, zone)
        day = last_due(now, minute=minute, weekday=weekday)
        if state is None:
            state = first(day, now, now_ms=now_ms)
            continue
        assert is_sane(state, now)
        begun = begin(state, day, now, now_ms=now_ms)
        if begun is None:
            continue
        assert begun.begun is not None
        assert begun.until_ms <= begun.cut_ms <= now_ms
        assert begun.until_ms <= state.until_ms or begun.cut_ms - begun.until_ms == 8 * 24 * HOUR_MS
        told.append(begun.begun)
        state = SummaryState(day=begun.begun, until_ms=begun.cut_ms)
    assert told == sorted(set(told))


@pytest.mark.parametrize("minute", [150, 90])  # skipped in March, shown twice in October
@pytest.mark.parametrize("begins", [datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)])
def test_summer_time_skips_no_day_and_repeats_none(minute: int, begins: datetime) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = begins.astimezone(berlin)
    state = first(last_due(now, minute=minute, weekday=None), now, now_ms=int(now.timestamp() * 1000))
    told = []
    for step in range(1, 5 * 24 * 6):
        now = (begins + timedelta(minutes=10 * step)).astimezone(berlin)
        now_ms = int(now.timestamp() * 1000)
        begun = begin(state, last_due(now, minute=minute, weekday=None), now, now_ms=now_ms)
        if begun is not None and begun.begun is not None:
            told.append(begun.begun)
            state = SummaryState(day=begun.begun, until_ms=begun.cut_ms)
    assert told == [told[0] + timedelta(days=more) for more in range(len(told))]
    assert len(told) >= 4


def test_a_clock_that_was_years_ahead_does_not_silence_what_comes() -> None:
    now = local(BEGAN_MS)
    assert not is_sane(SummaryState(day=date(2031, 1, 1), until_ms=0), now)
    assert is_sane(SummaryState(day=date(2025, 11, 22), until_ms=0), now)  # another time zone


def test_somebody_looks_at_the_hour_and_every_five_minutes() -> None:
    assert wait_ms(local(BEGAN_MS), minute=SIX) == 300_000
    assert wait_ms(local(BEGAN_MS + 8 * HOUR_MS - 90_000), minute=SIX) == 90_000
    assert wait_ms(local(BEGAN_MS + 8 * HOUR_MS), minute=SIX) == 1_000


def test_what_is_kept_is_read_again_and_anything_else_is_nothing() -> None:
    state = SummaryState(
        day=date(2025, 11, 21),
        until_ms=5,
        shares={"s1": Share(active_ms=7, micros=9)},
        begun=date(2025, 11, 22),
        cut_ms=11,
        robots=("team",),
    )
    assert from_data(to_data(state)) == state
    for foreign in (None, 3, {}, {**to_data(state), "day": "soon"}, {**to_data(state), "shares": {"s1": []}}):
        assert from_data(foreign) is None
