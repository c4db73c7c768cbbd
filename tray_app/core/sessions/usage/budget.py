"""What the owner means to spend in a day or a week, and how much of it is used."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from tray_app.core.sessions.ranges import DaySum
from tray_app.core.sessions.usage.usage import monday

_MICROS = 1_000_000
WEEK = 7  # days


class BudgetPeriod(StrEnum):
    """For how long a budget holds: a local day, a week from Monday. Values are stable: `status --json` shows them."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetView:
    """One budget as it stands, in millionths of a dollar. `since`: the first day of its period (`2026-11-23`).

    `priced`: every price is known; else `spent` is at least so much.
    """

    period: BudgetPeriod
    since: str
    limit: int
    spent: int
    priced: bool = True

    @property
    def reached(self) -> bool:
        """Whether all of it is used."""
        return self.spent >= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What each of the last days cost, as it was last read."""

    today: date
    days: tuple[DaySum, ...] = ()

    def since(self, period: BudgetPeriod) -> date:
        """When this period began."""
        return self.today if period is BudgetPeriod.DAY else monday(self.today)

    def of(self, period: BudgetPeriod) -> tuple[int, bool]:
        """What this period cost, and whether that is all."""
        first = self.since(period).isoformat()
        within = [one for one in self.days if one.day >= first]
        return sum(one.micros for one in within), not any(one.unpriced for one in within)

    def last_week(self) -> tuple[int, ...]:
        """The last seven days, today last: in millionths of a dollar, or in tokens where nothing has a known price."""
        money = any(one.micros for one in self.days)
        sums = {(self.today - timedelta(days=ago)).isoformat(): 0 for ago in range(WEEK - 1, -1, -1)}
        for one in self.days:
            if one.day in sums:
                sums[one.day] += one.micros if money else one.tokens.total
        return tuple(sums.values())


def views(spending: Spending, *, day_usd: float, week_usd: float) -> tuple[BudgetView, ...]:
    """The budgets that there are: one of nothing is none."""
    found = []
    for period, dollars in ((BudgetPeriod.DAY, day_usd), (BudgetPeriod.WEEK, week_usd)):
        if dollars > 0:
            spent, priced = spending.of(period)
            since = spending.since(period).isoformat()
            limit = round(dollars * _MICROS)
            found.append(BudgetView(period=period, since=since, limit=limit, spent=spent, priced=priced))
    return tuple(found)
