"""The real Claude Code: connected, checked, disconnected; and what its hooks tell the app."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.claude_client import OLDEST, ClaudeClient, claude_binary, install
from tests.support.claude_stage import Stage, stage
from tests.support.command import command, environment
from tests.support.hook_app import Recorder, hearing
from tests.support.model_api import ToolCall, Turn, model_api
from tray_app.core.sessions.live.events import SessionEnded, SessionStarted, ToolCalled, TurnEnded

__all__ = ["claude_binary", "stage"]
pytestmark = pytest.mark.timeout(300)  # the first test may have to install the client

TRAY = [sys.executable, "-m", "tray_app"]
SEND = "mcp__dingtalk__dingtalk_send_text"
SETTINGS = '{\r\n\t"permissions": { "allow": ["Bash(ls)"] },\r\n\t"cleanupPeriodDays": 30\r\n}\r\n'


def test_connected_means_that_the_client_reaches_the_tools_and_may_call_them(stage: Stage) -> None:
    connected = stage.tray("connect", "--yes", "--json")
    assert connected.code == 0, connected.err
    assert connected.json()["changed"] is True
    checked = stage.tray("connect", "--check", "--json")
    assert checked.code == 0, checked.out
    found = checked.json()
    assert (found["ok"], found["status"]) == (True, "connected")
    assert "dingtalk_send_text" in found["tools"]
    stage.model.script(Turn(calls=[ToolCall(name=SEND, input={"content": "Connected"})]), Turn(text="Told them"))
    answer = stage.ask("Tell the group")  # without --allowedTools: the settings allow it
    assert (answer.text, answer.err) == ("Told them", "")
    assert [seen.text for seen in stage.robot.received] == ["Connected"]


def test_disconnect_restores_both_files_byte_for_byte(stage: Stage) -> None:
    config = stage.claude.config
    stage.claude.run("mcp", "add", "--transport", "http", "--scope", "user", "other", "http://127.0.0.1:9/mcp")
    (config / "settings.json").write_bytes(SETTINGS.encode())
    servers = config / ".claude.json"
    before = servers.read_bytes()
    assert stage.tray("connect", "--yes").code == 0
    assert "dingtalk" in servers.read_text("utf-8")
    assert stage.tray("disconnect", "--yes").code == 0
    assert (config / "settings.json").read_bytes() == SETTINGS.encode()
    assert servers.read_bytes() == before


def test_after_sessions_disconnect_takes_out_ours_alone(stage: Stage) -> None:
    assert stage.tray("connect", "--yes").code == 0
    stage.model.script(Turn(text="Done"))
    stage.ask("Do something")
    servers = stage.claude.config / ".claude.json"
    used = json.loads(servers.read_text("utf-8"))
    assert stage.tray("disconnect", "--yes").code == 0
    del used["mcpServers"]  # was not there before
    assert json.loads(servers.read_text("utf-8")) == used
    assert not (stage.claude.config / "settings.json").exists()
    assert stage.claude.run("mcp", "get", "dingtalk").code == 1


def test_check_says_what_the_client_says_where_it_is_not_connected(stage: Stage) -> None:
    unknown = stage.tray("connect", "--check", "--json")
    assert (unknown.code, unknown.json()["status"]) == (1, "unknown_server")
    stage.register()
    servers = stage.claude.config / ".claude.json"
    servers.write_text(servers.read_text("utf-8").replace("mcp-headers", "no-such-command"), "utf-8")
    stage.start_app()
    refused = stage.tray("connect", "--check", "--json")
    assert (refused.code, refused.json()["status"]) == (1, "failed")
    assert stage.tray("connect", "--yes").code == 0
    assert stage.tray("connect", "--check").code == 0


def test_one_project_can_be_connected_by_itself(stage: Stage) -> None:
    trust(stage)
    stage.start_app()  # a helper of one project does not get the robot's variables from the client
    words = ["connect", "--scope", "project", "--yes"]
    done = subprocess.run(
        [*TRAY, *words], env=stage.environ, cwd=stage.project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    stage.model.script(Turn(calls=[ToolCall(name=SEND, input={"content": "From here"})]), Turn(text="Told them"))
    assert stage.ask("Tell the group").text == "Told them"
    assert [seen.text for seen in stage.robot.received] == ["From here"], stage.model.asked[-1].results
    subprocess.run([*TRAY, "disconnect", *words[1:]], env=stage.environ, cwd=stage.project, check=True)
    assert not (stage.project / ".mcp.json").exists()
    left = json.loads((stage.project / ".claude" / "settings.local.json").read_text("utf-8"))
    assert left == {"enabledMcpjsonServers": ["dingtalk"]}  # the client has put the person's consent there


def trust(stage: Stage) -> None:
    """Accept the folder and its servers, as a person does in the client's dialogs."""
    accepted = {"hasTrustDialogAccepted": True, "enabledMcpjsonServers": ["dingtalk"]}
    stage.claude.config.mkdir(parents=True, exist_ok=True)
    servers = stage.claude.config / ".claude.json"
    servers.write_text(json.dumps({"projects": {str(stage.project): accepted}}), "utf-8")


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Recorder]:
    with hearing(tmp_path / "tray home") as sink:
        yield sink


