"""The table of tools: what a client is told, and that each set of arguments becomes the right intent."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.message import (
    ActionCard,
    Button,
    FeedCard,
    FeedItem,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    TextMessage,
)
from tray_app.core.messages.requests import (
    ConfigureRobot,
    Intent,
    ReadDelivery,
    ReadStatus,
    Send,
    SessionReport,
    TaskReport,
)
from tray_app.tools import TOOLS
from tray_app.tools.arguments import intent_of
from tray_app.tools.tool import Tool

EACH = pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
SEEDS: dict[str, dict[str, Any]] = {  # the arguments of the six tools this program took over, with their defaults
    "dingtalk_configure": {"webhook": None, "secret": None, "keywords": []},
    "dingtalk_send_text": {"content": None, "atAll": False},
    "dingtalk_send_markdown": {"title": None, "text": None, "atAll": False},
    "dingtalk_send_link": {"title": None, "text": None, "messageUrl": None, "picUrl": None},
    "dingtalk_notify_session_end": {
        "sessionType": "开发协助",
        "duration": "",
        "mainTasks": [],
        "summary": "会话已完成",
        "filesCount": 0,
        "toolsUsed": 0,
        "atAll": False,
    },
    "dingtalk_notify_task_complete": {
        "taskName": None,
        "status": None,
        "details": "",
        "duration": "",
        "atAll": False,
    },
}


@EACH
def test_schemas_are_what_every_client_takes(tool: Tool) -> None:
    for schema in (*_within(tool.arguments_schema), *_within(tool.answer_schema)):
        assert "format" not in schema  # Gemini refuses the whole request
        assert isinstance(schema.get("type", ""), str)


def _within(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if "properties" in schema or "type" in schema or "anyOf" in schema:
            yield schema
        for inner in schema.values():
            yield from _within(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _within(inner)


def test_there_are_ten() -> None:
    assert set(TOOLS) == {
        *SEEDS,
        "dingtalk_send_action_card",
        "dingtalk_send_feed_card",
        "dingtalk_status",
        "dingtalk_delivery",
    }


@EACH
def test_a_tool_presents_itself(tool: Tool) -> None:
    Draft202012Validator.check_schema(tool.arguments_schema)
    Draft202012Validator.check_schema(tool.answer_schema)
    assert tool.arguments_schema["type"] == tool.answer_schema["type"] == "object"
    assert tool.arguments_schema["additionalProperties"] is False
    assert 40 < len(tool.description) < 700
    assert tool.title
    assert tool.name.startswith("dingtalk_")
    for name, schema in tool.arguments_schema["properties"].items():
        assert schema["description"], name


@EACH
def test_every_string_and_list_has_a_limit(tool: Tool) -> None:
    def walk(schema: dict[str, Any]) -> None:
        if schema["type"] == "string":
            assert "maxLength" in schema or "enum" in schema
        if schema["type"] == "array":
            assert schema["maxItems"] <= 100
            walk(schema["items"])
        if schema["type"] == "object":
            assert schema["additionalProperties"] is False
            for inner in schema["properties"].values():
                walk(inner)

    walk(tool.arguments_schema)


@pytest.mark.parametrize("name", SEEDS)
def test_the_arguments_agents_know_are_kept(name: str) -> None:
    properties = TOOLS[name].arguments_schema["properties"]
    assert {argument: properties[argument].get("default") for argument in SEEDS[name]} == SEEDS[name]


@EACH
def test_a_sender_may_name_its_robot_and_people(tool: Tool) -> None:
    properties = tool.arguments_schema["properties"]
    if tool.reads_only:
        assert "robot" not in properties
    else:
        assert "robot" in properties
    mentions = {"atAll", "atMobiles", "atUserIds"} & set(properties)
    without = {
        "dingtalk_send_link",
        "dingtalk_send_feed_card",
        "dingtalk_configure",
        "dingtalk_status",
        "dingtalk_delivery",
    }
    assert mentions == (set() if tool.name in without else {"atAll", "atMobiles", "atUserIds"})


@EACH
def test_no_sender_claims_to_read_only(tool: Tool) -> None:
    assert tool.reads_only is (tool.name in {"dingtalk_status", "dingtalk_delivery"})
    assert tool.destroys is (tool.name == "dingtalk_configure")
    assert not (tool.repeatable and tool.name.startswith(("dingtalk_send", "dingtalk_notify")))


PEOPLE = {"atAll": True, "atMobiles": ["13800000000"], "atUserIds": ["u1"], "robot": "ops"}
ALL = Mentions(mobiles=("13800000000",), user_ids=("u1",), everyone=True)


@pytest.mark.parametrize(
    ("name", "arguments", "intent"),
    [
        ("dingtalk_send_text", {"content": "hi"}, Send(message=TextMessage(content="hi"))),
        (
            "dingtalk_send_text",
            {"content": "hi", **PEOPLE},
            Send(message=TextMessage(content="hi", mentions=ALL), robot="ops"),
        ),
        (
            "dingtalk_send_markdown",
            {"title": "t", "text": "# b", **PEOPLE},
            Send(message=MarkdownMessage(title="t", text="# b", mentions=ALL), robot="ops"),
        ),
        (
            "dingtalk_send_link",
            {"title": "t", "text": "b", "messageUrl": "https://a", "robot": ""},
            Send(message=LinkMessage(title="t", text="b", message_url="https://a")),
        ),
        (
            "dingtalk_send_link",
            {"title": "t", "text": "b", "messageUrl": "https://a", "picUrl": "https://p"},
            Send(message=LinkMessage(title="t", text="b", message_url="https://a", pic_url="https://p")),
        ),
        (
            "dingtalk_send_action_card",
            {"title": "t", "text": "b", "buttons": [{"title": "go", "url": "https://a"}], "vertical": False, **PEOPLE},
            Send(
                message=ActionCard(
                    title="t", text="b", buttons=(Button(title="go", url="https://a"),), vertical=False, mentions=ALL
                ),
                robot="ops",
            ),
        ),
        (
            "dingtalk_send_feed_card",
            {"links": [{"title": "t", "messageUrl": "https://a", "picUrl": "https://p"}]},
            Send(message=FeedCard(links=(FeedItem(title="t", message_url="https://a", pic_url="https://p"),))),
        ),
        ("dingtalk_notify_session_end", {}, SessionReport()),
        (
            "dingtalk_notify_session_end",
            {
                "mainTasks": ["a", "b"],
                "summary": "s",
                "filesCount": 3.0,
                "toolsUsed": 4,
                "duration": "1 h",
                "sessionType": "x",
            },
            SessionReport(
                main_tasks=("a", "b"), summary="s", files_count=3, tools_used=4, duration="1 h", session_type="x"
            ),
        ),
        (
            "dingtalk_notify_task_complete",
            {"taskName": "build", "status": "failed", "details": "d", "duration": "3 min", **PEOPLE},
            TaskReport(task_name="build", status="failed", details="d", duration="3 min", robot="ops", mentions=ALL),
        ),
        (
            "dingtalk_configure",
            {"webhook": "w", "secret": "s", "keywords": ["k"], "robot": "ops"},
            ConfigureRobot(webhook=Secret("w"), secret=Secret("s"), keywords=("k",), robot="ops"),
        ),
        ("dingtalk_configure", {}, ConfigureRobot(webhook=Secret(""), secret=Secret(""))),
        ("dingtalk_status", {}, ReadStatus()),
        ("dingtalk_delivery", {"id": "d1"}, ReadDelivery("d1")),
    ],
)
def test_arguments_become_an_intent(name: str, arguments: dict[str, Any], intent: Intent) -> None:
    assert intent_of(TOOLS[name], arguments) == intent


def test_whole_numbers_written_with_a_point_become_whole() -> None:
    report = intent_of(TOOLS["dingtalk_notify_session_end"], {"filesCount": 3.0})
    assert isinstance(report, SessionReport)
    assert isinstance(report.files_count, int)
