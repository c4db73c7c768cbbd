"""Where a message goes that names no robot: asks the owner's routes, with the folder of the session it is from."""

from collections.abc import Callable

from tray_app.core.delivery.delivery import Origin
from tray_app.core.sessions.session import Session
from tray_app.core.settings.routes import Route, Subject, kind_of, route
from tray_app.core.settings.settings import Settings

_TEST = "test"  # a test message tries the robot it is for; without one, the default robot


class Routing:
    """Lives on the engine's loop."""

    def __init__(
        self, *, settings: Callable[[], Settings], home: str, session: Callable[[str], Session | None]
    ) -> None:
        """`home` is what `~` in a route stands for; `session` finds a session as last seen."""
        self._settings = settings
        self._home = home
        self._session = session

    def robot(self, origin: Origin) -> str:
        """Name the robot of the first route that fits; empty: none does, so it is the default one's."""
        if not self._settings().routes or origin.tool == _TEST:
            return ""
        known = self._session(origin.session) if origin.session else None
        subject = Subject(
            folder="" if known is None else known.cwd,
            project=origin.project if known is None else known.project,
            worktree="" if known is None else known.worktree,
            main_folder="" if known is None else known.main_folder,
            tool=origin.tool,
            kind=kind_of(origin.tool),
        )
        found = self.route_of(subject)
        return "" if found is None else found.robot

    def route_of(self, subject: Subject) -> Route | None:
        """Find the first route that fits."""
        return route(self._settings().routes, subject, home=self._home)
