"""Sessions as files for other programs: CSV that a spreadsheet opens but never runs, JSON as commands print it."""

from collections.abc import Iterable

from tray_app.core.kernel.spreadsheet import lines
from tray_app.core.kernel.words import LocalTime
from tray_app.core.sessions.codec import KeptSession, to_data
from tray_app.core.sessions.pages.views import OneSession
from tray_app.core.sessions.timeline import to_data as moment_data

COLUMNS = (
    "session_id",
    "project",
    "folder",
    "branch",
    "title",
    "state",
    "end_reason",
    "started",
    "last",
    "active_s",
    "models",
    "prompts",
    "tool_calls",
    "tools_failed",
    "tools_denied",
    "files",
    "lines_added",
    "lines_removed",
    "tokens_input",
    "tokens_output",
    "tokens_cache_creation",
    "tokens_cache_creation_1h",
    "tokens_cache_read",
    "tokens_total",
    "cost_usd_estimate",
    "cost_by_client",
    "unpriced_models",
    "subagents",
    "errors",
    "messages_sent",
    "worktree",
    "main_folder",
    "agent",
)


def head() -> str:
    """The names of the columns. A file begins with `spreadsheet.BOM`."""
    return lines([COLUMNS])


def rows(sessions: Iterable[KeptSession], *, local: LocalTime) -> str:
    """One line for each session."""
    return lines(_row(kept, local) for kept in sessions)


def session_data(kept: KeptSession) -> dict[str, object]:
    """As `sessions --json` prints it."""
    return {**to_data(kept.session), "files": kept.files}


def whole_data(one: OneSession) -> dict[str, object]:
    """One session with its time line."""
    return {
        **session_data(one.kept),
        "moments": [moment_data(moment) for moment in one.moments],
        "moments_dropped": one.earlier,
        "waits": [{"since_ms": wait.since_ms, "until_ms": wait.until_ms, "asks": wait.asks} for wait in one.waits],
        "deliveries": [
            {"id": row.id, "at_ms": row.created_ms, "stage": row.stage.value, "tool": row.origin.tool}
            for row in one.notices
        ],
    }


def _row(kept: KeptSession, local: LocalTime) -> tuple[object, ...]:
    one, tokens = kept.session, kept.session.total_tokens
    return (
        one.session_id,
        one.project,
        one.cwd,
        one.branch,
        one.title,
        one.state.value,
        one.end_reason,
        _time(one.started_ms, local),
        _time(one.last_ms, local),
        one.active_ms // 1000,
        " ".join(one.models),
        one.prompts,
        one.tool_calls,
        sum(use.failed for use in one.tools.values()),
        sum(use.denied for use in one.tools.values()),
        kept.files,
        one.lines_added,
        one.lines_removed,
        tokens.input,
        tokens.output,
        tokens.cache_creation,
        tokens.cache_creation_1h,
        tokens.cache_read,
        tokens.total,
        "" if one.cost.micros is None else one.cost.micros / 1_000_000,
        str(one.cost.by_client).lower(),
        " ".join(one.cost.unknown_models),
        one.subagents,
        one.errors,
        one.messages_sent,
        one.worktree,
        one.main_folder,
        one.agent,
    )


def _time(at_ms: int, local: LocalTime) -> str:
    return local(at_ms).isoformat(sep=" ", timespec="seconds") if at_ms else ""
