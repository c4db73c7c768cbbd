"""Calls to try out against a policy: examples that every tool takes, questions that cannot be asked."""

import json

import pytest

from tray_app.core.kernel.errors import TrayAppError
from tray_app.tools import TOOLS
from tray_app.tools.trial import call_of, example_of


@pytest.mark.parametrize("tool", TOOLS)
def test_each_tool_takes_its_example(tool: str) -> None:
    example = example_of(tool)
    call = call_of(tool, json.dumps(example), client="me", session="s")
    assert (call.tool, call.arguments, call.risk, call.grant) == (tool, example, TOOLS[tool].risk, "me")


@pytest.mark.parametrize(
    ("tool", "arguments", "key"),
    [
        ("dingtalk_send_txt", None, "policy.no_tool"),
        ("dingtalk_send_text", "{", "policy.args_not_json"),
        ("dingtalk_send_text", "[]", "policy.args_no_object"),
        ("dingtalk_send_text", "{}", "tools.missing"),
    ],
)
def test_what_cannot_be_asked_says_why(tool: str, arguments: str | None, key: str) -> None:
    with pytest.raises(TrayAppError) as caught:
        call_of(tool, arguments, client="me", session="")
    assert caught.value.reason.key == key
