"""The installer in a Windows as Wine plays it: installed, in the tray, upgraded while it runs, gone without a trace.

`DINGTALK_TRAY_PACKAGES=dist python dev.py test tests/packaging/test_setup_installed.py` tries what build.py has made.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import dev
import tray_app
from tests.support.robot import robot
from tests.support.wine import Wine, until
from tray_app.adapters.sandbox_robot import SandboxRobot

__all__ = ["robot"]
PACKAGES = os.environ.get("DINGTALK_TRAY_PACKAGES", "")
SETUP = Path(__file__).parents[2] / PACKAGES / f"DingTalkTray-{tray_app.__version__}-x64.exe"
MADE = dev.OWN / "windows-build"
RUN = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run"
CREDENTIALS = r"HKCU\Software\Wine\Credential Manager"
UNINSTALL = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\DingTalkTray"
pytestmark = [
    pytest.mark.skipif(
        not PACKAGES or not SETUP.exists(), reason="DINGTALK_TRAY_PACKAGES names no folder with a setup"
    ),
    pytest.mark.skipif(
        not (MADE / "wine").exists() or shutil.which("wine") is None, reason="no Windows under Wine here"
    ),
    pytest.mark.needs("xvfb"),
    pytest.mark.timeout(900),
]


@pytest.fixture
def display() -> Iterator[str]:
    words = ["Xvfb", "-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            yield f":{server.stdout.readline().strip()}"
        finally:
            server.terminate()


def files(wine: Wine) -> set[Path]:
    """Name what lies in the person's folders, but for temporary files and what the app itself keeps."""
    person = wine.local.parents[1]  # the uninstaller runs as a copy in Temp, which Windows deletes at its next start
    kept = (person / "Temp", wine.local / "Temp", wine.local / "dingtalk-tray", wine.local / "Microsoft")
    users = wine.folder / "prefix/drive_c/users"
    return {path for path in users.rglob("*") if not any(path.is_relative_to(one) for one in kept)}


def test_it_installs_runs_upgrades_while_it_runs_and_leaves_nothing(display: str, robot: SandboxRobot) -> None:
    wine = Wine(MADE)
    wine.lend_windows_own()
    place = wine.local / "Programs" / "DingTalkTray"
    program, windowless = place / "dingtalk-tray.exe", place / "dingtalk-trayw.exe"
    shutil.rmtree(wine.local / "dingtalk-tray", ignore_errors=True)
    wine.run("reg", "delete", UNINSTALL, "/f")
    before = files(wine)
    secrets = {"DINGTALK_WEBHOOK": robot.webhook, "DINGTALK_SECRET": robot.secret, "DISPLAY": display}

    def command(*words: str) -> str:
        done = wine.run(wine.path(program), *words, **secrets)
        assert done.code == 0, done.err
        return done.out

    with wine.desktop(display):
        assert wine.run(str(SETUP), "/S", "/AUTOSTART=1", **secrets).code == 0
        assert windowless.exists()
        assert (wine.start_menu / "DingTalk Tray.lnk").exists()
        assert tray_app.__version__ in wine.registry(UNINSTALL)
        assert "dingtalk-trayw.exe" in wine.registry(RUN)
        assert command("--version") == f"dingtalk-tray {tray_app.__version__}\n"
        assert "this session shows an icon" in wine.run(wine.path(program), "doctor", **secrets, LANGUAGE="en").out

        endpoint = wine.local / "dingtalk-tray/run/endpoint.json"
        started = subprocess.Popen(
            [str(wine.folder / "wine"), wine.path(windowless), "run"],
            env={**os.environ, **secrets},
            stdin=subprocess.DEVNULL,
        )
        until(endpoint.exists, "the installed app does not serve")
        command("send", "text", "From the installed app")
        assert [seen.text for seen in robot.received] == ["From the installed app"]

        first = endpoint.read_bytes()
        assert wine.run(str(SETUP), "/S", **secrets).code == 0
        assert started.wait(30) == 0  # in order, not killed
        until(lambda: endpoint.exists() and endpoint.read_bytes() != first, "it does not run again after the upgrade")
        command("send", "text", "From the upgraded app")
        assert len(robot.received) == 2
        assert "dingtalk-trayw.exe" in wine.registry(RUN)  # as it was

        command("setup", "--from-env", "--no-test", "--robot", "team")
        assert "dingtalk" in wine.registry(CREDENTIALS)
        command("connect", "codex", "--yes")
        assert (wine.local.parents[1] / ".codex/config.toml").exists()
        assert wine.run(wine.path(place / "uninstall.exe"), "/S", **secrets).code == 0
        until(lambda: not place.exists(), "the folder is not gone")
        assert not endpoint.exists()
        assert files(wine) - before == set()
        for key in (RUN, UNINSTALL, CREDENTIALS, r"HKCU\Software\DingTalkTray"):
            assert "ingtalk" not in wine.registry(key)
