from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.delivery.pause import PauseFor, end_of

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