@pytest.mark.parametrize("version", ["newest", "oldest"])
def test_the_hooks_of_a_whole_session_arrive(
    version: str, claude_binary: Path, tmp_path: Path, heard: Recorder
) -> None:
    binary = claude_binary if version == "newest" else install(OLDEST)
    home, project = tmp_path / "tray home", tmp_path / "proj ekt 项目"
    project.mkdir()
    with model_api() as model:
        # DINGTALK_TRAY_HOME is not in the client's environment: the commands themselves name the folder
        claude = ClaudeClient(binary=binary, home=tmp_path / "person", model_url=model.url)
        ours = environment(home, HOME=str(claude.home), CLAUDE_CONFIG_DIR=str(claude.config))
        assert command("connect", "--yes", environ={**ours, "PATH": claude.environ["PATH"]}).code == 0
        model.script(Turn(calls=[ToolCall(name=SEND, input={"content": "x"})]), Turn(text="All done."))
        answer = claude.ask("Tell the group", cwd=project)
    assert (answer.text, answer.err) == ("All done.", "")
    events = heard.wait_for(SessionStarted, ToolCalled, TurnEnded, SessionEnded)
    assert {event.session_id for event in events} == {answer.session_id}
    assert {event.cwd for event in events} == {str(project)}
    [called] = [event.what for event in events if isinstance(event.what, ToolCalled)]
    assert called.tool == SEND
    [ended] = [event.what for event in events if isinstance(event.what, SessionEnded)]
    assert ended == SessionEnded(reason="other")
    [turn] = [event.what for event in events if isinstance(event.what, TurnEnded)]
    assert turn == TurnEnded(last_text="All done.")


def test_hooks_disturb_no_session_while_the_app_is_down(claude_binary: Path, tmp_path: Path) -> None:
    home = tmp_path / "tray"
    with model_api() as model, hearing(home):
        claude = ClaudeClient(binary=claude_binary, home=tmp_path / "person", model_url=model.url)
        ours = environment(home, HOME=str(claude.home), CLAUDE_CONFIG_DIR=str(claude.config))
        assert command("connect", "--yes", environ={**ours, "PATH": claude.environ["PATH"]}).code == 0
    with model_api() as model:
        servers = claude.config / ".claude.json"
        servers.write_text("{}", "utf-8")  # the hooks alone
        claude = ClaudeClient(binary=claude_binary, home=tmp_path / "person", model_url=model.url)
        model.script(Turn(text="All done."))
        answer = claude.ask("Go", cwd=tmp_path)
    assert (answer.text, answer.err) == ("All done.", "")
