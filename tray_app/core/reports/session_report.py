"""What a report of a session shows: what came of it, a few lines more, commits and files, and one line of figures.

Pure: a Session and what the agent said in, lines of markdown out. `templates` puts title and signature around. Kinds of
tokens, models and prompts are left to the session's page.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tray_app.core.kernel.texts import Catalog, Text, TextArgument, text
from tray_app.core.messages.literal import as_prose, as_value, as_words
from tray_app.core.messages.markdown import block, fence_after, item, one_line
from tray_app.core.messages.requests import SessionReport
from tray_app.core.reports.outcome import Outcome, outcome_of
from tray_app.core.sessions.figures import dollars, duration, short
from tray_app.core.sessions.place import named
from tray_app.core.sessions.session import Cost, Session, SessionState
from tray_app.core.sessions.tools import tools_used

MOST_LINES = 3
_LINE_CHARS = 200
_MOST_NAMED = 3  # files and commits by name
_NAME_CHARS = 60
_MOST_TEXT = 1_500  # characters of the agent's last words
_MINUTE_MS = 60_000
USUAL_TYPE, USUAL_SUMMARY = (
    "开发协助",
    "会话已完成",
)  # the arguments' defaults, which agents write out: they say nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the group reads below the title, as markdown lines. `full` are all lines, where that is not all of them."""

    outcome: Outcome
    lines: tuple[str, ...]
    more: int = 0
    full: tuple[str, ...] = ()


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


def wall_ms(session: Session, *, now_ms: int) -> int:
    """From its start to its end, or to now."""
    until_ms = session.last_ms if session.state is SessionState.ENDED else max(now_ms, session.last_ms)
    return max(until_ms - session.started_ms, 0)


def said(report: SessionReport, session: Session | None) -> Said:
    """Take the agent's summary, else the last it wrote; then its list of tasks, else its todo list.

    The first line is the outcome. Of all the others MOST_LINES are shown, a list's before a summary's.
    """
    summary = "" if report.summary.strip() == USUAL_SUMMARY else block(report.summary)
    if summary:
        outcome, own = outcome_of(summary), True
    else:
        outcome, own = outcome_of("" if session is None else _cut(session.last_text.strip(), _MOST_TEXT)), False
    prose = [line for line in (outcome.rest if own else as_prose(outcome.rest)).split("\n") if line.strip()]
    tasks = _tasks(report, session)
    lines = [*tasks, *prose] if report.main_tasks else [*prose, *tasks]
    shown = _fitting(lines[:MOST_LINES])
    if len(lines) <= MOST_LINES and all(len(line) <= _LINE_CHARS for line in lines):
        return Said(outcome=outcome, lines=shown)
    return Said(outcome=outcome, lines=shown, more=len(lines) - MOST_LINES, full=tuple(lines))


def work(session: Session, catalog: Catalog) -> list[str]:
    """Commits and files, a line each; of what there was none of there is no line."""
    lines = []
    if session.commits:
        names = _named([as_words(_cut(one_line(title), _NAME_CHARS)) for title in session.commits], catalog)
        lines.append(catalog("report.commits", count=len(session.commits), names=names))
    if session.files:
        files = [as_value(_cut(path.replace("\\", "/").rsplit("/", 1)[-1], _NAME_CHARS)) for path in session.files]
        lines.append(
            catalog(
                "report.files_named",
                count=len(session.files),
                added=session.lines_added,
                removed=session.lines_removed,
                names=_named(files, catalog),
            )
        )
    return lines


def figures(
    report: SessionReport, session: Session | None, catalog: Catalog, *, agent: TextArgument, now_ms: int
) -> str:
    """One line: time, tools, tokens, cost. A figure the agent gave stands beside the measured one, never in its place.

    Without a session there are the agent's alone. Empty where nobody knows any.
    """
    if session is None:
        found = list(_said_alone(report))
    else:
        found = [*_time(report, session, agent, now_ms=now_ms), *_measured(report, session, agent)]
    return catalog("report.figures", value=" · ".join(catalog(one) for one in found)) if found else ""


def tools_said(count: int) -> Text:
    """`38 tool calls`, `1 tool call`."""
    return text("report.tools_one") if count == 1 else text("report.tools", count=count)


def files_said(count: int) -> Text:
    """`2 files`, `1 file`."""
    return text("report.files_one") if count == 1 else text("report.files", count=count)


def _said_alone(report: SessionReport) -> Iterator[Text]:
    if one_line(report.duration):
        yield text("report.duration", value=as_value(report.duration))
    if report.tools_used:
        yield tools_said(report.tools_used)
    if report.files_count:
        yield files_said(report.files_count)


def _time(report: SessionReport, session: Session, agent: TextArgument, *, now_ms: int) -> Iterator[Text]:
    """Wall-clock and active time; the agent's words behind it where it gave any."""
    told, wall = as_value(report.duration), wall_ms(session, now_ms=now_ms)
    if not session.started_ms:
        if told:
            yield text("report.duration", value=told)
        return
    lasted = text("report.duration", value=duration(wall))
    if 0 < session.active_ms < wall - _MINUTE_MS:
        lasted = text("report.active", value=duration(wall), active=duration(session.active_ms))
    yield text("report.agent_says", value=lasted, agent=agent, said=told) if told else lasted


def _measured(report: SessionReport, session: Session, agent: TextArgument) -> Iterator[Text]:
    used = tools_used(session)
    differ = report.tools_used and report.tools_used not in {used.calls, used.calls + used.ours}
    if used.calls or differ:
        yield _beside(tools_said(used.calls), report.tools_used if differ else 0, agent)
    if report.files_count and report.files_count != len(session.files):
        yield _beside(files_said(len(session.files)), report.files_count, agent)
    tokens = session.total_tokens.total
    if tokens:
        yield text("report.tokens", total=short(tokens))
        yield from _price(session.cost)


def _beside(measured: Text, told: int, agent: TextArgument) -> Text:
    return text("report.agent_says", value=measured, agent=agent, said=told) if told else measured


def _price(cost: Cost) -> Iterator[Text]:
    """An estimate is called one; of an unknown price nothing is said here."""
    if cost.micros is not None:
        yield text("report.cost" if cost.by_client else "report.cost_about", amount=dollars(cost.micros))


def _tasks(report: SessionReport, session: Session | None) -> list[str]:
    """The agent's list, else its todo list."""
    if report.main_tasks:
        return [f"- {as_prose(words)}" for words in map(item, report.main_tasks) if words]
    tasks = () if session is None else session.tasks
    return [f"- {'✓' if task.done else '○'} {as_words(task.title)}" for task in tasks if task.title.strip()]


def _fitting(lines: list[str]) -> tuple[str, ...]:
    """Cut long lines, and end a code block that the cut leaves open."""
    fence = ""
    for line in lines:
        fence = fence_after(fence, line)
    mark = fence[: len(fence) - len(fence.lstrip("`~"))]
    return (*(_cut(line, _LINE_CHARS) for line in lines), *((mark,) if mark else ()))


def _named(names: list[str], catalog: Catalog) -> str:
    """The first names."""
    shown = catalog("report.between").join(names[:_MOST_NAMED])
    return f"{shown} …" if len(names) > _MOST_NAMED else shown


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip(" \\") + "…"  # half an escape shows
