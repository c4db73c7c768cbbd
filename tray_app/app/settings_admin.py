"""settings.toml for the pages: looked at and changed off the loop, in effect at once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tray_app.adapters.files.settings import SettingsFile
from tray_app.adapters.system.desktop import Desktop
from tray_app.app.detached import run_detached
from tray_app.core.settings.routes import Route, Subject
from tray_app.core.settings.settings import Settings
from tray_app.core.settings.text import SettingsText, TomlValue
from tray_app.services.submit.routing import Routing


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsAdmin:
    """Implements `pages.settings_desk.SettingsDesk`. `reread` makes what was written hold."""

    file: SettingsFile
    routing: Routing
    desktop: Desktop
    reread: Callable[[], None]
    folders: Callable[[], Sequence[str]]

    async def look(self) -> SettingsText:
        """What the file says now."""
        return await asyncio.to_thread(self.file.look)

    async def change(self, values: Mapping[str, TomlValue | None], *, version: str) -> None:
        """Set values by key."""
        await self._write(lambda: self.file.change(values, version=version))

    async def show_file(self) -> bool:
        """Show the file's folder."""
        return await run_detached(lambda: self.desktop.open_folder(self.file.path.parent))

    def routes(self) -> Sequence[Route]:
        """The routes that hold."""
        return self.file.current.routes

    async def add_route(self, route: Route) -> None:
        """Add one behind the others."""
        await self._write(lambda: self.file.add_route(route))

    async def remove_route(self, number: int, *, version: str) -> None:
        """Remove one."""
        await self._write(lambda: self.file.remove_route(number, version=version))

    async def raise_route(self, number: int, *, version: str) -> None:
        """Ask one before the one above it."""
        await self._write(lambda: self.file.raise_route(number, version=version))

    def route_of(self, subject: Subject) -> Route | None:
        """The route that such a message would take."""
        return self.routing.route_of(subject)

    async def _write(self, change: Callable[[], Settings]) -> None:
        await asyncio.to_thread(change)
        self.reread()
