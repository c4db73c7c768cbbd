"""The words of automatic notices: whose session, what happened or what is asked, and the last that the agent wrote.

The title is what a phone shows, so it says the matter itself. All words are in `assets/texts/notices.toml`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.messages.literal import as_prose, as_value, as_values
from tray_app.core.messages.markdown import one_line
from tray_app.core.messages.message import MAX_TITLE_CHARS, MarkdownMessage, Mentions
from tray_app.core.notices.rules import TELLING_ERRORS, NoticeCause
from tray_app.core.reports.session_report import where
from tray_app.core.sessions.figures import duration, short
from tray_app.core.sessions.session import Asks, Session
from tray_app.core.settings.notices import NoticeKind

_MOST_ASKED = 120
_MOST_NAME = 60
_MOST_TITLE = 60
_MOST_LAST = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One cause and the session it is about, as far as that is known."""

    cause: NoticeCause
    session: Session
    now_ms: int


def title(told: Notice, catalog: Catalog) -> str:
    """One line that says the matter: `⏳ api is waiting for you: allow npm test?`."""
    return catalog(_title(told, _MOST_TITLE))[:MAX_TITLE_CHARS]


def message(told: Notice, catalog: Catalog, *, operator: str, moment: str, mentions: Mentions) -> MarkdownMessage:
    """The whole notice. `moment` is local time in words."""
    head = title(told, catalog)
    return MarkdownMessage(title=head, text=_body(told, catalog, operator=operator, moment=moment), mentions=mentions)


def merged(parts: Sequence[tuple[Notice, str]], catalog: Catalog, *, mentions: Mentions) -> MarkdownMessage:
    """Several notices in one message; each part is the body of its own message."""
    names = ", ".join(dict.fromkeys(_name(told.session, catalog) for told, _ in parts))
    head = catalog(text("notices.several", count=len(parts), first=title(parts[0][0], catalog), projects=names))
    body = "\n\n---\n\n".join(body for _, body in parts)
    return MarkdownMessage(title=head[:MAX_TITLE_CHARS], text=body, mentions=mentions)


def _title(told: Notice, room: int) -> Text:
    cause, name = told.cause, _cut(told.session.project or told.session.title, _MOST_NAME) or "Claude Code"
    match cause.kind:
        case NoticeKind.WAITING:
            entry = "notices.waiting_again" if cause.reminder else "notices.waiting"
            return text(entry, project=name, asks=_asks(told, room))
        case NoticeKind.FAILURE:
            return text("notices.failure", project=name, why=_why(cause))
        case NoticeKind.TASK_DONE:
            return text("notices.task_done", project=name, duration=duration(cause.since_ms - cause.turn_ms))
        case NoticeKind.SESSION_END:
            started = told.session.started_ms
            return text("notices.session_end", project=name, duration=duration(cause.since_ms - started))


def _asks(told: Notice, room: int) -> Text:
    """What the person is asked: the call that waits, where the transcript shows it."""
    pending = told.session.pending[-1] if told.session.pending else None
    if told.cause.asks != Asks.PERMISSION:
        said = "" if pending is None or told.cause.idle else _cut(pending.about, room)
        return text("notices.asks_question", about=said) if said else text("notices.asks_input")
    if pending is None:
        return text("notices.asks_permission")
    tool, about = _cut(pending.tool, _MOST_NAME), _cut(pending.about, room)
    if not about:
        return text("notices.asks_tool", tool=tool)
    entry = "notices.asks_run" if pending.runs else "notices.asks_tool_about"
    return text(entry, tool=tool, about=about)


def _why(cause: NoticeCause) -> Text:
    known = cause.error in TELLING_ERRORS
    return (
        text(f"notices.error_{cause.error}")
        if known
        else text("notices.error_other", error=_cut(cause.error, _MOST_NAME))
    )


def _body(told: Notice, catalog: Catalog, *, operator: str, moment: str) -> str:
    cause, session = told.cause, told.session
    last = as_prose(_cut_text(session.last_text))
    parts = [
        f"## {catalog(as_values(_title(told, _MOST_TITLE)))}",
        where(session, catalog),
        catalog("report.time", value=moment),
        catalog("report.operator", value=as_value(operator)) if as_value(operator) else "",
        catalog(as_values(text("notices.asked", value=_asks(told, _MOST_ASKED))))
        if cause.kind is NoticeKind.WAITING
        else "",
        _waited(told, catalog),
        catalog(text(f"notices.error_{cause.error}_hint")) if cause.kind is NoticeKind.FAILURE else "",
        "\n".join([f"### {catalog('notices.last_words')}", last]) if last else "",
        _tasks(session, catalog) if cause.kind is NoticeKind.TASK_DONE else "",
        _figures(session, catalog),
    ]
    return "\n\n".join(part for part in parts if part)


def _waited(told: Notice, catalog: Catalog) -> str:
    if told.cause.kind is not NoticeKind.WAITING:
        return ""
    return catalog(text("notices.waited", value=duration(told.now_ms - told.cause.since_ms)))


def _tasks(session: Session, catalog: Catalog) -> str:
    lines = [f"- {'✓' if task.done else '○'} {as_prose(one_line(task.title))}" for task in session.tasks[:12]]
    return "\n".join([f"### {catalog('report.main_tasks')}", *lines]) if lines else ""


def _figures(session: Session, catalog: Catalog) -> str:
    tokens = session.total_tokens.total
    if not session.tool_calls and not tokens:
        return ""
    return catalog(text("notices.figures", tools=session.tool_calls, files=len(session.files), tokens=short(tokens)))


def _name(session: Session, catalog: Catalog) -> str:
    return _cut(session.project or session.title, _MOST_NAME) or catalog("sessions.unnamed")


def _cut(words: str, room: int) -> str:
    words = one_line(words)
    return words if len(words) <= room else words[: room - 1].rstrip() + "…"


def _cut_text(words: str) -> str:
    words = words.strip()
    return words if len(words) <= _MOST_LAST else words[: _MOST_LAST - 1].rstrip() + "…"
