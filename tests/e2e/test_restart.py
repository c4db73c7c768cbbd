"""A newer program over a running older one: told everywhere, and one click or command puts it in its place."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.test_tray_app import desktop, shows
from tests.support.command import Done, environment
from tray_app import __version__, assets
from tray_app.adapters.files.endpoint import EndpointFile
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.app.client.child import Child, running_app
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language

NEWER = "1.99.0"


class Installation:
    """A copy of the program that can be updated: `environ` leads Python to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        source = Path(assets.__file__).parent
        shutil.copytree(source, folder / "tray_app", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(source.parent / "assets", folder / "assets")

    @property
    def variables(self) -> dict[str, str]:
        return {"PYTHONPATH": str(self.folder)}

    def update(self) -> None:
        """Put another version in its place, as an installer does: a new file by the old name."""
        module = self.folder / "tray_app" / "__init__.py"
        new = module.with_name("new")
        new.write_text(module.read_text("utf-8").replace(f'"{__version__}"', f'"{NEWER}"'), "utf-8")
        new.replace(module)


@pytest.fixture
def installed(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "site")


def look(child: Child) -> None:
    """Have it look now and not within the minute."""
    Remote(running=child.endpoint, language=Language.EN).post("reload")


@pytest.mark.slow
def test_commands_say_it_and_restart_puts_the_new_one_in_its_place(tmp_path: Path, installed: Installation) -> None:
    home = tmp_path / "home"
    environ = environment(home, **installed.variables)

    def tray(*words: str) -> Done:
        line = [sys.executable, "-P", "-m", "tray_app", *words]  # -P: not the copy in the folder of the tests
        done = subprocess.run(line, env=environ, capture_output=True, text=True, check=False, timeout=60)
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    with running_app(home, environ=environ) as child:
        assert "restart" not in tray("status").out.lower()
        installed.update()
        words = f"Version {NEWER} is installed; {__version__} runs. Restart to use {NEWER}"
        assert words in tray("status").out
        assert words in tray("doctor").out
        look(child)
        assert f"! Restart to use {NEWER}" in tray("status").out
        done = tray("restart")
        assert (done.code, done.out.strip()) == (0, f"Restarted: version {NEWER} serves at {child.endpoint.url}.")
        now = EndpointFile(child.paths.endpoint).read_live()
        assert now is not None
        assert (now.version, now.url, now.token) == (NEWER, child.endpoint.url, child.endpoint.token)
        assert child.process.poll() is None  # a service manager still sees the process that it has started
        assert "Restart to use" not in tray("status").out


@pytest.mark.anyio
@pytest.mark.needs("dbus")
async def test_the_tray_says_it_and_one_click_restarts(tmp_path: Path, installed: Installation) -> None:
    with SandboxRobot() as robot:
        async with desktop(tmp_path, robot, running_app, **installed.variables) as (child, host):
            await shows(host, "● Running")
            await host.click("Pause notifications", "Until I resume")
            await shows(host, "Paused until you resume")
            installed.update()
            look(child)
            await shows(host, f"Restart to use {NEWER}", "Restart now")
            await host.click("Fix", "Restart now")
            await host.until(lambda: EndpointFile(child.paths.endpoint).read_live() not in {None, child.endpoint})
            await host.until(lambda: bool(host.items))
            await shows(host, "Paused until you resume", f"About {NEWER}")
