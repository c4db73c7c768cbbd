"""The .deb in a fresh Debian without Python: demo, tray, keyring, Claude Code, an old database, no trace after purge.

`DINGTALK_TRAY_PACKAGES=dist python dev.py test tests/packaging/test_deb_installed.py` tries what build.py has made.
"""

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import tray_app
from tests.support.claude_client import API_KEY, claude_binary
from tests.support.debian_chroot import Debian
from tests.support.free_port import free_port
from tests.support.keyring import KeyringBus
from tests.support.model_api import ModelApi, ToolCall, Turn
from tests.support.model_api import model_api as serve_model
from tests.support.old_databases import of_schema
from tests.support.robot import robot
from tests.support.tray_host import TrayHost
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.store.file.migrations import MIGRATIONS

__all__ = ["claude_binary", "robot"]
PACKAGES = os.environ.get("DINGTALK_TRAY_PACKAGES", "")
pytestmark = [
    pytest.mark.skipif(not PACKAGES, reason="DINGTALK_TRAY_PACKAGES names no folder with packages"),
    pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can change its root"),
    pytest.mark.needs("dbus", "gnome-keyring", "debootstrap"),
    pytest.mark.timeout(600),
]
APP, CLAUDE = "dingtalk-tray", "/usr/local/bin/claude"


@pytest.fixture(scope="module")
def package() -> Path:
    (found,) = (Path(__file__).parents[2] / PACKAGES).glob(f"{APP}_{tray_app.__version__}_*.deb")
    return found


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, package: Path) -> Iterator[tuple[Debian, set[str]]]:
    """The system with the package, and what was there before."""
    debian = Debian(tmp_path_factory.mktemp("debian") / "root")
    before = debian.files()
    assert not [name for name in before if "python3" in name]
    debian.install(package)
    yield debian, before
    debian.close()


@pytest.fixture
def debian(fresh: tuple[Debian, set[str]]) -> Iterator[Debian]:
    system, _ = fresh
    yield system
    system.run(APP, "quit")
    subprocess.run(["rm", "-rf", str(system.home)], check=True)
    system.home.mkdir()


@pytest.fixture
def model_api() -> Iterator[ModelApi]:
    with serve_model() as api:
        yield api


def settings(debian: Debian) -> int:
    """Give the app English and a port that nobody has."""
    port = free_port()
    file = debian.home / ".config" / APP / "settings.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'language = "en"\nmessage_language = "en"\n[endpoint]\nport = {port}\n', encoding="utf-8")
    return port


def until(true: Callable[[], object], what: str) -> None:
    """Look until it is so."""
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@contextmanager
def running(debian: Debian, tmp_path: Path, *arguments: str, **more: str) -> Iterator["subprocess.Popen[Any]"]:
    """The installed app, up and serving."""
    with (tmp_path / "printed").open("wb") as printed:
        process = debian.start("dingtalk-trayw", "run", *arguments, printed=printed, **more)
        try:
            endpoint = debian.home / ".local/share" / APP / "run/endpoint.json"
            until(lambda: endpoint.exists() or process.poll() is not None, "the app does not serve")
            assert process.poll() is None, (tmp_path / "printed").read_text("utf-8")
            yield process
        finally:
            process.terminate()
            process.wait(20)


def test_it_is_as_light_as_was_aimed_for(package: Path) -> None:
    assert package.stat().st_size < 25_000_000


def test_the_demo_runs(debian: Debian) -> None:
    done = debian.run(APP, "demo")
    assert (done.code, done.err) == (0, "")
    assert "dingtalk-tray run" in done.out.splitlines()[-1]
    assert debian.run(APP, "--version").out == f"{APP} {tray_app.__version__}\n"


def test_it_brings_what_desktops_shells_and_lawyers_look_for(debian: Debian) -> None:
    share = debian.root / "usr/share"
    completions = {
        "bash-completion/completions/dingtalk-tray": "-F _shtab_dingtalk_tray dingtalk-tray",
        "zsh/vendor-completions/_dingtalk-tray": "#compdef dingtalk-tray",
        "fish/vendor_completions.d/dingtalk-tray.fish": "complete -c dingtalk-tray",
    }
    for place, words in completions.items():
        assert words in (share / place).read_text("utf-8"), place
    assert debian.run("bash", "-n", "/usr/share/bash-completion/completions/dingtalk-tray").code == 0
    for place in ("applications/dingtalk-tray.desktop", "icons/hicolor/scalable/apps/dingtalk-tray.svg"):
        assert (share / place).is_file()
    for page in ("man1", "zh_CN/man1"):
        assert b"approvals" in gzip.decompress((share / "man" / page / "dingtalk-trayw.1.gz").read_bytes())
    doc = share / "doc/dingtalk-tray"
    assert "MIT" in (doc / "copyright").read_text("utf-8")
    licences = gzip.decompress((doc / "THIRD-PARTY-LICENCES.txt.gz").read_bytes()).decode()
    for name in ("pystray", "cryptography", "Python 3", "pyinstaller", "libssl"):
        assert f"\n{name}" in licences


