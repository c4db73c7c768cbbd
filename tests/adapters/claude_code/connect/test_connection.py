"""Connecting and disconnecting Claude Code by editing its files, where its program is not at hand."""

import json
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.words import said as words
from tray_app.adapters.claude_code.connect.connection import Connection
from tray_app.adapters.claude_code.connect.entries import ClaudeEntries, ConfigFolders, FollowUpHook
from tray_app.config_changes.files import ConfigTrouble
from tray_app.core.claude_code.hooks import EVENTS

WIRING = ClaudeEntries(
    url="http://127.0.0.1:8737/mcp",
    helper="'/opt/my venv/bin/dingtalk-tray' mcp-headers",
    hook=("/opt/my venv/bin/python", "-I", "-S", "/opt/文件/tray_app/hook_cli.py"),
)
SERVERS = '{\n  "numStartups": 3,\n  "mcpServers": {\n    "other": {\n      "type": "http"\n    }\n  }\n}'
SETTINGS = '{\r\n\t"model": "opus",\r\n\t"permissions": { "allow": ["Bash"] },\r\n\t"n": 12345678901234567890\r\n}\r\n'


class Person:
    """Somebody's Claude Code, without its program."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "data").mkdir(exist_ok=True)
        self.environ = {"HOME": str(folder), "PATH": str(folder / "nothing")}
        self.places = ConfigFolders.of_user(self.environ)
        self.servers, self.settings = self.places.servers, self.places.settings
        self.data = folder / "data"

    @property
    def connection(self) -> Connection:
        """As a new process would have it."""
        return Connection(self.places, data=self.data, environ=self.environ)

    def write(self, servers: str | None = SERVERS, settings: str | None = SETTINGS) -> None:
        for path, content in ((self.servers, servers), (self.settings, settings)):
            path.parent.mkdir(exist_ok=True)
            if content is not None:
                path.write_bytes(content.encode())

    def read(self) -> tuple[bytes | None, bytes | None]:
        servers, settings = (path.read_bytes() if path.exists() else None for path in (self.servers, self.settings))
        return servers, settings

    def connect(self, wiring: ClaudeEntries = WIRING) -> list[Path]:
        return self.connection.connect(self.connection.plan(wiring), wiring)

    def disconnect(self) -> None:
        self.connection.disconnect(self.connection.plan_undo())

    def value(self) -> tuple[dict[str, Any], dict[str, Any]]:
        servers, settings = (json.loads(part or b"{}") for part in self.read())
        return servers, settings


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path / "person 人")


def hooks_of(settings: dict[str, Any], event: str) -> list[dict[str, Any]]:
    return [hook for group in settings["hooks"][event] for hook in group["hooks"]]


def test_it_registers_allows_and_listens(person: Person) -> None:
    person.write()
    person.connect()
    servers, settings = person.value()
    assert servers["mcpServers"]["dingtalk"] == {
        "type": "http",
        "url": WIRING.url,
        "headersHelper": WIRING.helper,
        "alwaysLoad": True,
    }
    assert settings["permissions"]["allow"] == ["Bash", "mcp__dingtalk"]
    assert set(settings["hooks"]) == set(EVENTS)
    [stop] = hooks_of(settings, "Stop")
    assert stop == {
        "type": "command",
        "command": WIRING.hook[0],
        "args": list(WIRING.hook[1:]),
        "timeout": 5,
    }
    beside = {event for event in EVENTS if hooks_of(settings, event)[0].get("async")}
    assert beside == {"SessionStart", "Notification", "PreToolUse"}  # the others come when the process may end
    assert [group["matcher"] for group in settings["hooks"]["PreToolUse"]] == ["mcp__.*dingtalk.*"]


@pytest.mark.parametrize("servers", [None, "{}", SERVERS, '\ufeff{"mcpServers":{}}\n', ""])
@pytest.mark.parametrize("settings", [None, "{}\n", SETTINGS, "{\n}", '{"hooks": {"Stop": []}, "permissions": {}}'])
def test_disconnect_gives_every_byte_back(person: Person, servers: str | None, settings: str | None) -> None:
    person.write(servers, settings)
    before = person.read()
    person.connect()
    assert person.read() != before
    person.disconnect()
    assert person.read() == before
    assert person.connection.plan_undo().changes == ()


def test_a_session_waits_for_words_only_where_the_owner_wants_it_and_every_byte_comes_back(person: Person) -> None:
    person.write()
    before = person.read()
    person.connect()
    without = person.read()
    waits = ("/bin/sh", "-c", "…", "/home/人/dingtalk-tray-launcher", "hook", "follow-up")
    wiring = replace(WIRING, follow_ups=FollowUpHook(command=waits, hours=24))
    [change] = person.connection.plan(wiring).changes
    assert "asyncRewake" in "".join(str(line) for line in change.lines())
    person.connect(wiring)
    settings = person.value()[1]
    assert hooks_of(settings, "Stop")[1:] == [
        {
            "type": "command",
            "command": waits[0],
            "args": list(waits[1:]),
            "timeout": 86_460,
            "async": True,
            "asyncRewake": True,
        }
    ]
    assert "async" not in hooks_of(settings, "UserPromptSubmit")[0]  # its word must not come after the turn's end
    assert person.connection.plan(wiring).changes == ()
    [change] = person.connection.plan(WIRING).changes  # switched off again
    person.connect()
    assert person.read() == without
    person.connect(wiring)
    person.disconnect()
    assert person.read() == before


@settings(
    max_examples=40 if sys.platform != "win32" else 4, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    value=st.dictionaries(
        st.sampled_from(["hooks", "permissions", "model", "键"]),
        st.dictionaries(st.sampled_from(["allow", "Stop", "deny", "x"]), st.lists(st.text(max_size=3), max_size=2)),
    ),
    indent=st.sampled_from([None, 1, 2, 4, "\t"]),
    ending=st.sampled_from(["", "\n", "\r\n"]),
)
def test_any_settings_come_back(tmp_path: Path, value: dict[str, Any], indent: Any, ending: str) -> None:
    person = Person(tmp_path / "somebody")
    person.write(None, json.dumps(value, indent=indent, ensure_ascii=False) + ending)
    before = person.read()
    person.connect()
    person.disconnect()
    assert person.read() == before


def test_connecting_twice_changes_nothing(person: Person) -> None:
    person.write()
    person.connect()
    before = person.read()
    assert person.connection.plan(WIRING).changes == ()
    person.connect()
    assert person.read() == before


def test_what_others_change_meanwhile_stays(person: Person) -> None:
    person.write()
    person.connect()
    servers, settings = person.value()
    servers["numStartups"] = 4
    servers["mcpServers"]["another"] = {"type": "stdio"}
    settings["hooks"]["Stop"].insert(0, {"hooks": [{"type": "command", "command": "beep"}]})
    settings["permissions"]["allow"].append("Read")
    person.write(json.dumps(servers, indent=2), json.dumps(settings, indent=4))
    person.disconnect()
    assert person.value() == (
        {"numStartups": 4, "mcpServers": {"other": {"type": "http"}, "another": {"type": "stdio"}}},
        {
            "model": "opus",
            "permissions": {"allow": ["Bash", "Read"]},
            "n": 12345678901234567890,
            "hooks": {"Stop": [{"hooks": [{"type": "command", "command": "beep"}]}]},
        },
    )


def test_a_person_who_allowed_the_tools_before_keeps_that(person: Person) -> None:
    person.write(settings='{"permissions": {"allow": ["mcp__dingtalk"]}}')
    person.connect()
    settings = json.loads(person.settings.read_text("utf-8"))
    person.settings.write_text(json.dumps({**settings, "model": "opus"}), "utf-8")
    person.disconnect()
    assert person.value()[1] == {"permissions": {"allow": ["mcp__dingtalk"]}, "model": "opus"}


def test_another_server_of_our_name_is_replaced_and_comes_back(person: Person) -> None:
    person.write(servers='{"mcpServers": {"dingtalk": {"command": "old", "env": {"TOKEN": "tell-nobody"}}}}')
    plan = person.connection.plan(WIRING)
    shown = "\n".join(line for change in plan.changes for line in change.lines())
    assert "tell-nobody" not in shown
    person.connect()
    servers = person.value()[0]
    person.servers.write_text(json.dumps({**servers, "numStartups": 9}), "utf-8")
    person.disconnect()
    assert person.value()[0] == {
        "mcpServers": {"dingtalk": {"command": "old", "env": {"TOKEN": "tell-nobody"}}},
        "numStartups": 9,
    }


def test_a_new_address_and_a_new_version_replace_the_old_ones(person: Person) -> None:
    person.write()
    before = person.read()
    person.connect()
    moved = replace(WIRING, url="http://127.0.0.1:9999/mcp", hook=("/new/python", "-I", "-S", "/new/hook_cli.py"))
    person.connect(moved)
    servers, settings = person.value()
    assert servers["mcpServers"]["dingtalk"]["url"] == moved.url
    assert [hook["command"] for hook in hooks_of(settings, "Stop")] == ["/new/python"]
    person.disconnect()
    assert person.read() == before


@pytest.mark.parametrize(
    "hook",
    [WIRING.hook, ("/opt/app/dingtalk-tray", "hook"), ("/bin/sh", "-c", "x", "/d/dingtalk-tray-launcher", "hook")],
)
def test_without_memory_of_it_everything_of_ours_is_found(person: Person, hook: tuple[str, ...]) -> None:
    person.write()
    before = person.value()
    person.connect(replace(WIRING, hook=hook))
    (person.data / "connect.json").unlink()
    person.disconnect()
    assert person.value() == before


def test_every_changed_file_is_copied_first_for_the_owner_alone(person: Person) -> None:
    person.write()
    before = person.read()
    backups = person.connect()
    assert [backup.read_bytes() for backup in backups] == list(before)
    if sys.platform != "win32":
        assert {stat.S_IMODE(backup.stat().st_mode) for backup in backups} == {0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="modes and links as POSIX has them")
def test_mode_and_link_stay(person: Person, tmp_path: Path) -> None:
    person.write(settings=None)
    dotfiles = tmp_path / "dotfiles.json"
    dotfiles.write_text(SETTINGS)
    dotfiles.chmod(0o640)
    person.settings.symlink_to(dotfiles)
    person.connect()
    assert person.settings.is_symlink()
    assert "mcp__dingtalk" in dotfiles.read_text()
    assert stat.S_IMODE(dotfiles.stat().st_mode) == 0o640
    person.disconnect()
    assert dotfiles.read_bytes() == SETTINGS.encode()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (b'{\n  "model": "opus"\n  "hooks": {}\n}', "line 3"),
        (b'{\n  "model": "caf\xe9"\n}', "line 2"),
        (b'{"permissions": {"allow": "all"}}', "permissions.allow must be a list"),
        (b'{"hooks": []}', "hooks must be an object"),
        (b"[]", "must be an object"),
    ],
)
def test_settings_that_cannot_be_understood_are_refused_untouched(person: Person, settings: bytes, said: str) -> None:
    person.write()
    person.settings.write_bytes(settings)
    before = person.read()
    with pytest.raises(ConfigTrouble) as refused:
        person.connect()
    assert said in words(refused.value.reason)
    assert str(person.settings) in words(refused.value.reason)
    assert person.read() == before
    assert not (person.data / "backups").exists()


def test_a_change_between_looking_and_writing_is_not_overwritten(person: Person) -> None:
    person.write()
    plan = person.connection.plan(WIRING)
    person.settings.write_text('{"model": "haiku"}')
    with pytest.raises(ConfigTrouble, match="changed"):
        person.connection.connect(plan, WIRING)
    assert person.settings.read_text() == '{"model": "haiku"}'
    person.connect()
    person.disconnect()
    assert (person.servers.read_bytes(), person.settings.read_text()) == (SERVERS.encode(), '{"model": "haiku"}')


def test_the_configuration_folder_may_be_elsewhere(tmp_path: Path) -> None:
    places = ConfigFolders.of_user({"HOME": "/home/me", "CLAUDE_CONFIG_DIR": str(tmp_path)})
    assert (places.servers, places.settings) == (tmp_path / ".claude.json", tmp_path / "settings.json")
    usual = ConfigFolders.of_user({"HOME": "/home/me"})
    assert (usual.servers, usual.settings) == (Path("/home/me/.claude.json"), Path("/home/me/.claude/settings.json"))


def test_a_projects_files_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / ".mcp.json").write_text('{"mcpServers": {"db": {"command": "x"}}}\n')
    connection = Connection(ConfigFolders.of_project(tmp_path), data=tmp_path / "data", environ={"PATH": os.defpath})
    connection.connect(connection.plan(WIRING), WIRING)
    assert set(json.loads((tmp_path / ".mcp.json").read_text())["mcpServers"]) == {"db", "dingtalk"}
    assert "hooks" in json.loads((tmp_path / ".claude" / "settings.local.json").read_text())
    connection.disconnect(connection.plan_undo())
    assert (tmp_path / ".mcp.json").read_text() == '{"mcpServers": {"db": {"command": "x"}}}\n'
    assert not (tmp_path / ".claude" / "settings.local.json").exists()
