"""Robots of one host are one quota; where the month leads is said once there is a pace."""

from datetime import UTC, datetime

import pytest

from tests.support.snapshots import robot
from tray_app.core.state.quota import QuotaView, quotas
from tray_app.core.state.snapshot import RobotOrigin

NOW = datetime(2026, 11, 16, tzinfo=UTC)  # half of a month of 30 days


def test_robots_of_one_host_share_a_quota_and_the_stand_in_has_none() -> None:
    robots = (
        robot("team", host="oapi.dingtalk.com", month_used=1_000, month_cap=3_000),
        robot("ops", host="oapi.dingtalk.com", month_used=600, month_cap=5_000),
        robot("own", host="ding.example.com", month_used=7, month_cap=0),
        robot("sandbox", host="127.0.0.1:1", origin=RobotOrigin.SANDBOX),
    )
    assert quotas(robots, NOW) == (
        QuotaView(host="oapi.dingtalk.com", used=1_600, cap=5_000, forecast=3_200, robots=2),
        QuotaView(host="ding.example.com", used=7, cap=0, forecast=14, robots=1),
    )
    assert quotas((), NOW) == ()


@pytest.mark.parametrize(
    ("day", "hour", "forecast"), [(1, 23, None), (2, 23, None), (3, 0, 1_500), (3, 12, 1_200), (30, 23, 100)]
)
def test_the_first_two_days_tell_nothing(day: int, hour: int, forecast: int | None) -> None:
    (found,) = quotas((robot("team", month_used=100, month_cap=3_000),), NOW.replace(day=day, hour=hour))
    assert found.forecast == forecast


def test_a_month_that_ends_too_early_is_told() -> None:
    (found,) = quotas((robot("team", month_used=1_600, month_cap=3_000),), NOW)
    assert (found.forecast, found.ends_short) == (3_200, True)
    (found,) = quotas((robot("team", month_used=1_500, month_cap=3_000),), NOW)
    assert not found.ends_short
