"""Connecting from a page or the tray: what was shown is what is done, and nothing else."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.catalogs import catalogs
from tests.support.claude_desk import Person, person
from tray_app.app.agents.agent import for_programs
from tray_app.app.agents.plans import PlanChanged
from tray_app.core.connect.view import NOTHING, ConnectionState
from tray_app.core.kernel.texts import Language

SETTINGS = '{\r\n\t"model": "opus",  "permissions": {"allow": ["Bash(ls:*)"]}\r\n}'


@pytest.fixture
def li(tmp_path: Path) -> Person:
    made = person(tmp_path)
    made.settings.write_bytes(SETTINGS.encode())
    return made


def test_what_is_shown_is_what_is_written_and_the_way_back_is_exact(li: Person) -> None:
    before = li.files()
    shown = li.claude.view()
    assert (shown.state, shown.client, shown.by_client, shown.disconnect) == (
        ConnectionState.NOT_CONNECTED,
        "",
        "",
        NOTHING,
    )
    assert [(file.path, file.exists, file.stays) for file in shown.connect.files] == [
        (str(li.servers), False, True),
        (str(li.settings), True, True),
    ]
    assert li.files() == before  # looking changes nothing
    (backup,) = li.claude.connect(shown.connect.id)
    assert (Path(backup).parent, Path(backup).read_bytes()) == (Path(shown.backups), SETTINGS.encode())
    assert json.loads(li.servers.read_bytes())["mcpServers"]["dingtalk"]["url"] == shown.url
    done = li.claude.view()
    assert (done.state, done.connect) == (ConnectionState.CONNECTED, NOTHING)
    assert [(file.path, file.stays) for file in done.disconnect.files] == [
        (str(li.servers), False),
        (str(li.settings), True),
    ]
    assert len(li.claude.disconnect(done.disconnect.id)) == 2
    assert li.files() == before
    assert replace(li.claude.view(), connect=shown.connect) == shown


def test_every_value_that_is_written_is_shown_once_with_all_its_places(li: Person) -> None:
    shown = li.claude.view()
    hooks = [line for line in shown.connect.files[1].lines if line.places[0].startswith("hooks.")]
    assert {place for line in hooks for place in line.places} == {
        "hooks.Notification[]",
        "hooks.PermissionRequest[]",
        "hooks.PreToolUse[]",
        "hooks.SessionEnd[]",
        "hooks.SessionStart[]",
        "hooks.Stop[]",
        "hooks.StopFailure[]",
        "hooks.SubagentStop[]",
    }
    assert len({line.value for line in hooks}) == len(hooks)
    li.claude.connect(shown.connect.id)
    written = json.loads(li.settings.read_bytes())["hooks"]
    for line in hooks:
        assert {json.dumps(masked(written[place[6:-2]][-1]), ensure_ascii=False) for place in line.places} == {
            line.value
        }


def masked(group: dict[str, Any]) -> dict[str, Any]:
    """A group of hooks as it is shown: without the token that one of them has."""
    return {**group, "hooks": [{**hook, **({"headers": "…"} if "headers" in hook else {})} for hook in group["hooks"]]}


def test_what_is_no_longer_as_it_was_shown_is_not_done(li: Person) -> None:
    shown = li.claude.view()
    li.settings.write_bytes(b'{"model": "haiku", "permissions": {"allow": ["mcp__dingtalk"]}}')
    before = li.files()
    with pytest.raises(PlanChanged):
        li.claude.connect(shown.connect.id)
    assert li.files() == before
    li.claude.connect(li.claude.view().connect.id)
    back = li.claude.view().disconnect.id
    li.settings.write_bytes(li.settings.read_bytes().replace(b'"timeout": 5', b'"timeout": 6', 1))
    changed = li.files()
    with pytest.raises(PlanChanged):
        li.claude.disconnect(back)
    assert li.files() == changed


def test_what_the_client_writes_elsewhere_meanwhile_is_kept(li: Person) -> None:
    li.servers.write_bytes(b'{"numStartups": 7}')
    shown = li.claude.view()
    li.servers.write_bytes(b'{"numStartups": 8}')
    li.claude.connect(shown.connect.id)
    assert json.loads(li.servers.read_bytes())["numStartups"] == 8
    back = li.claude.view().disconnect.id
    li.servers.write_bytes(li.servers.read_bytes().replace(b"8", b"9", 1))
    li.claude.disconnect(back)
    assert json.loads(li.servers.read_bytes()) == {"numStartups": 9}
    assert li.settings.read_bytes() == SETTINGS.encode()


def test_a_second_click_finds_nothing_left_to_do(li: Person) -> None:
    shown = li.claude.view()
    assert li.claude.connect(shown.connect.id) != ()
    connected = li.files()
    assert li.claude.connect(shown.connect.id) == ()
    assert li.files() == connected


def test_half_a_connection_is_called_so_and_can_go_both_ways(li: Person) -> None:
    before = li.files()
    li.claude.connect(li.claude.view().connect.id)
    li.servers.unlink()
    half = li.claude.view()
    assert half.state is ConnectionState.PARTLY
    assert [file.path for file in half.connect.files] == [str(li.servers)]
    assert [file.path for file in half.disconnect.files] == [str(li.settings)]
    li.claude.disconnect(half.disconnect.id)
    assert li.files() == before


def test_settings_that_are_no_json_are_named_with_their_line_and_never_written(li: Person) -> None:
    li.settings.write_bytes(b'{\n  "model": "opus"\n  "x": 1\n}')
    before = li.files()
    shown = li.claude.view()
    assert (shown.state, shown.connect, shown.disconnect) == (ConnectionState.UNREADABLE, NOTHING, NOTHING)
    assert shown.trouble is not None
    said = catalogs()[Language.EN](shown.trouble.reason)
    assert said == f"{li.settings} is not valid JSON: line 3, column 3. Nothing was changed."
    assert li.files() == before


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for the client")
def test_the_owners_webhook_does_not_reach_the_program_that_is_asked(li: Person, tmp_path: Path) -> None:
    program = tmp_path / "nothing" / "claude"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nenv > "{tmp_path}/seen"\nexit 1\n')
    program.chmod(0o755)
    environ = {
        **li.claude.environ,
        "DINGTALK_WEBHOOK": "https://x",
        "DINGTALK_SECRET": "SEC",
        "PATH": f"{program.parent}:/bin:/usr/bin",
    }
    claude = replace(li.claude, environ=for_programs(environ))
    shown = claude.view()
    assert shown.by_client.startswith("claude mcp add-json dingtalk '{")
    claude.connect(shown.connect.id)
    assert "DINGTALK_" not in (tmp_path / "seen").read_text()
    assert claude.view().state is ConnectionState.CONNECTED  # the program refused: the file was written all the same
