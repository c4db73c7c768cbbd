"""What the pages about settings and routes ask of the app."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from tray_app.core.routing import Route, Subject
from tray_app.core.settings_text import SettingsText, TomlValue


class SettingsDesk(Protocol):
    """settings.toml. Changes raise InvalidSettings, or SettingsChanged where the file is not the version named."""

    async def look(self) -> SettingsText:
        """What the file says now."""
        ...

    async def change(self, values: Mapping[str, TomlValue | None], *, version: str) -> None:
        """Set values by key (None: take it out), and have them take effect."""
        ...

    async def show_file(self) -> bool:
        """Show the file's folder on the desktop; False where there is none."""
        ...

    def routes(self) -> Sequence[Route]:
        """The routes that hold."""
        ...

    async def add_route(self, route: Route) -> None:
        """Add one behind the others."""
        ...

    async def remove_route(self, number: int, *, version: str) -> None:
        """Remove one, counted from 0."""
        ...

    async def raise_route(self, number: int, *, version: str) -> None:
        """Ask one before the one above it."""
        ...

    def route_of(self, subject: Subject) -> Route | None:
        """The route that such a message would take; None: it goes to the default robot."""
        ...

    def folders(self) -> Sequence[str]:
        """Folders of known sessions, the newest first."""
        ...
