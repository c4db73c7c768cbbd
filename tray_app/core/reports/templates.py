"""The words of the messages we write ourselves: session report, task report, test message, and the sender's line.

The sections, emoji and Chinese words are those that teams know from claude-code-dingtalk-mcp; all words are in
`assets/texts/report.toml`. Each fact is a paragraph of its own, because phones join lines that only a line break parts.
"""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.messages.literal import as_prose, as_value, as_values
from tray_app.core.messages.markdown import block, item, one_line
from tray_app.core.messages.message import (
    MAX_TITLE_CHARS,
    ActionCard,
    FeedCard,
    LinkMessage,
    MarkdownMessage,
    Message,
    TextMessage,
)
from tray_app.core.messages.requests import SessionReport, TaskReport
from tray_app.core.reports import session_report as facts_of
from tray_app.core.sessions.figures import duration as duration_of
from tray_app.core.sessions.session import Session

EMOJI = {"success": "✅", "failed": "❌", "warning": "⚠️"}


def session_report(
    report: SessionReport,
    *,
    agent: str,
    operator: str,
    finished_at: datetime,
    catalog: Catalog,
    session: Session | None = None,
) -> MarkdownMessage:
    """Say that a session ended, from its own records where it is known, else from what the agent said alone.

    Of one that still runs it is an interim report, and says so.

    `agent` is what people call the agent, empty where that is not known; `finished_at` is local time; an unknown
    operator (empty) is left out.
    """
    kind = _within(one_line(report.session_type) or catalog("report.session_type"))
    interim = session is not None and facts_of.is_interim(session)
    if session is None:
        title, facts = text("report.session_title", agent=called(agent), kind=kind), _said_alone(report, catalog)
    else:
        title, facts = _measured(
            report, session, kind, catalog, agent=agent, now_ms=int(finished_at.timestamp() * 1000)
        )
    parts = [
        f"## {catalog(as_values(title))}",
        catalog("report.time" if interim else "report.finished_at", value=moment(finished_at, catalog)),
        *facts[:-3],
        _operator(operator, catalog),
        *facts[-3:],
        "---\n" + _footer("report.session_footer", agent, finished_at, catalog),
    ]
    return MarkdownMessage(title=catalog(title), text=_joined(parts), mentions=report.mentions)


def _said_alone(report: SessionReport, catalog: Catalog) -> list[str]:
    """Without a session there are no figures but the agent's; one it did not give is left out, not sent as 0."""
    figures = [
        f"- {catalog(entry, count=count)}"
        for entry, count in (("report.files", report.files_count), ("report.tools", report.tools_used))
        if count
    ]
    return [
        catalog("report.session_duration", value=as_value(report.duration) or catalog("report.just_now")),
        _section("report.this_session", [block(report.summary) or catalog("report.session_summary")], catalog),
        _section(
            "report.main_tasks", [f"- {as_prose(words)}" for words in map(item, report.main_tasks) if words], catalog
        ),
        _section("report.statistics", figures, catalog),
    ]


def _measured(
    report: SessionReport, session: Session, kind: str, catalog: Catalog, *, agent: str, now_ms: int
) -> tuple[Text, list[str]]:
    """The title, and all paragraphs between the time and the footer; the last three are the sections."""
    lasted = catalog(duration_of(facts_of.wall_ms(session, now_ms=now_ms)))
    name = _within(facts_of.headline(session))
    entry, of_project = "report.session_title", "report.session_title_of"
    if facts_of.is_interim(session):
        entry, of_project = "report.session_interim", "report.session_interim_of"
    full = text(of_project, agent=called(agent), kind=kind, project=name, duration=lasted)
    fits = bool(name and session.started_ms) and len(catalog(full)) <= MAX_TITLE_CHARS
    title = full if fits else text(entry, agent=called(agent), kind=kind)
    duration = facts_of.how_long(session, report, catalog, now_ms=now_ms)
    return title, [
        facts_of.where(session, catalog),
        catalog("report.state", value=facts_of.how(session)),
        catalog("report.session_duration", value=duration) if duration else "",
        _section("report.this_session", [facts_of.summary(session, report, catalog)], catalog),
        _section("report.main_tasks", facts_of.tasks(session, report), catalog),
        _section("report.statistics", facts_of.statistics(session, report, catalog), catalog),
    ]


