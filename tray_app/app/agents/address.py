"""What every connector tells its client: where the app answers, and how this program is called."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tray_app.adapters.files.endpoint import EndpointFile
from tray_app.adapters.files.settings import SettingsFile
from tray_app.adapters.system.paths import Paths
from tray_app.adapters.system.program import OwnProgram
from tray_app.app.program.started_by import launcher_of
from tray_app.config_changes.change import Change
from tray_app.config_changes.files import ConfigFile
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text

NAME = "dingtalk-tray"


def url_of_app(paths: Paths) -> str:
    """Where the app answers now, or will. Raises TrayAppError."""
    running = EndpointFile(paths.endpoint).read_live()
    if running is not None:
        return running.url
    port = SettingsFile(paths.settings).load().endpoint.port
    if not port:
        raise TrayAppError(text("connect.no_port"), text("connect.no_port_hint"))
    return f"http://127.0.0.1:{port}/mcp"


def kept_port(paths: Paths, url: str) -> Change | None:
    """The change of `settings.toml` that keeps the port of `url`; None where it is the settings' already."""
    file, port = SettingsFile(paths.settings), urlsplit(url).port or 0
    usual = file.load().endpoint.port
    if port == usual:
        return None
    before, after = file.look_ahead({"endpoint.port": port})
    said = (f"- endpoint.port: {usual}", f"+ endpoint.port: {port}")
    there = paths.settings.exists()
    return Change(path=paths.settings, before=before if there else None, after=after, said=said)


def own_command(environ: Mapping[str, str]) -> str:
    """How a terminal calls this program: by its name where that finds it, else by its path."""
    program = OwnProgram.of_process(environ)
    return NAME if is_on_path(program, environ) else program.shell_line()


def is_on_path(program: OwnProgram, environ: Mapping[str, str]) -> bool:
    """Whether a terminal finds this program by its name."""
    found = shutil.which(NAME, path=environ.get("PATH", ""))
    return found is not None and Path(found).resolve() == Path(program.command()[0]).resolve()


def write_launcher(paths: Paths, environ: Mapping[str, str]) -> None:
    """Have the script that agents call lead to this program. Raises TrayAppError."""
    launcher = launcher_of(paths, environ)
    try:
        launcher.heal()
    except OSError as error:
        raise ConfigFile(path=launcher.path).unwritable(error) from error
