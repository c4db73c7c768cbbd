"""How others start this program, with the folder that it keeps everything in now: the login, agents' hooks."""

from collections.abc import Mapping
from pathlib import Path

from tray_app.adapters.system.launcher import Launcher
from tray_app.adapters.system.paths import HOME_VARIABLE, Paths
from tray_app.adapters.system.program import OwnProgram


def where(environ: Mapping[str, str]) -> list[str]:
    """Give the words that name the app's folder: whoever starts it lacks the variables of this process."""
    home = environ.get(HOME_VARIABLE, "").strip()
    return ["--home", str(Path(home).expanduser().absolute())] if home else []


def login_command(environ: Mapping[str, str], *, headless: bool = False) -> list[str]:
    """Give the command that starts the app at login."""
    program = OwnProgram.of_process(environ)
    return program.command("run", "--headless", *where(environ)) if headless else program.resident(*where(environ))


def launcher_of(paths: Paths, environ: Mapping[str, str]) -> Launcher:
    """Give the launcher of this app; nothing is written yet."""
    return Launcher(path=paths.launcher, program=OwnProgram.of_process(environ), home=tuple(where(environ)))