def task_report(
    report: TaskReport,
    *,
    agent: str,
    operator: str,
    finished_at: datetime,
    catalog: Catalog,
    session: Session | None = None,
) -> MarkdownMessage:
    """Say how a task of this agent ended; `report.status` is a key of EMOJI (the tool's schema sees to that).

    A known session adds its project, and the time since the person's last prompt where that was seen.
    """
    emoji = EMOJI[report.status]
    status = catalog(f"report.task_{report.status}")
    name = one_line(report.task_name)
    duration = _elapsed(report, session, catalog, now_ms=int(finished_at.timestamp() * 1000))
    details = block(report.details)
    parts = [
        f"## {emoji} {status}",
        catalog("report.task_name", value=as_value(name)),
        catalog("report.task_status", value=status),
        "" if session is None else facts_of.where(session, catalog),
        catalog("report.time", value=moment(finished_at, catalog)),
        _operator(operator, catalog),
        catalog("report.task_duration", value=duration) if duration else "",
        catalog("report.details") + "\n\n" + details if details else "",
        "---\n" + _footer("report.task_footer", agent, finished_at, catalog),
    ]
    title = catalog("report.task_title", emoji=emoji, name=_within(name), status=status)
    return MarkdownMessage(title=title, text=_joined(parts), mentions=report.mentions)


def test_message(*, robot: str, operator: str, sent_at: datetime, catalog: Catalog) -> MarkdownMessage:
    """Say that the robot is set up right."""
    title = catalog("report.test_title")
    parts = [
        f"## {title}",
        catalog("report.test_body", robot=as_value(robot)),
        catalog("report.time", value=moment(sent_at, catalog)),
        _operator(operator, catalog),
        "---\n" + catalog("report.test_footer", date=_date(sent_at, catalog)),
    ]
    return MarkdownMessage(title=title, text=_joined(parts))


def signed_off(message: Message, *, operator: str, catalog: Catalog) -> Message:
    """Add who sends it, where the kind has a body for that; an unknown operator (empty) leaves the message as it is."""
    name = one_line(operator)
    if not name:
        return message
    match message:
        case TextMessage(content=content):
            return replace(message, content=content + "\n\n---\n" + catalog("report.sender_plain", name=name))
        case MarkdownMessage(text=body) | ActionCard(text=body):
            return replace(message, text=body + "\n\n---\n" + catalog("report.sender", name=as_value(name)))
        case LinkMessage() | FeedCard():
            return message
        case _:
            assert_never(message)


def _footer(entry: str, agent: str, at: datetime, catalog: Catalog) -> str:
    return catalog(as_values(text(entry, agent=called(agent), date=_date(at, catalog))))


def called(agent: str) -> str | Text:
    """What people call the agent, else that it is one."""
    return one_line(agent) or text("report.agent")


def _elapsed(report: TaskReport, session: Session | None, catalog: Catalog, *, now_ms: int) -> str:
    """Since the person's prompt; the agent's words beside it, since the task may be only a part of the turn."""
    said = as_value(report.duration)
    if session is None or not session.prompted_ms:
        return said
    words = catalog(duration_of(now_ms - session.prompted_ms))
    return catalog("report.agent_says", value=words, said=said) if said and said != words else words


def _section(heading: str, lines: list[str], catalog: Catalog) -> str:
    return "\n".join([f"### {catalog(heading)}", *lines]) if lines else ""


def _operator(operator: str, catalog: Catalog) -> str:
    name = as_value(operator)
    return catalog("report.operator", value=name) if name else ""


def moment(when: datetime, catalog: Catalog) -> str:
    """Date and time of day, as the reader's language writes them."""
    return _date(when, catalog) + when.strftime(" %H:%M:%S")


def _date(when: datetime, catalog: Catalog) -> str:
    return catalog("report.date", year=f"{when.year:04}", month=f"{when.month:02}", day=f"{when.day:02}")


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _within(value: str) -> str:
    """Keep a name short enough for a title, whose other words take less than 40 characters."""
    most = MAX_TITLE_CHARS - 40
    return value if len(value) <= most else value[: most - 1] + "…"
