"""What starts at login: this program, with the folder that it keeps everything in now."""

from collections.abc import Mapping
from pathlib import Path

from tray_app.adapters.system.paths import HOME_VARIABLE
from tray_app.adapters.system.program import OwnProgram


def login_command(environ: Mapping[str, str], *, headless: bool = False) -> list[str]:
    """Give the command: a session that starts it lacks the variables of this one."""
    home = environ.get(HOME_VARIABLE, "").strip()
    where = ["--home", str(Path(home).expanduser().absolute())] if home else []
    program = OwnProgram.of_process(environ)
    return program.command("run", "--headless", *where) if headless else program.resident(*where)
