"""How to read one line of a Claude Code transcript (seen: 2.1.197 and 2.1.330).

The format is the client's own and unpromised: every field may be missing, null or of another type, whole kinds of
lines are new with each version. What cannot be read is None; nothing here raises.
"""

import re

from tray_app.core.claude_code.fields import count, decoded, time_of, where_of
from tray_app.core.claude_code.tools import committed, tool_call, written
from tray_app.core.claude_code.usage import client_cost, iterations
from tray_app.core.sessions.counting.records import (
    Compacted,
    Edit,
    ModelReply,
    Prompt,
    Record,
    Results,
    SeenLine,
    SessionTitle,
    ToolCall,
    ToolOutcome,
    TurnEnd,
    Where,
)

_TEXT_LIMIT = 2_000
_WORD_LIMIT = 50
_OVERLOADED = 529
_OWN_REQUESTS = ("message", "fallback_message")
_TYPE_FIRST = re.compile(rb'\s*\{\s*"type"\s*:\s*"([^"]*)"')
_ATTACHMENT = re.compile(rb'"(?:attachment"\s*:\s*\{|type"\s*:\s*"attachment")')
_WANTED = frozenset({b"user", b"assistant", b"system", b"cost-state", b"custom-title", b"ai-title"})
_NOT_TYPED = (
    "<command-name>",
    "<command-message>",
    "<local-command",
    "<task-notification",
    "<bash-",
    "<system-reminder",
)
_REFUSED = "The user doesn't want to proceed with this tool use"


def parse_line(line: bytes) -> Record | None:
    """Read one line; None where it says nothing that counts, or cannot be read.

    Kinds that hold most of a transcript's bytes (requests, their blobs, attachments) are told by their first bytes.
    """
    first = _TYPE_FIRST.match(line)
    if first is not None:
        if first[1] not in _WANTED:
            return None
    elif b'"usage"' not in line and _ATTACHMENT.search(line, 0, 400):
        return None
    data = decoded(line)
    if not isinstance(data, dict):
        return None
    match data.get("type"):
        case "assistant":
            return _reply(data)
        case "user":
            return _user(data)
        case "system":
            return _system(data)
        case "cost-state":
            return client_cost(data)
        case "custom-title":
            return _title(data.get("customTitle"), chosen=True)
        case "ai-title":
            return _title(data.get("aiTitle"), chosen=False)
        case _:
            return None


def _reply(data: dict[str, object]) -> ModelReply | None:
    message = data.get("message")
    if not isinstance(message, dict):
        return None
    usage = message.get("usage")
    if not isinstance(usage, dict):
        usage = {}
    key = message.get("id") or data.get("uuid")
    model = message.get("model")
    calls: list[ToolCall] = []
    text = ""
    content = message.get("content")
    for block in content if isinstance(content, list) else ():
        if not isinstance(block, dict):
            continue
        kind = block.get("type")
        if kind == "tool_use" and isinstance(name := block.get("name"), str):
            calls.append(tool_call(str(block.get("id", "")), name, block.get("input")))
        elif kind == "text" and isinstance(said := block.get("text"), str):
            text = said[:_TEXT_LIMIT]
    return ModelReply(
        time_of(data.get("timestamp")),
        where_of(data),
        key if isinstance(key, str) else "",
        model if isinstance(model, str) and not model.startswith("<") else "",  # `<synthetic>`: the client wrote it
        _context(usage),
        tuple(calls),
        text,
        _failure(data),
        message.get("stop_reason") in ("end_turn", "stop_sequence"),
    )


def _context(usage: dict[str, object]) -> int:
    """How much the model has before it: of several requests the last one's own prompt, not their sum."""
    own = [one for one in iterations(usage) if one.get("type") in _OWN_REQUESTS]
    return next((read for one in reversed(own) if (read := _prompt(one))), 0) or _prompt(usage)


def _prompt(usage: dict[str, object]) -> int:
    return (
        count(usage.get("input_tokens"))
        + count(usage.get("cache_creation_input_tokens"))
        + count(usage.get("cache_read_input_tokens"))
    )


def _failure(data: dict[str, object]) -> str:
    """2.1.330 calls an overloaded service `server_error`, and says 529 beside it."""
    if data.get("isApiErrorMessage") is not True:
        return ""
    said = data.get("error")
    if data.get("apiErrorStatus") == _OVERLOADED:
        return "overloaded"
    return said[:_WORD_LIMIT] if isinstance(said, str) and said else "unknown"


def _user(data: dict[str, object]) -> Record | None:
    at_ms, where = time_of(data.get("timestamp")), where_of(data)
    message = data.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        outcomes = _outcomes(content, denied=_is_denied(data))
        if outcomes:
            return _results(data, at_ms, where, outcomes)
        texts = [block.get("text") for block in content if isinstance(block, dict) and block.get("type") == "text"]
        content = "\n".join(text for text in texts if isinstance(text, str)) or ("…" if content else None)
    if not isinstance(content, str) or not _is_typed(data, content):
        return SeenLine(at_ms, where)
    return Prompt(at_ms, where, str(data.get("uuid") or ""), content[:_TEXT_LIMIT])


def _is_typed(data: dict[str, object], content: str) -> bool:
    """Whether a person wrote this; the client writes as "user" what it tells the model, too."""
    if data.get("isMeta") or data.get("isSidechain") or data.get("isCompactSummary"):
        return False
    origin = data.get("origin")
    if isinstance(origin, dict) and origin.get("kind") not in (None, "human"):
        return False
    said = content.lstrip()
    return bool(said) and not said.startswith(_NOT_TYPED) and not said.startswith("[Request interrupted")


def _is_denied(data: dict[str, object]) -> bool:
    decision = data.get("permissionDecision")
    if isinstance(decision, dict) and decision.get("decision") == "reject":
        return True
    return data.get("toolDenialKind") in ("user-rejected", "permission-rule", "cancelled")


def _outcomes(content: list[object], *, denied: bool) -> tuple[ToolOutcome, ...]:
    found: list[ToolOutcome] = []
    for block in content:
        if isinstance(block, dict) and block.get("type") == "tool_result":
            said = block.get("content")
            failed = block.get("is_error") is True
            refused = failed and (denied or (isinstance(said, str) and said.startswith(_REFUSED)))
            found.append(ToolOutcome(str(block.get("tool_use_id", "")), failed and not refused, refused))
    return tuple(found)


def _results(data: dict[str, object], at_ms: int, where: Where, outcomes: tuple[ToolOutcome, ...]) -> Results:
    result = data.get("toolUseResult")
    edit: Edit | None = None
    commit = task_id = ""
    if isinstance(result, dict):
        edit = written(result)
        commit = committed(result.get("stdout"))
        task = result.get("task")
        task_id = str(task.get("id", "")) if isinstance(task, dict) else ""
    return Results(at_ms, where, outcomes, edit, commit, task_id)


def _system(data: dict[str, object]) -> Record | None:
    at_ms, where = time_of(data.get("timestamp")), where_of(data)
    match data.get("subtype"):
        case "turn_duration":
            return TurnEnd(at_ms, where, count(data.get("durationMs")))
        case "stop_hook_summary":
            return TurnEnd(at_ms, where, None)
        case "compact_boundary":
            about = data.get("compactMetadata")
            return Compacted(at_ms, where, count(about.get("postTokens")) if isinstance(about, dict) else 0)
        case _:
            return SeenLine(at_ms, where)


def _title(value: object, *, chosen: bool) -> SessionTitle | None:
    return SessionTitle(value.strip()[:200], chosen) if isinstance(value, str) and value.strip() else None
