"""Where a message goes that names no robot: asks the owner's routes, with the folder of the session it is from."""

from collections.abc import Callable
from typing import Protocol

from tray_app.core.delivery.delivery import Origin
from tray_app.core.sessions.session import Session
from tray_app.core.settings.routes import Route, Subject, kind_of, route
from tray_app.core.settings.settings import Settings

_TEST = "test"  # a test message tries the robot it is for; without one, the default robot


class SessionFolders(Protocol):
    """What is known of sessions."""

    def session(self, session_id: str) -> Session | None:
        """As last seen."""
        ...


class Routing:
    """`sessions` is set by whoever wires both."""

    def __init__(self, *, settings: Callable[[], Settings], home: str) -> None:
        """`home` is what `~` in a route stands for."""
        self.sessions: SessionFolders | None = None
        self._settings = settings
        self._home = home

    def robot(self, origin: Origin) -> str:
        """Name the robot of the first route that fits; empty: none does, so it is the default one's."""
        if not self._settings().routes or origin.tool == _TEST:
            return ""
        known = self.sessions.session(origin.session) if self.sessions is not None and origin.session else None
        subject = Subject(
            folder="" if known is None else known.cwd,
            project=origin.project if known is None else known.project,
            tool=origin.tool,
            kind=kind_of(origin.tool),
        )
        found = self.route_of(subject)
        return "" if found is None else found.robot

    def route_of(self, subject: Subject) -> Route | None:
        """Find the first route that fits."""
        return route(self._settings().routes, subject, home=self._home)
