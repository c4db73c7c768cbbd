"""What is read from a hook's body, and what is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.claude_code.hooks import ASKED_FOR_FOLLOW_UPS, EVENTS, read_hook
from tray_app.core.sessions.live.events import (
    HookEvent,
    NoHookEvent,
    Notified,
    Prompted,
    SessionEnded,
    SessionStarted,
    SubagentEnded,
    ToolCalled,
    TurnBrokeOff,
    TurnEnded,
)
from tray_app.core.sessions.session import Asks

STOP: dict[str, Any] = {
    "hook_event_name": "Stop",
    "session_id": "abc-1",
    "transcript_path": "/t/abc-1.jsonl",
    "cwd": "/code/demo",
    "stop_hook_active": False,
    "last_assistant_message": "All done.",
    "background_tasks": 2,
    "of_a_later_version": {"unknown": True},
}
ENVIRONMENT = {"CLAUDE_CODE_SESSION_ID": "abc-1", "CLAUDE_PROJECT_DIR": "/code", "CLAUDE_PID": "4711"}
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=8,
)


def hook(**fields: object) -> dict[str, Any]:
    return {"hook": {**STOP, **fields}, "environment": ENVIRONMENT}


def test_a_turns_end_is_read_whole() -> None:
    assert read_hook(hook()) == HookEvent(
        session_id="abc-1",
        what=TurnEnded(last_text="All done.", background_tasks=2),
        transcript_path="/t/abc-1.jsonl",
        cwd="/code/demo",
        project_dir="/code",
        pid=4711,
    )


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        (
            {"hook_event_name": "SessionStart", "source": "resume", "session_title": "Parser"},
            SessionStarted(source="resume", title="Parser"),
        ),
        ({"hook_event_name": "SessionEnd", "reason": "clear"}, SessionEnded(reason="clear", goes_on=True)),
        ({"hook_event_name": "SessionEnd", "reason": "resume"}, SessionEnded(reason="resume", goes_on=True)),
        ({"hook_event_name": "SessionEnd", "reason": "logout"}, SessionEnded(reason="logout")),
        (
            {"hook_event_name": "StopFailure", "error": "overloaded"},
            TurnBrokeOff(error="overloaded", last_text="All done."),
        ),
        (
            {"hook_event_name": "Notification", "notification_type": "idle_prompt", "message": "waiting"},
            Notified(idle=True),
        ),
        (
            {"hook_event_name": "Notification", "notification_type": "permission_prompt", "message": "May I?"},
            Notified(asks=Asks.PERMISSION),
        ),
        ({"hook_event_name": "Notification", "notification_type": "agent_needs_input"}, Notified(asks=Asks.INPUT)),
        ({"hook_event_name": "Notification", "notification_type": "auth_success"}, Notified()),
        (
            {
                "hook_event_name": "StopFailure",
                "error": "server_error",
                "last_assistant_message": "API Error: Repeated 529 Overloaded",
            },
            TurnBrokeOff(error="overloaded", last_text="API Error: Repeated 529 Overloaded"),
        ),
        ({"hook_event_name": "UserPromptSubmit", "prompt": "please build it"}, Prompted()),
        ({"hook_event_name": "SubagentStop"}, SubagentEnded(last_text="All done.")),
        (
            {"hook_event_name": "PreToolUse", "tool_name": "mcp__dingtalk__x", "tool_use_id": "toolu_1"},
            ToolCalled(tool="mcp__dingtalk__x", tool_use_id="toolu_1"),
        ),
    ],
)
def test_every_event_is_read(fields: dict[str, Any], what: object) -> None:
    assert read_hook(hook(**fields)).what == what
    assert fields["hook_event_name"] in {*EVENTS, *ASKED_FOR_FOLLOW_UPS}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"hook_event_name": "PostToolUse"}, "hook_event_name"),
        ({"hook_event_name": ["Stop"]}, "hook_event_name"),
        ({"session_id": ""}, "session_id"),
        ({"session_id": "../../etc"}, "session_id"),
        ({"session_id": "another"}, "CLAUDE_CODE_SESSION_ID"),
        ({"session_id": "x" * 201}, "session_id"),
        ({"cwd": 5}, "cwd"),
        ({"transcript_path": "x" * 5000}, "transcript_path"),
        ({"background_tasks": -1}, "background_tasks"),
        ({"background_tasks": True}, "background_tasks"),
        ({"stop_hook_active": "no"}, "stop_hook_active"),
        ({"agent_type": "a\nb"}, "agent_type"),
        ({"hook_event_name": "PreToolUse", "tool_name": "x"}, "tool_use_id"),
    ],
)
def test_a_body_that_lies_is_refused_by_the_fields_name_alone(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(NoHookEvent) as refused:
        read_hook(hook(**fields))
    assert str(refused.value) == named


@pytest.mark.parametrize("pid", ["x", "-1", "99999999999", "٣"])
def test_a_process_id_is_a_number(pid: str) -> None:
    with pytest.raises(NoHookEvent, match="CLAUDE_PID"):
        read_hook({"hook": STOP, "environment": {**ENVIRONMENT, "CLAUDE_PID": pid}})


def test_half_an_emoji_does_not_reach_the_database() -> None:
    what = read_hook(hook(last_assistant_message="half \ud83d")).what
    assert what == TurnEnded(last_text="half ?", background_tasks=2)


@given(JUNK)
def test_junk_is_refused_and_nothing_else_happens(body: object) -> None:
    with pytest.raises(NoHookEvent):
        read_hook(body)


@given(st.dictionaries(st.sampled_from(sorted(STOP)), JUNK))
def test_junk_in_known_fields_is_refused_or_read(fields: dict[str, Any]) -> None:
    try:
        event = read_hook(hook(**fields))
    except NoHookEvent:
        return
    assert event.session_id == "abc-1"
