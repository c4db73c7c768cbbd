"""What a report of a session shows: what was measured, and beside it the agent's own words, marked where they differ.

Pure: a Session and what the agent said in, lines of markdown out. `templates` puts title and footer around.
"""

from collections.abc import Iterator

from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.messages.literal import as_prose, as_value, as_values, as_words
from tray_app.core.messages.markdown import block, item, one_line
from tray_app.core.messages.requests import SessionReport
from tray_app.core.sessions.figures import cost, duration, short
from tray_app.core.sessions.place import named
from tray_app.core.sessions.session import Session, SessionState
from tray_app.core.sessions.tools import ToolsUsed, tools_used

_MOST_TASKS = 12
_MOST_TOOLS = 6
_MOST_TEXT = 1_500  # characters of the agent's last words
_MINUTE_MS = 60_000
_REASONS = frozenset({"clear", "logout", "prompt_input_exit", "resume", "other"})


def headline(session: Session) -> str:
    """Which project, for the title."""
    return one_line(named(session.project, session.worktree)) or one_line(session.title)


def where(session: Session, catalog: Catalog) -> str:
    """`**Project:** api (branch main)`, or an empty string."""
    project, branch = as_value(named(session.project, session.worktree)), as_value(session.branch)
    if not project:
        return ""
    if not branch:
        return catalog("report.project", value=project)
    return catalog("report.project_branch", value=project, branch=branch)


def is_interim(session: Session) -> bool:
    """Whether this is a report from the middle: its agent asked for it, and goes on."""
    return session.state is not SessionState.ENDED


def how(session: Session) -> Text:
    """Whether it goes on, or how it ended."""
    if is_interim(session):
        return text("report.running")
    reason = session.end_reason
    if not reason:
        return text("report.ended_gone")
    return text(f"report.ended_{reason}") if reason in _REASONS else text("report.ended_as", reason=as_value(reason))


def how_long(session: Session, report: SessionReport, catalog: Catalog, *, now_ms: int) -> str:
    """Wall-clock and active time; the agent's words behind it where it gave any. Empty where nobody knows."""
    said, wall = as_value(report.duration), wall_ms(session, now_ms=now_ms)
    if not session.started_ms:
        return said or ("" if is_interim(session) else catalog("report.just_now"))
    words = catalog(duration(wall))
    if 0 < session.active_ms < wall - _MINUTE_MS:
        words = catalog("report.active", value=words, active=duration(session.active_ms))
    return catalog("report.agent_says", value=words, said=said) if said and said != words else words


def wall_ms(session: Session, *, now_ms: int) -> int:
    """From its start to its end, or to now."""
    until_ms = session.last_ms if session.state is SessionState.ENDED else max(now_ms, session.last_ms)
    return max(until_ms - session.started_ms, 0)


def summary(session: Session, report: SessionReport, catalog: Catalog) -> str:
    """What the agent says, else the last it wrote."""
    nothing = "report.session_interim_summary" if is_interim(session) else "report.session_summary"
    return block(report.summary) or as_prose(_short(session.last_text)) or catalog(nothing)


def tasks(session: Session, report: SessionReport) -> list[str]:
    """The agent's list, else its todo list, else the commits it made."""
    if report.main_tasks:
        return [f"- {as_prose(words)}" for words in map(item, report.main_tasks) if words]
    if session.tasks:
        shown = [("✓" if task.done else "○", task.title) for task in session.tasks]
    else:
        shown = [("⎇", commit) for commit in session.commits]
    lines = [f"- {mark} {as_words(words)}" for mark, words in shown if words.strip()]
    return [*lines[:_MOST_TASKS], "- …"] if len(lines) > _MOST_TASKS else lines


def statistics(session: Session, report: SessionReport, catalog: Catalog) -> list[str]:
    """One line for each kind of figure. What was not there at all is left out, except what everybody looks for."""
    return [f"- {catalog(line)}" for line in _figures(session, report)]


def _figures(session: Session, report: SessionReport) -> Iterator[Text]:
    if session.prompts:
        yield text("report.prompts", count=session.prompts)
    used = tools_used(session)
    yield _tools(used)
    if report.tools_used != used.calls + used.ours:  # its own call may be in what the agent counted
        yield from _differs(report.tools_used, used.calls, "report.tools_said")
    yield text("report.files_lines", count=len(session.files), added=session.lines_added, removed=session.lines_removed)
    yield from _differs(report.files_count, len(session.files), "report.files_said")
    if session.commits:
        yield text("report.commits", count=len(session.commits))
    total = session.total_tokens
    if total.total:
        yield text(
            "report.tokens",
            total=short(total.total),
            input=short(total.input),
            output=short(total.output),
            creation=short(total.cache_creation),
            read=short(total.cache_read),
        )
        by_model = sorted(session.tokens.items(), key=lambda entry: -entry[1].total)
        models = ", ".join(f"{as_value(model)} {short(tokens.total)}" for model, tokens in by_model if tokens.total)
        yield text("report.models", models=models)
        price = cost(session.cost)
        yield text("report.cost", value=price if session.cost.micros is not None else as_values(price))
    if session.subagents:
        yield text("report.subagents", count=session.subagents)
    if session.errors:
        yield text("report.errors", count=session.errors)


def _tools(used: ToolsUsed) -> Text:
    calls = sorted(used.tools.items(), key=lambda entry: (-entry[1].calls, entry[0]))
    if not used.calls:
        return text("report.tools", count=0)
    named = ", ".join(f"{as_value(name)} {use.calls}" for name, use in calls[:_MOST_TOOLS])
    names = named + (", …" if len(calls) > _MOST_TOOLS else "")
    failed = sum(use.failed for use in used.tools.values())
    denied = sum(use.denied for use in used.tools.values())
    if failed or denied:
        return text("report.tools_troubled", count=used.calls, names=names, failed=failed, denied=denied)
    return text("report.tools_named", count=used.calls, names=names)


def _differs(said: int, measured: int, entry: str) -> Iterator[Text]:
    """A figure the agent gave stands beside the measured one, never in its place."""
    if said and said != measured:
        yield text(entry, count=said)


def _short(words: str) -> str:
    words = words.strip()
    return words if len(words) <= _MOST_TEXT else words[: _MOST_TEXT - 1].rstrip() + "…"
