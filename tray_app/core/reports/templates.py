"""The messages we write ourselves: session report, task report, test message, and the signature under an agent's.

The title is the result, as a push banner shows it; who, where and when stand in the signature line. All words are in
`assets/texts/report.toml`. Each fact is a paragraph of its own, because phones join lines that only a line break parts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.messages.literal import as_value, as_values
from tray_app.core.messages.markdown import block, one_line
from tray_app.core.messages.marks import DONE, FAILED, INTERIM, WARNED, mark_of
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
from tray_app.core.messages.signature import APP, signed
from tray_app.core.reports import session_report as facts_of
from tray_app.core.reports.owner_words import BuiltIn, worded
from tray_app.core.sessions.figures import duration as duration_of
from tray_app.core.sessions.session import Session
from tray_app.core.settings.message_templates import USUAL_WORDS, MessageTemplate
from tray_app.core.settings.notices import NoticeKind

EMOJI = {"success": DONE, "failed": FAILED, "warning": WARNED}
_NAME_ROOM = 60


def session_report(
    report: SessionReport,
    *,
    agent: str,
    operator: str,
    finished_at: datetime,
    catalog: Catalog,
    session: Session | None = None,
    kept: bool = True,
    template: MessageTemplate = USUAL_WORDS,
) -> MarkdownMessage:
    """Say what came of a session, from its own records where it is known, else from what the agent said alone.

    Of one that still runs it is an interim report, and says so.

    `agent` is what people call the agent, empty where that is not known; `finished_at` is local time; an unknown
    operator (empty) is left out. `kept`: what the group does not get can be read on the owner's page. `template`
    are the owner's own words.
    """
    now_ms = int(finished_at.timestamp() * 1000)
    said = facts_of.said(report, session)
    title = _session_title(report, session, said, agent=agent, now_ms=now_ms)
    more = catalog("message.more_on_page" if kept else "report.more", count=said.more) if said.more else ""
    figures = facts_of.figures(report, session, catalog, agent=called(agent), now_ms=now_ms)
    below = [*(facts_of.work(session, catalog) if session is not None else ()), figures]
    lines = "\n".join(said.lines)
    built_in = BuiltIn(
        title=catalog(title),
        body=joined([lines, more, *below]),
        full=joined(["\n".join(said.full), *below]) if said.full else "",
        signature=signature(session, catalog, agent=agent, operator=operator, moment=clock(finished_at)),
        values={
            **whose(session, catalog, agent=agent, operator=operator, moment=clock(finished_at)),
            "mark": mark_of(catalog(title)),
            "outcome": said.outcome.words,
        },
        markdown={"lines": joined([lines, more]), "work": joined(below[:-1]), "figures": figures},
        mentions=report.mentions,
    )
    return worded(NoticeKind.SESSION_END, built_in, template)


def whose(session: Session | None, catalog: Catalog, *, agent: str, operator: str, moment: str) -> Mapping[str, str]:
    """The fields that every template has, as plain words."""
    return {
        "project": "" if session is None else facts_of.headline(session),
        "branch": "" if session is None else session.branch,
        "agent": one_line(agent) or catalog("report.agent"),
        "operator": one_line(operator),
        "time": moment,
    }


def signature(session: Session | None, catalog: Catalog, *, agent: str, operator: str, moment: str) -> Sequence[str]:
    """Who, with what, where and when, as markdown."""
    branch = "" if session is None else as_value(session.branch)
    return [as_value(operator), as_value(agent) or catalog("report.agent"), branch, moment]


def _session_title(
    report: SessionReport, session: Session | None, said: facts_of.Said, *, agent: str, now_ms: int
) -> Text:
    """`✅ shop: …`, `📋 shop, interim report: …`; without words of the agent, how long it took."""
    kind = one_line(report.session_type)
    names = ["" if session is None else facts_of.headline(session), "" if kind == facts_of.USUAL_TYPE else kind]
    name = " · ".join(_within(one) for one in names if one) or _within(one_line(agent)) or text("report.agent")
    interim = session is not None and facts_of.is_interim(session)
    mark = said.outcome.mark if session is None or not session.failure else FAILED
    how = "interim" if interim else "ended"
    shown = INTERIM if interim and mark == DONE else mark
    if said.outcome.words:
        return text(f"report.{how}", mark=shown, name=name, outcome=said.outcome.words)
    if session is None or not session.started_ms:
        return text(f"report.{how}_alone", mark=shown, name=name)
    return text(
        f"report.{how}_after", mark=shown, name=name, duration=duration_of(facts_of.wall_ms(session, now_ms=now_ms))
    )


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
    project = "" if session is None else facts_of.headline(session)
    title = text(
        f"report.task_{report.status}_of" if project else f"report.task_{report.status}",
        project=_within(project),
        name=_within(one_line(report.task_name)),
    )
    lasted = _elapsed(report, session, agent, now_ms=int(finished_at.timestamp() * 1000))
    parts = [
        f"### {catalog(as_values(title))}",
        block(report.details),
        catalog("report.figures", value=catalog(lasted)) if lasted is not None else "",
    ]
    last = signature(session, catalog, agent=agent, operator=operator, moment=clock(finished_at))
    return MarkdownMessage(
        title=catalog(title)[:MAX_TITLE_CHARS], text=signed(joined(parts), last), mentions=report.mentions
    )


def test_message(*, robot: str, operator: str, sent_at: datetime, catalog: Catalog) -> MarkdownMessage:
    """Say that the robot is set up right."""
    title = catalog("report.test_title")
    body = joined([f"### {title}", catalog("report.test_body", robot=as_value(robot))])
    return MarkdownMessage(title=title, text=signed(body, [as_value(operator), APP, clock(sent_at)]))


def signed_off(message: Message, *, operator: str) -> Message:
    """Add who sends it, where the kind has a body for that; an unknown operator (empty) leaves the message as it is."""
    name = one_line(operator)
    if not name:
        return message
    match message:
        case TextMessage(content=content):
            return replace(message, content=signed(content, [name], markdown=False))
        case MarkdownMessage(text=body) | ActionCard(text=body):
            return replace(message, text=signed(body, [as_value(name)]))
        case LinkMessage() | FeedCard():
            return message
        case _:
            assert_never(message)


def called(agent: str) -> str | Text:
    """What people call the agent, else that it is one."""
    return one_line(agent) or text("report.agent")


def clock(when: datetime) -> str:
    """The time of day, for what is sent on the same day."""
    return when.strftime("%H:%M")


def _elapsed(report: TaskReport, session: Session | None, agent: str, *, now_ms: int) -> Text | None:
    """Since the person's prompt; the agent's words beside it, since the task may be only a part of the turn."""
    said = as_value(report.duration)
    if session is None or not session.prompted_ms:
        return text("report.duration", value=said) if said else None
    lasted = text("report.duration", value=duration_of(now_ms - session.prompted_ms))
    return text("report.agent_says", value=lasted, agent=called(agent), said=said) if said else lasted


def joined(parts: Sequence[str]) -> str:
    """Put paragraphs below each other."""
    return "\n\n".join(part for part in parts if part)


def _within(value: str) -> str:
    """Keep a name short enough to leave the title to the result."""
    return value if len(value) <= _NAME_ROOM else value[: _NAME_ROOM - 1] + "…"
