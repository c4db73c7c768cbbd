"""Removal from the outside: shown first, every byte of Claude Code's settings back, nothing of ours left."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Done, command, environment
from tests.support.free_port import free_port, settle_port
from tests.support.keyring import AVAILABLE, KeyringBus

BEFORE = b'{\r\n\t"model": "x", "hooks": {"Stop": []}}'


class Person:
    """Somebody with Claude Code's settings and the app in a folder of its own."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.home = folder / "tray"
        self.claude = folder / "claude"
        self.login = folder / "config" / "autostart" / "dingtalk-tray.desktop"
        self.claude.mkdir(parents=True)
        (self.claude / "settings.json").write_bytes(BEFORE)
        settle_port(self.home)
        found = {"HOME": str(folder), "CLAUDE_CONFIG_DIR": str(self.claude), "PATH": str(folder / "nothing")}
        self.environ = environment(self.home, XDG_CONFIG_HOME=str(folder / "config"), **{**found, **more})

    def __call__(self, *arguments: str, given: str = "") -> Done:
        return command(*arguments, environ=self.environ, given=given)

    def files(self) -> dict[str, bytes]:
        """Claude Code's."""
        return {path.name: path.read_bytes() for path in self.claude.iterdir()}


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    someone = Person(tmp_path)
    yield someone
    someone("quit")


def test_everything_is_shown_then_undone_and_settings_and_history_stay(person: Person) -> None:
    assert person("connect", "--yes").code == 0
    assert person("autostart", "on").code == 0
    assert person("run", "--background", "--headless").code == 0
    shown = person("uninstall", "--dry-run")
    for words in ("Quits the running app", "Disconnects Claude Code", "hooks.Stop", str(person.login), "launcher"):
        assert words in shown.out
    assert (person("status").code, person.login.exists()) == (0, True)
    assert person("uninstall").code == 1  # nobody to ask
    done = person("uninstall", "--yes")
    assert (done.code, done.err) == (0, "")
    assert "uv tool uninstall dingtalk-tray" in done.out
    assert person.files() == {"settings.json": BEFORE}
    assert (person.login.exists(), person("status").code) == (False, 1)
    left = {str(path.relative_to(person.home)) for path in person.home.rglob("*") if path.is_file()}
    assert {"config/settings.toml", "data/history.sqlite3"} <= left
    assert [name for name in left if "token" in name or "launcher" in name or name.startswith("run/")] == []
    assert "Nothing is left" in person("uninstall", "--yes").out


def test_with_data_nothing_is_left(person: Person) -> None:
    assert person("connect", "--yes").code == 0
    assert person("run", "--background", "--headless").code == 0
    done = person("uninstall", "--data", "--yes", "--json").json()
    assert (done["changed"], done["failed"]) == (True, [])
    assert person.files() == {"settings.json": BEFORE}
    assert list(person.home.rglob("*")) == []


@pytest.mark.slow
def test_the_systems_own_folders_are_left_without_a_trace_of_the_app(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".claude").mkdir()
    environ = environment(tmp_path, HOME=str(home), PATH=str(tmp_path / "nothing"))
    places = {"XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".local/share", "XDG_STATE_HOME": ".local/state"}
    environ = {name: words for name, words in environ.items() if name != "DINGTALK_TRAY_HOME"}
    environ |= {name: str(home / folder) for name, folder in places.items()}
    settings = home / ".config" / "dingtalk-tray" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[endpoint]\nport = {free_port()}\n", encoding="utf-8")
    for name in ("claude-code", "codex"):
        assert command("connect", name, "--yes", environ=environ).code == 0
    try:
        assert command("status", environ=environ).code == 0
        assert command("uninstall", "--data", "--yes", environ=environ).code == 0
        ours = [path for path in home.rglob("*") if "dingtalk" in path.name or path.name in {".codex", "log"}]
        assert ours == []
        assert list((home / ".claude").iterdir()) == []
    finally:
        command("quit", environ=environ)


def test_what_was_connected_elsewhere_is_found_again(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one project, in a folder that `CLAUDE_CONFIG_DIR` named then, and in a project that is gone."""
    one, gone, moved = tmp_path / "one", tmp_path / "gone", tmp_path / "moved"
    for folder in (one, gone):
        folder.mkdir()
        monkeypatch.chdir(folder)
        assert person("connect", "--scope", "project", "--yes").code == 0
    monkeypatch.chdir(tmp_path)
    environ = {**person.environ, "CLAUDE_CONFIG_DIR": str(moved)}
    assert command("connect", "--yes", environ=environ).code == 0
    shutil.rmtree(gone)
    (one / ".mcp.json").write_text((one / ".mcp.json").read_text("utf-8").replace("{", '{"mine": 1,', 1), "utf-8")
    shown = person("uninstall", "--dry-run").out
    assert [shown.count(str(path)) > 0 for path in (one, moved, gone)] == [True, True, False]
    done = person("uninstall", "--yes")
    assert (done.code, done.err) == (0, "")
    left = [path for folder in (one, moved) for path in folder.rglob("*") if path.is_file()]
    assert [path.name for path in left] == [".mcp.json"]
    assert json.loads(left[0].read_text("utf-8")) == {"mine": 1}
    assert "Nothing is left" in person("uninstall", "--yes").out


def test_what_cannot_be_undone_is_said_and_the_rest_is_done(person: Person) -> None:
    assert person("autostart", "on").code == 0
    (person.claude / "settings.json").write_text("{broken")
    done = person("uninstall", "--yes")
    assert (done.code, "settings.json" in done.err, person.login.exists()) == (1, True, False)


def test_where_something_cannot_be_undone_the_files_that_another_try_needs_stay(person: Person) -> None:
    assert person("connect", "--yes").code == 0
    settings = person.claude / "settings.json"
    connected = settings.read_bytes()
    settings.write_text("{broken")
    done = person("uninstall", "--data", "--yes")
    assert (done.code, "Removed" in done.out, "run `uninstall` again" in done.out) == (1, False, True)
    settings.write_bytes(connected)
    assert person("uninstall", "--data", "--yes").code == 0
    assert (person.files(), list(person.home.rglob("*"))) == ({"settings.json": BEFORE}, [])


@pytest.mark.skipif(not AVAILABLE, reason="needs dbus-daemon and gnome-keyring-daemon")
def test_robots_secrets_leave_the_keyring(tmp_path: Path) -> None:
    bus = KeyringBus(tmp_path)
    try:
        bus.start_keyring()
        person = Person(tmp_path / "me", **{**bus.environ, "HOME": str(tmp_path / "me")})
        webhook = "https://oapi.dingtalk.com/robot/send?access_token=" + "a1" * 32
        assert person("setup", "--robot", "team", "--no-test", given=f"{webhook}\nSEC{'b2' * 32}\n").code == 0
        assert bus.items() == 2
        done = person("uninstall", "--yes")
        assert (done.code, "team" in done.out, bus.items()) == (0, True, 0)
    finally:
        bus.close()
