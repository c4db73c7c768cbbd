"""The real Claude Code calls the tools: what the group gets, what the model reads, whatever happens to the app."""

import json
from pathlib import Path

import pytest

from tests.support.claude_client import OLDEST, claude_binary, install
from tests.support.claude_stage import Stage, stage
from tests.support.model_api import Asked, ToolCall, Turn

__all__ = ["claude_binary", "stage"]
pytestmark = pytest.mark.timeout(300)  # the first test may have to install the client

SEND_TEXT = "mcp__dingtalk__dingtalk_send_text"
ALLOWED = ("--allowedTools", "mcp__dingtalk")


def says(words: str) -> Turn:
    return Turn(calls=[ToolCall(name=SEND_TEXT, input={"content": words})])


def told(asked: Asked) -> tuple[str, bool]:
    """Give the status the model read of its one call, and whether it was marked as an error."""
    [(words, is_error)] = asked.results
    return str(json.loads(words)["status"]), is_error


@pytest.mark.parametrize(
    ("setting", "protocol"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")], ids=["newest", "handshake"]
)
def test_the_group_gets_the_message_and_the_model_reads_sent(
    stage: Stage, tmp_path: Path, setting: str, protocol: str
) -> None:
    stage.claude.more["MCP_PROTOCOL_NEGOTIATION"] = setting
    stage.start_app()
    stage.register()
    stage.model.script(says("The build is green"), Turn(text="Told them"))
    answer = stage.ask("Tell the group", *ALLOWED, "--debug-file", str(tmp_path / "debug.txt"))
    assert (answer.text, answer.is_error, answer.err) == ("Told them", False, "")
    assert [seen.text for seen in stage.robot.received] == ["The build is green"]
    first, second = stage.model.asked
    assert SEND_TEXT in first.tools  # with its schema: not deferred
    assert told(second) == ("sent", False)
    assert [(row["stage"], row["client"]) for row in stage.history(rows=1)] == [("sent", "claude-code")]
    assert f'"negotiatedProtocolVersion":"{protocol}"' in (tmp_path / "debug.txt").read_text("utf-8")


@pytest.mark.slow
def test_an_older_client_sends_too(stage: Stage) -> None:
    stage.use(install(OLDEST))
    stage.start_app()
    stage.register()
    stage.model.script(says("From an older client"), Turn(text="Told them"))
    answer = stage.ask("Tell the group", *ALLOWED)
    assert (answer.text, answer.is_error) == ("Told them", False)
    assert [seen.text for seen in stage.robot.received] == ["From an older client"]
    assert told(stage.model.asked[1]) == ("sent", False)


def test_a_session_that_finds_no_app_starts_it(stage: Stage) -> None:
    stage.register()
    stage.model.script(says("Nobody had started me"), Turn(text="Told them"))
    answer = stage.ask("Tell the group", *ALLOWED)
    assert (answer.text, answer.err) == ("Told them", "")
    assert [seen.text for seen in stage.robot.received] == ["Nobody had started me"]
    assert stage.tray("status").code == 0  # and it outlives the session


def test_the_app_killed_and_started_again_within_a_session_is_found_by_the_next_call(stage: Stage) -> None:
    def after_a_crash(_asked: Asked) -> Turn:
        stage.kill_app()
        stage.start_app()
        return says("Two")

    stage.start_app()
    stage.register()
    stage.model.script(says("One"), after_a_crash, Turn(text="Told them"))
    assert stage.ask("Tell the group twice", *ALLOWED).text == "Told them"
    assert [told(asked) for asked in stage.model.asked[1:]] == [("sent", False), ("sent", False)]
    assert [seen.text for seen in stage.robot.received] == ["One", "Two"]


def test_a_new_token_within_a_session_heals_by_itself(stage: Stage) -> None:
    def after_a_rotation(_asked: Asked) -> Turn:
        before = stage.remote.running.token
        assert stage.tray("clients", "rotate", "claude-code").code == 0
        assert stage.remote.running.token != before
        return says("Two")

    stage.start_app()
    stage.register()
    stage.model.script(says("One"), after_a_rotation, Turn(text="Told them"))
    assert stage.ask("Tell the group twice", *ALLOWED).text == "Told them"
    assert [told(asked) for asked in stage.model.asked[1:]] == [("sent", False), ("sent", False)]
    assert [seen.text for seen in stage.robot.received] == ["One", "Two"]


def test_while_paused_the_model_reads_why_and_that_it_must_not_retry(stage: Stage) -> None:
    stage.start_app()
    stage.register()
    assert stage.tray("pause", "1h").code == 0
    stage.model.script(says("Too early"), Turn(text="They are not to be told"))
    assert stage.ask("Tell the group", *ALLOWED).text == "They are not to be told"
    [(words, is_error)] = stage.model.asked[1].results
    assert is_error
    assert "paused by the owner until" in words.lower()
    assert "do not retry" in words.lower()
    assert stage.robot.robot.requests == 0
    assert [row["stage"] for row in stage.history(rows=1)] == ["blocked"]  # once: the client does not repeat it either
