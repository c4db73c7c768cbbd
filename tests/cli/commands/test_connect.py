"""`connect` and `disconnect` on the command line, where the client's program is not installed."""

import json
from pathlib import Path

import pytest

from tests.support.command import Done, command, environment
from tests.support.free_port import settle_port


class Person:
    """Somebody with a Claude Code configuration and no `claude` on the path."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "claude"
        self.settings = self.config / "settings.json"
        self.config.mkdir(parents=True)
        home = folder / "tray"
        self.port = settle_port(home)
        found = {"HOME": str(folder), "CLAUDE_CONFIG_DIR": str(self.config), "PATH": str(folder / "nothing")}
        self.environ = environment(home, **found)

    def __call__(self, *arguments: str) -> Done:
        return command(*arguments, environ=self.environ)


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path)


def test_dry_run_shows_every_change_and_makes_none(person: Person) -> None:
    done = person("connect", "--dry-run")
    assert done.code == 0
    assert f'"url": "http://127.0.0.1:{person.port}/mcp"' in done.out
    assert '  + permissions.allow[]: "mcp__dingtalk"' in done.out.splitlines()
    assert done.out.count("  + hooks.") == 8
    assert list(person.config.iterdir()) == []


def test_nobody_to_ask_means_nothing_is_changed(person: Person) -> None:
    done = person("connect")
    assert done.code == 1
    assert "--yes" in done.err
    assert list(person.config.iterdir()) == []


def test_scripts_read_what_was_changed(person: Person) -> None:
    person.settings.write_text("{}")
    dry = person("connect", "--dry-run", "--json").json()
    assert (dry["changed"], [Path(file["path"]).name for file in dry["files"]]) == (
        False,
        [".claude.json", "settings.json"],
    )
    done = person("connect", "--yes", "--json").json()
    assert done["changed"] is True
    assert [Path(backup).read_text() for backup in done["backups"]] == ["{}"]
    assert person("connect", "--yes", "--json").json() == {"changed": False, "files": [], "backups": []}
    assert person("disconnect", "--yes", "--json").json()["changed"] is True
    assert person.settings.read_text() == "{}"
    assert "nothing to take back" in person("disconnect", "--yes").out


def test_settings_that_are_no_json_are_named_with_their_line(person: Person) -> None:
    person.settings.write_text('{\n  "model": "opus"\n  "x": 1\n}')
    done = person("connect", "--yes")
    assert done.code == 1
    assert f"{person.settings} is not valid JSON: line 3" in done.err
    assert not (person.config / ".claude.json").exists()


def test_check_without_the_program_asks_the_app_alone(person: Person) -> None:
    try:
        found = person("connect", "--check", "--json")
        assert found.code == 0, found.out
        assert (found.json()["client"], found.json()["ok"]) == (None, True)
        assert "dingtalk_send_text" in found.json()["tools"]
    finally:
        person("quit")


def test_the_hooks_name_this_installation(person: Person) -> None:
    person("connect", "--yes")
    settings = json.loads(person.settings.read_text("utf-8"))
    [hook] = settings["hooks"]["SessionEnd"][0]["hooks"]
    assert Path(hook["command"]).exists()
    assert Path(hook["args"][2]).name == "hook_cli.py"
    assert hook["args"][3] == "--home"


def test_a_proxy_that_would_see_the_token_is_told_with_both_ways_out(person: Person) -> None:
    person.settings.write_text('{"env": {"HTTP_PROXY": "http://proxy.corp:3128", "NO_PROXY": "corp"}}')
    try:
        done = person("connect", "--yes")
        check = person("connect", "--check")
        as_json = person("connect", "--check", "--json").json()
        doctor = person("doctor")
    finally:
        person("quit")

    assert done.code == 0
    for said in (done.err, check.out, doctor.out):
        assert f"HTTP_PROXY ({person.settings}) sends Claude Code's requests to this computer through a proxy" in said
        assert "NO_PROXY=corp,127.0.0.1,localhost" in said
        assert " stdio" in said
    assert (check.code, as_json["ok"], as_json["detour"][:10]) == (1, False, "HTTP_PROXY")
    assert "✖ Claude Code: HTTP_PROXY" in doctor.out


def test_a_proxy_of_this_terminal_is_told_before_anything_is_connected(person: Person) -> None:
    person.environ["http_proxy"] = "http://proxy.corp:3128"
    doctor = person("doctor")
    dry = person("connect", "--dry-run")

    assert "! Claude Code: http_proxy (the environment) sends" in doctor.out
    assert "http_proxy (the environment) sends" in dry.err
    person.environ["no_proxy"] = "127.0.0.1"
    assert "Claude Code: " not in person("doctor").out
