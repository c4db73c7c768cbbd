"""The words of automatic notices: whose session, what happened or what is asked, and the last that the agent wrote.

The title is what a phone shows, so it says the matter itself. All words are in `assets/texts/notices.toml`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.messages.literal import as_prose, as_value, as_values, as_words
from tray_app.core.messages.marks import DONE, counted, mark_of
from tray_app.core.messages.message import MAX_TITLE_CHARS, MarkdownMessage, Mentions
from tray_app.core.messages.signature import parted, shared_signature
from tray_app.core.notices.asked import MOST_ASKED, MOST_NAME, asked, cut, detail, kind_of
from tray_app.core.notices.rules import TELLING_ERRORS, NoticeCause
from tray_app.core.reports.outcome import outcome_of
from tray_app.core.reports.owner_words import BuiltIn, worded
from tray_app.core.reports.session_report import MOST_LINES, files_said, tools_said
from tray_app.core.reports.templates import called, joined, signature, whose
from tray_app.core.sessions.figures import duration, short
from tray_app.core.sessions.place import named
from tray_app.core.sessions.session import Session
from tray_app.core.sessions.tools import tools_used
from tray_app.core.settings.message_templates import USUAL_WORDS, MessageTemplate
from tray_app.core.settings.notices import NoticeKind

_MOST_TITLE = 60
_MOST_LAST = 600
_ABOUT_AGENT = frozenset({"rate_limit", "billing_error", "authentication_failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One cause and the session it is about, as far as that is known; `agent` is what people call its agent.

    `details`: the reader may know what exactly is asked.
    """

    cause: NoticeCause
    session: Session
    agent: str
    now_ms: int
    details: bool = False


def title(told: Notice, catalog: Catalog) -> str:
    """One line that says the matter: `⏳ api is waiting for you: allow npm test?`."""
    return catalog(_title(told, _MOST_TITLE))[:MAX_TITLE_CHARS]


def message(
    told: Notice,
    catalog: Catalog,
    *,
    operator: str,
    moment: str,
    mentions: Mentions,
    template: MessageTemplate = USUAL_WORDS,
) -> MarkdownMessage:
    """The whole notice, in the owner's words where there are any. `moment` is local time in words."""
    cause, session = told.cause, told.session
    lines, figures = _lines(told), _figures(session, catalog)
    asked_of = _waiting(told, catalog) if cause.kind is NoticeKind.WAITING else ()
    hint = catalog(as_values(_hint(told))) if cause.kind is NoticeKind.FAILURE else ""
    since_ms = cause.since_ms - cause.turn_ms if cause.kind is NoticeKind.TASK_DONE else told.now_ms - cause.since_ms
    built_in = BuiltIn(
        title=title(told, catalog),
        body=joined([*asked_of, hint, lines, figures]),
        signature=signature(session, catalog, agent=told.agent, operator=operator, moment=moment),
        values={
            **whose(session, catalog, agent=told.agent, operator=operator, moment=moment),
            "mark": mark_of(title(told, catalog)),
            "outcome": outcome_of(session.last_text).words,
            "duration": catalog(duration(since_ms)),
            "asks": catalog(_asks(told, MOST_ASKED)) if cause.kind is NoticeKind.WAITING else "",
            "why": catalog(_why(cause)),
        },
        markdown={"lines": lines, "figures": figures, "hint": hint, "details": _in_full(told, catalog)},
        mentions=mentions,
    )
    return worded(cause.kind, built_in, template)


def merged(
    parts: Sequence[MarkdownMessage], catalog: Catalog, *, projects: Sequence[str], mentions: Mentions
) -> MarkdownMessage:
    """Several notices in one message: the title counts how they went, and each stands below as it is."""
    head = catalog(counted([one.title for one in parts], projects=[cut(name, MOST_NAME) for name in projects]))
    body = "\n\n---\n\n".join(parted(one.text)[0] for one in parts) + shared_signature([one.text for one in parts])
    full = "\n\n---\n\n".join(one.full or one.text for one in parts) if any(one.full for one in parts) else ""
    return MarkdownMessage(title=head[:MAX_TITLE_CHARS], text=body, mentions=mentions, full=full)


