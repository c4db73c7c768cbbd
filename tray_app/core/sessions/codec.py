"""A session as the database keeps it, written and read."""

from collections.abc import Mapping
from dataclasses import dataclass

from tray_app.core.sessions.session import Cost, Session, SessionState, Task, Tokens, ToolUse

_MICROS = 1_000_000
_MOST_FILES = 200


def to_data(session: Session) -> dict[str, object]:
    """Plain JSON. `cost_usd` is null where a price is unknown; times and durations are milliseconds."""
    return {
        "session_id": session.session_id,
        "agent": session.agent,
        "project": session.project,
        "worktree": session.worktree,
        "cwd": session.cwd,
        "main_folder": session.main_folder,
        "branch": session.branch,
        "title": session.title,
        "version": session.version,
        "entrypoint": session.entrypoint,
        "scripted": session.scripted,
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
        **cost_data(session.cost),
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
        "failure": session.failure or None,
        "messages_sent": session.messages_sent,
        "tasks": [{"title": task.title, "done": task.done} for task in session.tasks],
        "commits": list(session.commits),
    }


def cost_data(cost: Cost) -> dict[str, object]:
    """The fields that say what a session cost."""
    return {
        "cost_usd": None if cost.micros is None else cost.micros / _MICROS,
        "cost_by_client": cost.by_client,
        "unpriced_models": list(cost.unknown_models),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSession:
    """A session and how many files it changed: of very many files only the first ones are kept by name."""

    session: Session
    files: int


def kept_of(session: Session) -> KeptSession:
    """One that is in memory, whole."""
    return KeptSession(session=session, files=len(session.files))


def from_data(data: Mapping[str, object]) -> KeptSession:
    """Read what `core.sessions.codec` wrote, in this version or an older one."""
    given = _Given(data)
    tokens = {model: _tokens(_Given(kinds)) for model, kinds in given.mapping("tokens_by_model").items()}
    cost_usd = data.get("cost_usd")
    session = Session(
        session_id=given.words("session_id"),
        agent=given.words("agent"),
        cwd=given.words("cwd"),
        project=given.words("project"),
        worktree=given.words("worktree"),
        main_folder=given.words("main_folder"),
        branch=given.words("branch"),
        title=given.words("title"),
        version=given.words("version"),
        entrypoint=given.words("entrypoint"),
        scripted=given.says("scripted"),
        state=_state(given.words("state")),
        waiting_for=given.words("waiting_for"),
        end_reason=given.words("end_reason"),
        started_ms=given.count("started_ms"),
        last_ms=given.count("last_ms"),
        active_ms=given.count("active_ms"),
        models=given.names("models"),
        prompts=given.count("prompts"),
        tools={name: _tool(_Given(use)) for name, use in given.mapping("tools").items()},
        files=given.names("files_changed"),
        lines_added=given.count("lines_added"),
        lines_removed=given.count("lines_removed"),
        tokens=tokens,
        cost=Cost(
            micros=round(cost_usd * _MICROS) if isinstance(cost_usd, int | float) else None,
            by_client=given.says("cost_by_client"),
            unknown_models=given.names("unpriced_models"),
        ),
        context_tokens=given.count("context_tokens"),
        subagents=given.count("subagents"),
        background_tasks=given.count("background_tasks"),
        errors=given.count("errors"),
        failure=given.words("failure"),
        messages_sent=given.count("messages_sent"),
        tasks=tuple(Task(title=one.words("title"), done=one.says("done")) for one in given.entries("tasks")),
        commits=given.names("commits"),
    )
    return KeptSession(session=session, files=max(given.count("files"), len(session.files)))


@dataclass(frozen=True, slots=True)
class _Given:
    data: object

    def _get(self, name: str) -> object:
        return self.data.get(name) if isinstance(self.data, Mapping) else None

    def words(self, name: str) -> str:
        value = self._get(name)
        return value if isinstance(value, str) else ""

    def count(self, name: str) -> int:
        value = self._get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def names(self, name: str) -> tuple[str, ...]:
        value = self._get(name)
        return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()

    def mapping(self, name: str) -> Mapping[str, object]:
        value = self._get(name)
        return {str(key): one for key, one in value.items()} if isinstance(value, Mapping) else {}

    def entries(self, name: str) -> "tuple[_Given, ...]":
        value = self._get(name)
        return tuple(_Given(one) for one in value if isinstance(one, Mapping)) if isinstance(value, list) else ()

    def says(self, name: str) -> bool:
        return self._get(name) is True


def _state(name: str) -> SessionState:
    return SessionState(name) if name in set(SessionState) else SessionState.ENDED


def _tokens(given: _Given) -> Tokens:
    return Tokens(
        input=given.count("input"),
        output=given.count("output"),
        cache_creation=given.count("cache_creation"),
        cache_creation_1h=given.count("cache_creation_1h"),
        cache_read=given.count("cache_read"),
    )


def _tool(given: _Given) -> ToolUse:
    return ToolUse(calls=given.count("calls"), failed=given.count("failed"), denied=given.count("denied"))
