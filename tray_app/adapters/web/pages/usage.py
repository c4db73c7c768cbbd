"""The page about what agents used: one table by project, model or day and by week, a chart, a file for spreadsheets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from tray_app.adapters.web.pages.framework import downloads
from tray_app.adapters.web.pages.framework.filters import local_time
from tray_app.adapters.web.pages.framework.requests import PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import ErrorPage, Site
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.spreadsheet import BOM
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import Page
from tray_app.core.sessions import charts, ranges, usage, usage_words
from tray_app.core.sessions.usage import AskedUsage, UsageBy
from tray_app.services.sessions.usage import UsageQueries, UsageView

_PATH = f"/ui/{Page.USAGE}"
_MOST_ROWS = 300
_PRESETS = tuple((days, text(f"session_page.days_{days}")) for days in ranges.PRESETS)
_BY = tuple((by, text(f"usage.by_{by}")) for by in UsageBy)


@dataclass(frozen=True, slots=True)
class UsagePage:
    """Shows the page and gives the file; it changes nothing."""

    site: Site
    usage: UsageQueries

    def places(self) -> tuple[PageRoute, ...]:
        """Where it answers."""
        return (PageRoute(_PATH, self.show), PageRoute(f"{_PATH}/export.csv", self.give_csv))

    async def show(self, visit: PageRequest) -> Response:
        """Answer GET."""
        snapshot = self.site.services.hub.look()
        asked = _asked(visit, now_ms=snapshot.now_ms)
        words = self.site.catalogs[visit.session.language or self.site.services.language]
        found: UsageView | None = None
        trouble: TrayAppError | None = None
        try:
            found = await self.usage.view(asked)
        except StoreUnavailable as error:
            trouble = error
        days = asked.days
        data = found and usage_words.to_data(found.table, asked)
        return self.site.page(
            "usage.html",
            visit.session,
            page=Page.USAGE,
            snapshot=snapshot,
            asked=asked,
            presets=_PRESETS,
            by=_BY,
            found=found,
            trouble=trouble,
            data=data,
            said=data and usage_words.said(_cut(data), words),
            left_out=max(len(data["rows"]) - _MOST_ROWS, 0) if data else 0,
            chart=found and charts.usage_chart(found.table, found.days, since=days.begins, until=days.until),
        )

    async def give_csv(self, visit: PageRequest) -> Response:
        """Give all rows of what was chosen to a spreadsheet."""
        asked = _asked(visit, now_ms=self.site.services.hub.look().now_ms)
        try:
            found = await self.usage.view(asked)
        except StoreUnavailable as error:
            page = ErrorPage(status=503, said=error.reason, why=error.hint)
            return self.site.tell(page, visit.session, back=_PATH)
        name = downloads.file_name("usage", asked.name_parts, "csv")
        said = BOM + usage_words.as_csv(usage_words.to_data(found.table, asked))
        return Response(said, headers=downloads.attachment(name), media_type="text/csv; charset=utf-8")


def _asked(visit: PageRequest, *, now_ms: int) -> AskedUsage:
    """What stands in the address; who comes without a filter sees each week apart."""
    return usage.read(visit.request.query_params, today=local_time(now_ms).date(), weekly=True)


def _cut(data: Mapping[str, Any]) -> dict[str, Any]:
    return {**data, "rows": data["rows"][:_MOST_ROWS]}
