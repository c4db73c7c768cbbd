"""How others start this program, with the folder that it keeps everything in now: the login, agents' hooks."""

import os
import sys
from collections.abc import Mapping, Sequence

from tray_app.adapters.system.launcher import Launcher
from tray_app.adapters.system.paths import Paths, moved_home
from tray_app.adapters.system.program import OwnProgram, start_detached


def where(environ: Mapping[str, str]) -> list[str]:
    """Give the words that name the app's folder: whoever starts it lacks the variables of this process."""
    home = moved_home(environ)
    return [] if home is None else ["--home", str(home)]


def login_command(environ: Mapping[str, str], *, headless: bool = False) -> list[str]:
    """Give the command that starts the app at login."""
    program = OwnProgram.of_process(environ)
    return program.command("run", "--headless", *where(environ)) if headless else program.resident(*where(environ))


def launcher_of(paths: Paths, environ: Mapping[str, str]) -> Launcher:
    """Give the launcher of this app; nothing is written yet."""
    return Launcher(path=paths.launcher, program=OwnProgram.of_process(environ), home=tuple(where(environ)))


def restart_command(environ: Mapping[str, str], *, headless: bool, port: int | None) -> list[str]:
    """Give the command of an app that takes the place of this one."""
    options = [*(["--headless"] if headless else []), *([] if port is None else ["--port", str(port)])]
    return OwnProgram.of_process(environ).resident(*options, *where(environ))


def begin_anew(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run it in the place of this process, with its number, terminal and service manager; on Windows beside it."""
    its = {**environ, "PYINSTALLER_RESET_ENVIRONMENT": "1"} if getattr(sys, "frozen", False) else dict(environ)
    if sys.platform == "win32":
        start_detached(command, its)
    else:
        sys.stdout.flush()
        os.execve(command[0], list(command), its)  # noqa: S606 - our own program, no shell is wanted
