"""settings.toml as the owner edits it: looked at and changed off the loop, in effect at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tray_app.core.settings.routes import Route, Subject
from tray_app.core.settings.settings import Settings
from tray_app.core.settings.text import SettingsText, TomlValue
from tray_app.services.owner.start_at_login import StartAtLogin
from tray_app.services.submit.routing import Routing


class SettingsOnDisk(Protocol):
    """The file. Changes raise InvalidSettings, or SettingsChanged where it is not the version named."""

    @property
    def current(self) -> Settings:
        """What holds."""
        ...

    def look(self) -> SettingsText:
        """What it says now."""
        ...

    def change(self, values: Mapping[str, TomlValue | None], *, version: str = "") -> Settings:
        """Set values by key; None takes one out."""
        ...

    def add_route(self, route: Route) -> Settings:
        """Add one behind the others."""
        ...

    def change_route(self, number: int, route: Route, *, version: str) -> Settings:
        """Let one, counted from 0, say something else."""
        ...

    def remove_route(self, number: int, *, version: str) -> Settings:
        """Remove one, counted from 0."""
        ...

    def raise_route(self, number: int, *, version: str) -> Settings:
        """Ask one before the one above it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsAdmin:
    """`reread` makes what was written hold; `show_file` shows the file's folder on the desktop, False without one.

    `folders` are those of known sessions, the newest first; `login` is the switch that no file of ours holds.
    """

    file: SettingsOnDisk
    routing: Routing
    reread: Callable[[], None]
    folders: Callable[[], Sequence[str]]
    show_file: Callable[[], Awaitable[bool]]
    login: StartAtLogin | None = None

    async def look(self) -> SettingsText:
        """What the file says now."""
        return await asyncio.to_thread(self.file.look)

    async def change(self, values: Mapping[str, TomlValue | None], *, version: str) -> None:
        """Set values by key."""
        await self._write(lambda: self.file.change(values, version=version))

    def routes(self) -> Sequence[Route]:
        """The routes that hold."""
        return self.file.current.routes

    async def add_route(self, route: Route) -> None:
        """Add one behind the others."""
        await self._write(lambda: self.file.add_route(route))

    async def change_route(self, number: int, route: Route, *, version: str) -> None:
        """Let one say something else, at its place."""
        await self._write(lambda: self.file.change_route(number, route, version=version))

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
