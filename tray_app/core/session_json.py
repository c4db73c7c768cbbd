"""One session as plain data: `sessions --json` prints it, the database keeps it. Names are stable (docs/seams.md)."""

from collections.abc import Mapping

from tray_app.core.sessions import Session, Tokens

_MICROS = 1_000_000
_MOST_FILES = 200


def to_data(session: Session) -> dict[str, object]:
    """Plain JSON. `cost_usd` is null where a price is unknown; times and durations are milliseconds."""
    cost = session.cost
    return {
        "session_id": session.session_id,
        "project": session.project,
        "cwd": session.cwd,
        "branch": session.branch,
        "title": session.title,
        "version": session.version,
        "entrypoint": session.entrypoint,
        "pid": session.pid,
        "state": session.state.value,
        "waiting_for": session.waiting_for or None,
        "end_reason": session.end_reason or None,
        "started_ms": session.started_ms,
        "last_ms": session.last_ms,
        "active_ms": session.active_ms,
        "models": list(session.models),
        "tokens": tokens_data(session.total_tokens),
        "tokens_by_model": {model: tokens_data(tokens) for model, tokens in session.tokens.items()},
        "cost_usd": None if cost.micros is None else cost.micros / _MICROS,
        "cost_by_client": cost.by_client,
        "unpriced_models": list(cost.unknown_models),
        "context_tokens": session.context_tokens,
        "tool_calls": session.tool_calls,
        "tools": {
            name: {"calls": use.calls, "failed": use.failed, "denied": use.denied}
            for name, use in session.tools.items()
        },
        "files": len(session.files),
        "files_changed": list(session.files[:_MOST_FILES]),
        "lines_added": session.lines_added,
        "lines_removed": session.lines_removed,
        "prompts": session.prompts,
        "subagents": session.subagents,
        "background_tasks": session.background_tasks,
        "errors": session.errors,
        "messages_sent": session.messages_sent,
        "tasks": [{"title": task.title, "done": task.done} for task in session.tasks],
        "commits": list(session.commits),
    }


def tokens_data(tokens: Tokens) -> Mapping[str, int]:
    """Tokens by kind; `cache_creation` includes the part that lives an hour."""
    return {
        "input": tokens.input,
        "output": tokens.output,
        "cache_creation": tokens.cache_creation,
        "cache_creation_1h": tokens.cache_creation_1h,
        "cache_read": tokens.cache_read,
        "total": tokens.total,
    }
