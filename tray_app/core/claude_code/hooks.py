"""What a hook of Claude Code tells: one event of one session, read strictly from a body that anybody may have written.

The fields are those of the client's own hooks (2.1.197 and 2.1.330); unknown ones are ignored, known ones must be what
they say.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from tray_app.core.claude_code.words import IDLE_PROMPT, asks_of, failure_of, is_switch
from tray_app.core.sessions.live.events import (
    Event,
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

_LONGEST_ID = 200
_LONGEST_WORD = 200
_LONGEST_PATH = 4_096
_LONGEST_TEXT = 20_000
_MOST_TASKS = 100_000
_MOST_PID = 2**31 - 1


Fields: TypeAlias = Mapping[str, object]


def read_hook(body: object) -> HookEvent:
    """Read what `hook_cli` posts: `{"hook": {…}, "environment": {…}}`. Raises NoHookEvent."""
    hook, environment = _table(body, "hook"), _table(body, "environment")
    name = _word(hook, "hook_event_name")
    reader = _READERS.get(name)
    if reader is None:
        raise NoHookEvent("hook_event_name")
    session_id = _text(hook, "session_id", _LONGEST_ID)
    if not session_id or not all(char.isalnum() or char in "-_" for char in session_id):
        raise NoHookEvent("session_id")
    if _word(environment, "CLAUDE_CODE_SESSION_ID") not in {"", session_id}:
        raise NoHookEvent("CLAUDE_CODE_SESSION_ID")  # two sessions in one event: one of them is a lie
    return HookEvent(
        session_id=session_id,
        what=reader(hook),
        transcript_path=_text(hook, "transcript_path", _LONGEST_PATH),
        cwd=_text(hook, "cwd", _LONGEST_PATH),
        project_dir=_text(environment, "CLAUDE_PROJECT_DIR", _LONGEST_PATH),
        pid=_pid(environment),
        agent_id=_text(hook, "agent_id", _LONGEST_ID),
        agent_type=_word(hook, "agent_type"),
    )


def _started(hook: Fields) -> Event:
    return SessionStarted(
        source=_word(hook, "source"), model=_word(hook, "model"), title=_text(hook, "session_title", _LONGEST_TEXT)
    )


def _turn_ended(hook: Fields) -> Event:
    tasks, again = hook.get("background_tasks", 0), hook.get("stop_hook_active", False)
    if isinstance(tasks, bool) or not isinstance(tasks, int) or not 0 <= tasks <= _MOST_TASKS:
        raise NoHookEvent("background_tasks")
    if not isinstance(again, bool):
        raise NoHookEvent("stop_hook_active")
    return TurnEnded(last_text=_last_text(hook), background_tasks=tasks, again=again)


def _broke_off(hook: Fields) -> Event:
    said = _last_text(hook)
    return TurnBrokeOff(error=failure_of(_word(hook, "error"), said), last_text=said)


def _notified(hook: Fields) -> Event:
    kind = _word(hook, "notification_type")
    return Notified(asks=asks_of(kind), idle=kind == IDLE_PROMPT)


def _tool_called(hook: Fields) -> Event:
    tool, tool_use_id = _word(hook, "tool_name"), _word(hook, "tool_use_id")
    if not tool or not tool_use_id:
        raise NoHookEvent("tool_use_id")
    return ToolCalled(tool=tool, tool_use_id=tool_use_id)


_READERS: Mapping[str, Callable[[Fields], Event]] = {
    "SessionStart": _started,
    "SessionEnd": lambda hook: SessionEnded(reason=_word(hook, "reason"), goes_on=is_switch(_word(hook, "reason"))),
    "Stop": _turn_ended,
    "StopFailure": _broke_off,
    "Notification": _notified,
    "SubagentStop": lambda hook: SubagentEnded(last_text=_last_text(hook)),
    "PreToolUse": _tool_called,
    "UserPromptSubmit": lambda _hook: Prompted(),
}
ASKED_FOR_FOLLOW_UPS = ("UserPromptSubmit",)  # only where the owner may continue a session from the app
EVENTS = tuple(name for name in _READERS if name not in ASKED_FOR_FOLLOW_UPS)  # the hooks we always ask the client for


def _table(body: object, name: str) -> Fields:
    table = body.get(name) if isinstance(body, Mapping) else None
    if not isinstance(table, Mapping):
        raise NoHookEvent(name)
    return table


def _text(fields: Fields, name: str, longest: int) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise NoHookEvent(name)
    return value.encode("utf-8", "replace").decode("utf-8")  # half an emoji cannot be written to the database


def _word(fields: Fields, name: str) -> str:
    value = _text(fields, name, _LONGEST_WORD)
    if not value.isprintable():
        raise NoHookEvent(name)
    return value


def _last_text(hook: Fields) -> str:
    return _text(hook, "last_assistant_message", _LONGEST_TEXT)


def _pid(environment: Fields) -> int | None:
    value = environment.get("CLAUDE_PID", "")
    if value in {"", None}:
        return None
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 10:  # noqa: PLR2004 - digits of 2**31
        raise NoHookEvent("CLAUDE_PID")
    return int(value) if 0 < int(value) <= _MOST_PID else None
