"""The month's messages of an organisation: what all its robots used of one quota, and where that leads."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tray_app.core.state.snapshot import RobotOrigin, RobotView

_LEAST_DAYS = 2.0  # of a month, before a pace says anything


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaView:
    """Robots of one host share one month's quota. `forecast`: what the month ends with at this pace; None: too early.

    No webhook tells its organisation: robots of one host count as one, and the largest of their caps as its quota.
    """

    host: str
    used: int
    cap: int
    forecast: int | None
    robots: int

    @property
    def ends_short(self) -> bool:
        """Whether the quota is used up before the month is over, at this pace."""
        return self.forecast is not None and self.forecast > self.cap > 0


def quotas(robots: Sequence[RobotView], now: datetime) -> tuple[QuotaView, ...]:
    """One for each host, in the robots' order; `now` is local. The stand-in robot has no quota."""
    hosts = dict.fromkeys(robot.host for robot in robots if robot.origin is not RobotOrigin.SANDBOX)
    found = []
    for host in hosts:
        ours = [one for one in robots if one.host == host and one.origin is not RobotOrigin.SANDBOX]
        used = sum(one.month_used for one in ours)
        cap = max(one.month_cap for one in ours)
        found.append(QuotaView(host=host, used=used, cap=cap, forecast=_forecast(used, now), robots=len(ours)))
    return tuple(found)


def _forecast(used: int, now: datetime) -> int | None:
    days = now.day - 1 + (now.hour * 60 + now.minute) / 1440
    return round(used / days * monthrange(now.year, now.month)[1]) if days >= _LEAST_DAYS else None
