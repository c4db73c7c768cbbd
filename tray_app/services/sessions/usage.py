"""What agents used, as the page and the command line ask for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from tray_app.core.sessions.ranges import SessionRange
from tray_app.core.sessions.usage import usage
from tray_app.core.sessions.usage.prices import own_micros
from tray_app.core.sessions.usage.usage import AskedUsage, SentRow, UsageBy, UsageTable, UsedRow
from tray_app.core.settings.prices import OwnPrices
from tray_app.services.ports import Aside


class UsageArchive(Protocol):
    """What was kept. Every method may raise StoreUnavailable."""

    def used(self, asked: SessionRange) -> Sequence[UsedRow]:
        """By session, day and model, at list price."""
        ...

    def sent(self, asked: SessionRange) -> Sequence[SentRow]:
        """Messages that arrived."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageView:
    """The table that was asked for, the same by day for a chart, and the projects that are in it."""

    table: UsageTable
    days: UsageTable
    projects: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageQueries:
    """Lives on the engine's loop. `hurry` has what runs now kept first; `midnight` gives when a local day begins."""

    archive: UsageArchive
    aside: Aside
    prices: Callable[[], OwnPrices]
    hurry: Callable[[], None]
    local_day: Callable[[int], str]
    midnight: Callable[[date], int]

    async def view(self, asked: AskedUsage) -> UsageView:
        """Add up what was asked for. Raises StoreUnavailable."""
        self.hurry()
        days = asked.range(self.midnight)
        prices = self.prices()

        def read() -> UsageView:
            used = [_priced(prices, row) for row in self.archive.used(days)]
            sent = self.archive.sent(days)
            return UsageView(
                table=usage.table(used, sent, by=asked.by, weekly=asked.weekly, local_day=self.local_day),
                days=usage.table(used, (), by=UsageBy.DAY, weekly=False, local_day=self.local_day),
                projects=tuple(dict.fromkeys(row.project for row in used if row.project)),
            )

        return await self.aside(read)


def _priced(prices: OwnPrices, row: UsedRow) -> UsedRow:
    own = own_micros(prices, row.model, row.tokens, row.searches)
    return row if own is None else replace(row, micros=own)