@pytest.mark.anyio
async def test_the_tray_is_shown_and_the_robot_lies_in_the_keyring(debian: Debian, robot: SandboxRobot) -> None:
    folder = debian.root / "tmp/bus"
    folder.mkdir()
    bus = KeyringBus(folder)
    try:
        bus.start_keyring()
        settings(debian)
        told = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/tmp/bus/bus.sock"}
        secrets = {"DINGTALK_WEBHOOK": robot.webhook, "DINGTALK_SECRET": robot.secret}
        done = debian.run(APP, "setup", "--from-env", "--no-test", **told, **secrets)
        assert done.code == 0, done.err
        assert bus.items() >= 1
        host = await TrayHost.connect(bus.address)
        with running(debian, folder, **told) as process:
            await host.until(lambda: bool(host.items))
            assert debian.run(APP, "send", "text", "From the keyring", **told).code == 0
            assert [seen.text for seen in robot.received] == ["From the keyring"]
            await host.click("Quit")
            assert process.wait(20) == 0
        host.leave()
    finally:
        bus.close()
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_claude_code_is_connected_and_its_call_reaches_the_group(
    debian: Debian, tmp_path: Path, robot: SandboxRobot, model_api: ModelApi, claude_binary: Path
) -> None:
    settings(debian)
    secrets = {"DINGTALK_WEBHOOK": robot.webhook, "DINGTALK_SECRET": robot.secret}
    model_api.script(
        Turn(calls=[ToolCall(name="mcp__dingtalk__dingtalk_send_text", input={"content": "Built"})]),
        Turn(text="Told them"),
    )
    client = {
        "ANTHROPIC_BASE_URL": model_api.url,
        "ANTHROPIC_API_KEY": API_KEY,
        "DISABLE_TELEMETRY": "1",
        "DISABLE_AUTOUPDATER": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    with debian.shared(claude_binary, CLAUDE), running(debian, tmp_path, "--headless", **secrets):
        done = debian.run(APP, "connect", "--yes")
        assert done.code == 0, done.err
        words = ("claude", "-p", "Tell the group", "--output-format", "json", "--allowedTools", "mcp__dingtalk")
        answer = debian.run(*words, **client)
        assert answer.code == 0, answer.out + answer.err
        assert json.loads(answer.out)["result"] == "Told them"
        assert robot.received[0].text.startswith("Built")
        [session] = debian.run(APP, "sessions", "--all", "--json").json()["sessions"]
        assert session["session_id"] == json.loads(answer.out)["session_id"]  # its hooks arrived too
    assert debian.run(APP, "disconnect", "--yes").code == 0
    assert "dingtalk" not in (debian.home / ".claude.json").read_text("utf-8")


def test_the_first_database_opens(debian: Debian, tmp_path: Path, robot: SandboxRobot) -> None:
    settings(debian)
    data = debian.home / ".local/share" / APP
    data.mkdir(parents=True, mode=0o700)
    of_schema(data / "history.sqlite3", 1, now_ms=int(time.time() * 1000))
    secrets = {"DINGTALK_WEBHOOK": robot.webhook, "DINGTALK_SECRET": robot.secret}
    with running(debian, tmp_path, "--headless", **secrets):
        rows = debian.run(APP, "history", "--json").json()["deliveries"]
    assert [(row["id"], row["title"]) for row in rows] == [("old-1", "from the old version")]
    assert len(MIGRATIONS) > 1


def later(package: Path, folder: Path, version: str) -> Path:
    """The same package with a later version, which its program says, too."""
    tree, made = folder / "later", folder / "later.deb"
    subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(tree)], check=True)
    (module,) = tree.glob("usr/lib/dingtalk-tray/_internal/tray_app/__init__.pyc")
    for path in (module, tree / "DEBIAN/control"):
        before = path.read_bytes()
        assert tray_app.__version__.encode() in before
        path.write_bytes(before.replace(tray_app.__version__.encode(), version.encode()))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), str(made)], check=True)
    return made


def test_an_upgrade_over_the_running_app_is_told_and_taken_with_one_command(
    debian: Debian, package: Path, tmp_path: Path
) -> None:
    settings(debian)
    version = f"{tray_app.__version__[:-1]}{(int(tray_app.__version__[-1]) + 1) % 10}"  # as long, for it is patched in
    with running(debian, tmp_path, "--headless") as process:
        debian.install(later(package, tmp_path, version))
        try:
            until(lambda: f"Restart to use {version}" in debian.run(APP, "status").out, "nobody tells of the upgrade")
            assert process.poll() is None
            assert f"Restart to use {version}" in debian.run(APP, "doctor").out.splitlines()[0]
            assert debian.run(APP, "restart").code == 0
            assert f"version {version} runs at" in debian.run(APP, "doctor").out
            assert debian.run(APP, "--version").out == f"{APP} {version}\n"
        finally:
            debian.install(package)


def test_a_purge_ends_the_app_and_leaves_nothing(
    fresh: tuple[Debian, set[str]], debian: Debian, package: Path, tmp_path: Path
) -> None:
    settings(debian)
    with running(debian, tmp_path, "--headless") as process:
        done = debian.run("dpkg", "--purge", APP)
        assert (done.code, done.err) == (0, "")
        assert process.wait(10) == 0
        assert debian.files() == fresh[1]
    debian.install(package)
