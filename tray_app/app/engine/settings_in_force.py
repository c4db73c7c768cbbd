"""Which settings hold: those of the file, or the last good ones where it is broken."""

from collections.abc import Callable

from tray_app.app.engine.context import AppContext
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.state.problems import Problem, ProblemKind


class SettingsInForce:
    """Lives on the engine's loop."""

    def __init__(self, given: AppContext, taken: Callable[[], None]) -> None:
        """`taken` hears that other settings hold, or that the file is broken, or is so no longer."""
        self._settings, self._problems, self._taken = given.settings, given.problems, taken
        self._told_version = given.settings.version

    def reread(self) -> None:
        """Let settings.toml hold as it is now; a broken one keeps the last good settings, and says so.

        Whoever writes it calls this, and so does the watch: what was told is known by its content, and not told again.
        """
        problem = None
        try:
            self._settings.load()
        except InvalidSettings as error:
            problem = Problem(kind=ProblemKind.SETTINGS, reason=error.reason, hint=error.hint)
        version = self._settings.version
        if version and version == self._told_version:
            return
        self._told_version = version
        self._problems.pop(ProblemKind.SETTINGS, None)
        if problem is not None:
            self._problems[ProblemKind.SETTINGS] = problem
        self._taken()
