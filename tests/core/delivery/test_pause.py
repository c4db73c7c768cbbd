from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.delivery.pause import MOST, NoLength, PauseFor, end_of, read_length

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")


def ms(written: str, zone: ZoneInfo) -> int:
    return int(datetime.fromisoformat(written).replace(tzinfo=zone).timestamp()) * 1000


@pytest.mark.parametrize(
    ("zone", "now", "end"),
    [
        pytest.param(SHANGHAI, "2026-11-22T14:30:00", "2026-11-23T08:00:00", id="afternoon"),
        pytest.param(SHANGHAI, "2026-12-31T23:59:59", "2027-01-01T08:00:00", id="new year's eve"),
        pytest.param(SHANGHAI, "2026-11-22T00:30:00", "2026-11-23T08:00:00", id="after midnight it is the next day's"),
        pytest.param(BERLIN, "2026-03-28T22:00:00", "2026-03-29T08:00:00", id="a night of 23 hours"),
        pytest.param(BERLIN, "2026-10-24T22:00:00", "2026-10-25T08:00:00", id="a night of 25 hours"),
    ],
)
def test_until_tomorrow_ends_at_eight_by_the_clock_on_the_wall(zone: ZoneInfo, now: str, end: str) -> None:
    assert end_of(PauseFor.TOMORROW, now_ms=ms(now, zone), zone=zone) == ms(end, zone)


@pytest.mark.parametrize("zone", [BERLIN, SHANGHAI])
@given(now_ms=st.integers(0, 4_000_000_000_000))
def test_until_tomorrow_is_always_eight_on_the_next_day(zone: ZoneInfo, now_ms: int) -> None:
    end_ms = end_of(PauseFor.TOMORROW, now_ms=now_ms, zone=zone)
    assert end_ms is not None
    now, end = (datetime.fromtimestamp(at / 1000, zone) for at in (now_ms, end_ms))
    assert (end.hour, end.minute, end.second) == (8, 0, 0)
    assert end.date() == now.date() + timedelta(days=1)


def test_half_an_hour_is_thirty_minutes_also_while_the_clocks_are_changed() -> None:
    before_the_change = ms("2026-03-29T01:45:00", BERLIN)
    assert end_of(PauseFor.HALF_HOUR, now_ms=before_the_change, zone=BERLIN) == before_the_change + 1_800_000
    assert end_of(PauseFor.HOUR, now_ms=before_the_change, zone=BERLIN) == before_the_change + 3_600_000


def test_without_an_end_only_the_owner_ends_it() -> None:
    assert end_of(PauseFor.OPEN, now_ms=0) is None


@pytest.mark.parametrize(
    ("said", "length"),
    [
        ("30m", PauseFor.HALF_HOUR),
        ("tomorrow", PauseFor.TOMORROW),
        (" OPEN ", PauseFor.OPEN),
        ("45m", timedelta(minutes=45)),
        ("1h30m", timedelta(minutes=90)),
        ("1 h 30 min", timedelta(minutes=90)),
        ("2 days", timedelta(days=2)),
        ("1小时30分钟", timedelta(minutes=90)),
        ("until 14:00", time(14, 0)),
        ("到 14：05", time(14, 5)),
        ("9:30", time(9, 30)),
        ("2个小时", timedelta(hours=2)),
        ("半小时", PauseFor.HALF_HOUR),
        ("明天", PauseFor.TOMORROW),
        ("到明天", PauseFor.TOMORROW),
        ("31d", MOST),
    ],
)
def test_a_length_is_read_as_people_write_it(said: str, length: object) -> None:
    assert read_length(said) == length


@pytest.mark.parametrize(
    "said", ["", "0m", "1", "1x", "h1", "-5m", "1h later", "24:00", "until", "until 9", "32d", "99999d", "1.5h", "１h"]
)
def test_what_is_no_length_is_refused(said: str) -> None:
    with pytest.raises(NoLength):
        read_length(said)


@pytest.mark.parametrize("zone", [BERLIN, SHANGHAI])
@given(now_ms=st.integers(0, 4_000_000_000_000), clock=st.times())
def test_until_a_time_of_day_ends_within_a_day_at_that_time(zone: ZoneInfo, now_ms: int, clock: time) -> None:
    clock = clock.replace(second=0, microsecond=0, tzinfo=None)
    end_ms = end_of(clock, now_ms=now_ms, zone=zone)
    assert end_ms is not None
    assert 0 < end_ms - now_ms <= 25 * 3_600_000 + 1_000


@given(st.integers(1, 31 * 24 * 60))
def test_any_number_of_minutes_is_read_back(minutes: int) -> None:
    length = read_length(f"{minutes // 60}h{minutes % 60}m")
    assert (length == PauseFor.HOUR) if minutes == 60 else (length == timedelta(minutes=minutes))
