"""`connect` and `disconnect` on the command line, where the client's program is not installed."""

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Done, command, environment
from tests.support.free_port import settle_port
from tests.support.system import slow_on_wine
from tray_app.adapters.system.paths import Paths


class Person:
    """Somebody with a Claude Code configuration and no `claude` on the path."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "claude"
        self.settings = self.config / "settings.json"
        self.config.mkdir(parents=True)
        self.home = home = folder / "tray"
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


@slow_on_wine
def test_check_without_the_program_asks_the_app_alone(person: Person) -> None:
    try:
        found = person("connect", "--check", "--json")
        assert found.code == 0, found.out
        assert (found.json()["client"], found.json()["ok"]) == (None, True)
        assert "dingtalk_send_text" in found.json()["tools"]
    finally:
        person("quit")


def test_the_hooks_name_the_launcher_which_leads_to_this_installation(person: Person) -> None:
    person("connect", "--yes")
    launcher = _launcher(person)
    assert launcher.stem == "dingtalk-tray-launcher"
    assert "hook_cli.py" in launcher.read_text("utf-8")
    assert "python3." not in person.settings.read_text("utf-8")


@slow_on_wine
def test_what_its_settings_call_in_vain_is_told_and_mended_by_the_next_start(person: Person) -> None:
    person("connect", "--yes")
    launcher = _launcher(person)
    assert "launcher" not in person("doctor").out
    launcher.write_text(launcher.read_text("utf-8").replace("hook_cli.py", "gone.py"), "utf-8")
    assert f"leads elsewhere, or is damaged: {launcher}" in person("doctor").out
    launcher.unlink()
    assert f"a file that is not there: {launcher}" in person("doctor").out
    try:
        check = person("connect", "--check")  # starts the app
        assert (launcher.exists(), "not there" in check.out) == (True, False)
    finally:
        person("quit")


@pytest.mark.skipif(sys.platform == "win32", reason="its paths are those of Linux")
def test_a_connection_of_before_the_launcher_is_moved_and_given_back_byte_for_byte(person: Person) -> None:
    person.settings.write_bytes(b'{"model": "x",\r\n\t"hooks": {"Stop": []}}')
    before = person.settings.read_bytes()
    person("connect", "--yes")
    journal = _launcher(person).with_name("connect.json")
    script = "/gone/lib/python3.11/site-packages/tray_app/hook_cli.py"
    for path in (person.settings, journal):  # as a version without a launcher wrote them
        said = _with_hooks(json.loads(path.read_text("utf-8")), "/gone/bin/python", ["-I", "-S", script])
        path.write_text(json.dumps(said, indent=2), "utf-8")
    memory = json.loads(journal.read_text("utf-8"))
    memory[str(person.settings)]["after"] = hashlib.sha256(person.settings.read_bytes()).hexdigest()
    journal.write_text(json.dumps(memory), "utf-8")
    assert "a file that is not there: /gone/bin/python" in person("doctor").out
    assert person("connect", "--yes").code == 0
    assert "/gone/" not in person.settings.read_text("utf-8")
    assert person("disconnect", "--yes").code == 0
    assert person.settings.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="its hooks have no shell")
@pytest.mark.parametrize("anew", [True, False])
def test_hooks_that_read_the_launcher_unchecked_are_renewed_and_taken_out_byte_for_byte(
    person: Person, anew: bool
) -> None:
    person.settings.write_bytes(b'{"model": "x",\r\n\t"hooks": {"Stop": []}}')
    before = person.settings.read_bytes()
    person("connect", "--dry-run")
    settings = Paths.under(person.home).settings
    settings.write_text(settings.read_text("utf-8") + "\n[questions]\nfollow_ups = true\n", "utf-8")
    person("connect", "--yes")
    journal = _launcher(person).with_name("connect.json")
    checked = re.compile(r' && /bin/sh -n \\+"\$0\\+" 2>/dev/null')
    for path in (person.settings, journal):  # as the version before wrote them
        written, count = checked.subn("", path.read_bytes().decode())
        assert count > 5
        path.write_bytes(written.encode())
    memory = json.loads(journal.read_text("utf-8"))
    memory[str(person.settings)]["after"] = hashlib.sha256(person.settings.read_bytes()).hexdigest()
    journal.write_text(json.dumps(memory), "utf-8")
    if anew:
        assert person("connect", "--yes").code == 0
        renewed = person.settings.read_bytes().decode()
        assert renewed.count("/bin/sh -n") == renewed.count('. \\"$0\\"') > 5
    assert person("disconnect", "--yes").code == 0
    assert person.settings.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs a launcher, which the folder's name must let be there")
def test_the_hook_that_waits_for_words_comes_and_goes_with_the_setting_and_every_byte_comes_back(
    person: Person,
) -> None:
    person.settings.write_bytes(b'{"model": "x",\r\n\t"hooks": {"Stop": []}}')
    before = person.settings.read_bytes()
    person("connect", "--yes")
    without = person.settings.read_bytes()
    assert b"asyncRewake" not in without
    settings = Paths.under(person.home).settings
    kept = settings.read_text("utf-8")
    settings.write_text(kept + "\n[questions]\nfollow_ups = true\n", "utf-8")
    shown = person("connect", "--dry-run").out
    assert "asyncRewake" in shown
    assert "hooks.UserPromptSubmit" in shown
    assert person("connect", "--yes").code == 0
    hooks = json.loads(person.settings.read_text("utf-8"))["hooks"]["Stop"]
    assert hooks[1]["hooks"][0]["args"][-2:] == ["hook", "follow-up"]
    settings.write_text(kept, "utf-8")
    assert person("connect", "--yes").code == 0
    assert person.settings.read_bytes() == without
    settings.write_text(kept + "\n[questions]\nfollow_ups = true\n", "utf-8")
    assert person("connect", "--yes").code == 0
    assert person("disconnect", "--yes").code == 0
    assert person.settings.read_bytes() == before


def _launcher(person: Person) -> Path:
    """The path that a hook of ours names."""
    settings = json.loads(person.settings.read_text("utf-8"))
    words = settings["hooks"]["SessionEnd"][0]["hooks"][0]["args"]
    return next(Path(word) for word in words if "dingtalk-tray-launcher" in word)


def _with_hooks(value: Any, command: str, arguments: list[str]) -> Any:
    """Put another command into every hook of ours, wherever it stands."""
    if isinstance(value, list):
        return [_with_hooks(one, command, arguments) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "command":
        return {**value, "command": command, "args": arguments}
    return {key: _with_hooks(one, command, arguments) for key, one in value.items()}


@slow_on_wine
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
    assert "✓ Claude Code: not connected" in person("doctor").out
