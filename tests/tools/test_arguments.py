"""Wrong arguments: every problem named at once, with the fix, and never a value."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mcp_client import english
from tray_app.core.kernel.errors import InvalidArguments
from tray_app.tools import TOOLS
from tray_app.tools.arguments import intent_of
from tray_app.tools.tool import Tool

SAY = english()
LINK = {"title": "t", "text": "b", "messageUrl": "https://a"}
CARD = {"title": "t", "text": "b", "buttons": [{"title": "go", "url": "https://a"}]}


def refusal(name: str, arguments: dict[str, Any]) -> str:
    with pytest.raises(InvalidArguments) as caught:
        intent_of(TOOLS[name], arguments)
    assert SAY(caught.value.hint) == "Nothing was done. Correct the arguments and call again."
    return SAY(caught.value.reason)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("dingtalk_send_text", {}, "content is missing"),
        ("dingtalk_send_text", {"content": ""}, "content is empty"),
        ("dingtalk_send_text", {"content": None}, "content must be a string"),
        ("dingtalk_send_text", {"content": ["a"]}, "content must be a string"),
        (
            "dingtalk_send_text",
            {"content": "x" * 100_001},
            "content has 100001 characters; at most 100000 are allowed",
        ),
        (
            "dingtalk_send_text",
            {"content": "a", "atAll": "true"},
            "atAll must be true or false, without quotes",
        ),
        ("dingtalk_send_text", {"content": "a", "atAll": 1}, "atAll must be true or false, without quotes"),
        ("dingtalk_send_text", {"content": "a", "atAll": None}, "atAll must be true or false, without quotes"),
        ("dingtalk_send_text", {"content": "a", "atMobiles": "1"}, "atMobiles must be a list"),
        ("dingtalk_send_text", {"content": "a", "atMobiles": ["1", 2]}, "atMobiles[2] must be a string"),
        (
            "dingtalk_send_text",
            {"content": "a", "atMobiles": ["1"] * 51},
            "atMobiles has 51 entries; at most 50 are allowed",
        ),
        (
            "dingtalk_send_text",
            {"content": "a", "at_all": True},
            "arguments holds an unknown name; did you mean atAll?",
        ),
        (
            "dingtalk_send_text",
            {"content": "a", "zq9": 1},
            "arguments holds an unknown name; known are: content, atAll, atMobiles, atUserIds, robot",
        ),
        (
            "dingtalk_send_link",
            {**LINK, "atAll": True},
            "DingTalk cannot mention anybody in this kind of message; leave the mention out, or send markdown",
        ),
        ("dingtalk_send_action_card", {**CARD, "buttons": []}, "buttons is empty"),
        ("dingtalk_send_action_card", {**CARD, "buttons": [{"title": "a"}]}, "buttons[1].url is missing"),
        ("dingtalk_send_action_card", {**CARD, "buttons": ["zq9"]}, "buttons[1] must be an object"),
        (
            "dingtalk_send_action_card",
            {**CARD, "buttons": [{"title": "a", "url": "https://a", "link": "zq9"}]},
            "buttons[1] holds an unknown name; known are: title, url",
        ),
        (
            "dingtalk_send_action_card",
            {**CARD, "buttons": [{"title": "a", "url": "https://a", "atAll": True}]},
            "buttons[1] holds an unknown name; known are: title, url",
        ),
        ("dingtalk_status", {"zq9": 1, "zq8": 2}, "this tool takes no arguments"),
        (
            "dingtalk_notify_task_complete",
            {"taskName": "a", "status": "zq9"},
            "status must be one of: success, failed, warning",
        ),
        ("dingtalk_notify_session_end", {"filesCount": -1}, "filesCount must be at least 0"),
        ("dingtalk_notify_session_end", {"filesCount": 1.5}, "filesCount must be a whole number"),
        ("dingtalk_notify_session_end", {"filesCount": True}, "filesCount must be a whole number"),
        ("dingtalk_notify_session_end", {"filesCount": "3"}, "filesCount must be a whole number"),
        (
            "dingtalk_notify_session_end",
            {"filesCount": float("-inf")},
            "filesCount must be a whole number; filesCount must be at least 0",
        ),
        ("dingtalk_notify_session_end", {"filesCount": 10**12}, "filesCount must be at most 1000000000"),
        ("dingtalk_notify_session_end", {"mainTasks": "zq9"}, "mainTasks must be a list"),
        ("dingtalk_status", {"zq9": 1}, "this tool takes no arguments"),
        ("dingtalk_delivery", {}, "id is missing"),
    ],
)
def test_a_wrong_argument_is_named_with_its_fix(name: str, arguments: dict[str, Any], said: str) -> None:
    assert refusal(name, arguments) == said


def test_all_problems_are_named_at_once() -> None:
    said = refusal("dingtalk_send_markdown", {"title": 7, "tex": "b", "atAll": "yes"})
    assert set(said.split("; ")) >= {
        "title must be a string",
        "text is missing",
        "did you mean text?",
        "atAll must be true or false, without quotes",
    }


def test_a_long_list_of_faults_is_cut() -> None:
    said = refusal("dingtalk_send_text", {"content": "a", "atMobiles": [1] * 60_000})
    assert len(said) < 600


def test_deep_nesting_is_refused_not_crashed_on() -> None:
    deep: Any = "zq9"
    for _ in range(20_000):
        deep = [deep]
    assert refusal("dingtalk_send_text", {"content": deep}) == "the arguments are nested too deeply"


def test_a_secret_in_the_wrong_place_is_not_repeated() -> None:
    hook = "https://oapi.dingtalk.com/robot/send?access_token=zq9"
    said = refusal("dingtalk_configure", {"webhook": [hook], "secret": 7, "SECzq9": "x", hook: 1, "keywords": hook})
    assert "zq9" not in said
    assert "oapi" not in said


MARKED = st.text(alphabet=string.ascii_letters, max_size=5).map(lambda tail: "ZQ9" + tail)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | MARKED,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(MARKED | st.just("title"), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def calls(draw: st.DrawFn) -> tuple[Tool, dict[str, Any]]:
    """A tool with arguments of which some have right names, all with any value."""
    tool = draw(st.sampled_from(list(TOOLS.values())))
    names = st.sampled_from([*tool.arguments_schema["properties"], "content", "atAll"]) | MARKED
    return tool, draw(st.dictionaries(names, ANYTHING, max_size=6))


@given(calls())
def test_any_arguments_are_an_intent_or_a_refusal_that_echoes_nothing(call: tuple[Tool, dict[str, Any]]) -> None:
    tool, arguments = call
    said = ""
    try:
        intent_of(tool, arguments)
    except InvalidArguments as error:
        said = f"{error} {SAY(error.reason)} {SAY(error.hint)}"
    assert not any(mark in said for mark in ("ZQ9", "⟨", "{"))
