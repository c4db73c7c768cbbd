"""The real Claude Code calls the tools: what the group gets, what the model reads, in both eras of MCP."""

import json

import pytest

from tests.support.claude_client import claude_binary
from tests.support.claude_stage import Stage, stage
from tests.support.model_api import ToolCall, Turn

__all__ = ["claude_binary", "stage"]
pytestmark = pytest.mark.timeout(300)  # the first test may have to install the client

SEND = ToolCall(name="mcp__dingtalk__dingtalk_send_text", input={"content": "The build is green"})
ALLOWED = ("--allowedTools", "mcp__dingtalk")


@pytest.mark.parametrize("era", ["auto", "legacy"])
def test_the_group_gets_the_message_and_the_model_reads_sent(stage: Stage, era: str) -> None:
    stage.claude.more["MCP_PROTOCOL_NEGOTIATION"] = era
    stage.start_app()
    stage.register()
    stage.model.script(Turn(calls=[SEND]), Turn(text="Told them"))
    answer = stage.ask("Tell the group", *ALLOWED)
    assert (answer.text, answer.is_error, answer.err) == ("Told them", False, "")
    assert [seen.text for seen in stage.robot.received] == ["The build is green"]
    first, second = stage.model.asked
    assert SEND.name in first.tools  # with its schema: not deferred
    [(words, is_error)] = second.results
    told = json.loads(words)
    assert (told["status"], is_error) == ("sent", False)
    [row] = stage.history()
    assert (row["id"], row["client"]) == (told["delivery_id"], "claude-code")
