"""Whether an update has put another version in the place of this program while it runs."""

import asyncio
import os
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from tray_app import __version__
from tray_app.adapters.system.program import OwnProgram
from tray_app.core.kernel.texts import text
from tray_app.core.state.problems import Problem, ProblemKind

_TIMEOUT_S = 20.0
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0) if os.name == "nt" else 0


class NewerProgram:
    """Keeps a problem of its own kind among the others while the program on the disk says another version."""

    def __init__(
        self, environ: Mapping[str, str], problems: dict[ProblemKind, Problem], changed: Callable[[], None]
    ) -> None:
        """Remember how the program's files lie now."""
        self._environ, self._problems, self._changed = environ, problems, changed
        self._program = OwnProgram.of_process(environ)
        self._seen = self._stamps()

    async def look(self) -> None:
        """See whether it was replaced; only then it is asked. Never raises."""
        stamps = self._stamps()
        if stamps == self._seen:
            return
        version = await asyncio.to_thread(self._ask)
        if not version:
            return  # gone, or half-way through an update: asked again next time
        self._seen = stamps
        known = self._problems.pop(ProblemKind.RESTART, None)
        if version != __version__:
            self._problems[ProblemKind.RESTART] = Problem(
                kind=ProblemKind.RESTART,
                reason=text("restart.needed", version=version),
                hint=text("restart.needed_hint", version=version, running=__version__),
            )
        if known != self._problems.get(ProblemKind.RESTART):
            self._changed()

    def _stamps(self) -> tuple[tuple[int, int, int] | None, ...]:
        """What tells that a file was replaced or rewritten: the script's, and the module's that says the version."""
        return tuple(_stamp(path) for path in (Path(self._program.command()[0]), self._program.package / "__init__.py"))

    def _ask(self) -> str:
        with suppress(OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
            done = subprocess.run(
                self._program.command("--version"),
                env=dict(self._environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
                creationflags=_NO_WINDOW,
            )
            said = done.stdout.decode("ascii").split()
            if done.returncode == 0 and said[:1] == ["dingtalk-tray"]:
                return said[-1]
        return ""


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
