"""What the last days cost: read anew each minute; and the owner's budgets, as they stand by the settings of now."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.sessions.ranges import DaySum, SessionRange
from tray_app.core.sessions.usage import budget
from tray_app.core.sessions.usage.budget import WEEK, BudgetView, Spending
from tray_app.core.sessions.usage.prices import priced_day
from tray_app.core.settings.settings import Settings
from tray_app.services.ports import Aside, Clock


class SpentDays(Protocol):
    """What was kept. May raise StoreUnavailable."""

    def days(self, asked: SessionRange) -> Sequence[DaySum]:
        """Use by day and model, at list price."""
        ...


@dataclass(slots=True, kw_only=True)
class BudgetWatch:
    """Lives on the engine's loop. `local_day` gives the day of a wall-clock time; `changed` hears of other figures."""

    archive: SpentDays
    aside: Aside
    clock: Clock
    settings: Callable[[], Settings]
    local_day: Callable[[int], str]
    midnight: Callable[[date], int]
    changed: Callable[[], None]
    _seen: Spending | None = field(default=None, init=False)

    async def look(self) -> None:
        """Add up seven days, in which this week is. What cannot be read now is read the next time."""
        today = date.fromisoformat(self.local_day(self.clock.now_ms()))
        first, end = today - timedelta(days=WEEK - 1), today + timedelta(days=1)
        asked = SessionRange(
            since_ms=self.midnight(first),
            until_ms=self.midnight(end),
            since_day=first.isoformat(),
            until_day=today.isoformat(),
        )
        with contextlib.suppress(StoreUnavailable):
            found = await self.aside(lambda: self.archive.days(asked))
            prices = self.settings().prices
            seen = Spending(today=today, days=tuple(priced_day(prices, day) for day in found))
            if seen != self._seen:
                self._seen = seen
                self.changed()

    def last_week(self) -> tuple[int, ...]:
        """What each of the last seven days used, today last; empty before the first look."""
        return () if self._seen is None else self._seen.last_week()

    def views(self) -> tuple[BudgetView, ...]:
        """How they stand; nothing before the first look."""
        limits = self.settings().budget
        if self._seen is None:
            return ()
        return budget.views(self._seen, day_usd=limits.day_usd, week_usd=limits.week_usd)
