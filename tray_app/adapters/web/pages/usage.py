"""The page about what agents used: one table by project, model or day and by week, a chart, a file for spreadsheets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from tray_app.adapters.web.pages.framework import downloads
from tray_app.adapters.web.pages.framework.filters import local_time
from tray_app.adapters.web.pages.framework.flash import Flash, flash_of_error
from tray_app.adapters.web.pages.framework.requests import NOT_OURS, PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import ErrorPage, Site, go_to
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.spreadsheet import BOM
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import Page
from tray_app.core.sessions import ranges
from tray_app.core.sessions.pages import charts
from tray_app.core.sessions.usage import usage
from tray_app.core.sessions.usage import words as usage_words
from tray_app.core.sessions.usage.usage import AskedUsage, UsageBy
from tray_app.core.settings.text import quoted
from tray_app.services.owner.settings_admin import SettingsAdmin
from tray_app.services.sessions.usage import UsageQueries, UsageView

_PATH = f"/ui/{Page.USAGE}"
_MOST_ROWS = 300
_PRESETS = tuple((days, text(f"session_page.days_{days}")) for days in ranges.PRESETS)
_BY = tuple((by, text(f"usage.by_{by}")) for by in UsageBy)


@dataclass(frozen=True, slots=True)
class UsagePage:
    """Shows the page, gives the file, and keeps the owner's own prices where there are settings to keep them in."""

    site: Site
    usage: UsageQueries
    settings: SettingsAdmin | None = None

    def places(self) -> tuple[PageRoute, ...]:
        """Where it answers."""
        return (PageRoute(_PATH, self.show, self.change), PageRoute(f"{_PATH}/export.csv", self.give_csv))

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
        note, visit.session.note = visit.session.note, None
        days = asked.days
        data = found and usage_words.to_data(found.table, asked)
        return self.site.page(
            "usage.html",
            visit.session,
            page=Page.USAGE,
            snapshot=snapshot,
            note=note,
            prices=self.settings and self.settings.file.current.prices.named,
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

    async def change(self, visit: PageRequest) -> Response:
        """Answer POST: keep or drop a price of the owner's own; it holds at once, for days that are past too."""
        form = visit.form
        model, path = form.get("model", "").strip(), f"prices.{quoted(form.get('model', '').strip())}"
        if self.settings is None or form.get("do") not in {"price", "drop_price"} or not model:
            return self.site.tell(NOT_OURS, visit.session, back=_PATH)
        try:
            if form["do"] == "drop_price":
                await self.settings.change({path: None}, version="")
            else:
                typed = {name: form.get(name, "").strip() for name in ("input", "output")}
                await self.settings.change(
                    {f"{path}.{name}": _dollars(said) for name, said in typed.items()}, version=""
                )
            said = "usage.price_dropped" if form["do"] == "drop_price" else "usage.price_kept"
            visit.session.note = Flash(tone="good", said=text(said, model=model))
        except TrayAppError as error:
            visit.session.note = flash_of_error(error)
        return go_to(_PATH)

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


def _dollars(said: str) -> float | str:
    """A number as it goes into the file; what is none stays words, which the file's own check refuses by name."""
    try:
        return float(said)
    except ValueError:
        return said


def _asked(visit: PageRequest, *, now_ms: int) -> AskedUsage:
    """What stands in the address; who comes without a filter sees each week apart."""
    return usage.read(visit.request.query_params, today=local_time(now_ms).date(), weekly=True)


def _cut(data: Mapping[str, Any]) -> dict[str, Any]:
    return {**data, "rows": data["rows"][:_MOST_ROWS]}