def _title(told: Notice, room: int) -> Text:
    cause, name = told.cause, _whose(told.session) or called(told.agent)
    match cause.kind:
        case NoticeKind.WAITING:
            entry = "notices.waiting_again" if cause.reminder else "notices.waiting"
            return text(entry, project=name, asks=_asks(told, room))
        case NoticeKind.FAILURE:
            return text("notices.failure", project=name, why=_why(cause))
        case NoticeKind.TASK_DONE if words := outcome_of(told.session.last_text).words:
            return text("report.ended", mark=DONE, name=name, outcome=words)
        case NoticeKind.TASK_DONE:
            return text("notices.task_done", project=name, duration=duration(cause.since_ms - cause.turn_ms))
        case NoticeKind.SESSION_END:
            lasted = duration(cause.since_ms - told.session.started_ms)
            return text("report.ended_after", mark=DONE, name=name, duration=lasted)


def _why(cause: NoticeCause) -> Text:
    if cause.error in TELLING_ERRORS:
        return text(f"notices.error_{cause.error}")
    return text("notices.error_other", error=cut(cause.error, MOST_NAME))


def _hint(told: Notice) -> Text:
    entry = f"notices.error_{told.cause.error}_hint"
    return text(entry, agent=called(told.agent)) if told.cause.error in _ABOUT_AGENT else text(entry)


def _lines(told: Notice) -> str:
    """The last that the agent wrote, and of a turn that is done its tasks."""
    session = told.session
    if told.cause.kind is not NoticeKind.TASK_DONE:
        return _last_words(session.last_text)
    return joined([_last_words(outcome_of(session.last_text).rest), _tasks(session)])


def _waiting(told: Notice, catalog: Catalog) -> tuple[str, ...]:
    cause, session = told.cause, told.session
    whole = _asks(told, MOST_ASKED)
    return (
        "" if whole == _asks(told, _MOST_TITLE) else catalog(as_values(text("notices.asked", value=whole))),
        detail(cause, session, catalog) if told.details else "",
        catalog(text("notices.waited", value=duration(told.now_ms - cause.since_ms))),
    )


def _in_full(told: Notice, catalog: Catalog) -> str:
    """What is asked: its lines where there are several, else the one."""
    if told.cause.kind is not NoticeKind.WAITING:
        return ""
    several = detail(told.cause, told.session, catalog) if told.details else ""
    return several or as_value(catalog(_asks(told, MOST_ASKED)))


def _asks(told: Notice, room: int) -> Text:
    return asked(told.cause, told.session, room=room) if told.details else kind_of(told.cause, told.session)


def _tasks(session: Session) -> str:
    lines = [f"- {'✓' if task.done else '○'} {as_words(task.title)}" for task in session.tasks[:MOST_LINES]]
    return "\n".join(lines)


def _figures(session: Session, catalog: Catalog) -> str:
    tokens = session.total_tokens.total
    tools = tools_used(session).calls
    if not tools and not tokens:
        return ""
    said = (tools_said(tools), files_said(len(session.files)), text("report.tokens", total=short(tokens)))
    return catalog("report.figures", value=" · ".join(catalog(one) for one in said))


def _whose(session: Session) -> str:
    return cut(named(session.project, session.worktree) or session.title, MOST_NAME)


def _last_words(words: str) -> str:
    lines = [line for line in words.strip().split("\n") if line.strip()]
    shown = "\n".join(lines[:MOST_LINES])
    short = shown if len(shown) <= _MOST_LAST else shown[: _MOST_LAST - 1].rstrip() + "…"
    return as_prose(short + (" …" if len(lines) > MOST_LINES else ""))
