"""What a person is asked, as a notice says it: on one line, and below it what one line could not tell."""

from tray_app.core.kernel.invisible import with_marks
from tray_app.core.kernel.texts import Catalog, Text, TextArgument, text
from tray_app.core.kernel.words import rows
from tray_app.core.messages.literal import as_prose
from tray_app.core.messages.markdown import item, one_line
from tray_app.core.notices.rules import NoticeCause
from tray_app.core.sessions.session import Asks, CallKind, PendingCall, Session
from tray_app.core.sessions.tools import plain

MOST_NAME = 60
MOST_ASKED = 120
_MOST_DETAIL = 800
_MOST_DETAIL_LINES = 15


def asked(cause: NoticeCause, session: Session, *, room: int) -> Text:
    """Say it on one line; what the call is about has `room` characters, and lines that are left out are counted."""
    pending = _pending(cause, session)
    about = "" if pending is None else _first_line(pending, room)
    if pending is not None and pending.kind is CallKind.PLAN:
        return text("notices.asks_plan_about", about=about) if about else text("notices.asks_plan")
    if cause.asks != Asks.PERMISSION or (pending is not None and pending.kind is CallKind.QUESTION):
        return text("notices.asks_question", about=about) if about else text("notices.asks_input")
    if pending is None:
        return text("notices.asks_permission")
    tool = cut(plain(pending.tool), MOST_NAME)
    if not about:
        return text("notices.asks_tool", tool=tool)
    return text("notices.asks_run" if pending.runs else "notices.asks_tool_about", tool=tool, about=about)


def kind_of(cause: NoticeCause, session: Session) -> Text:
    """Say what kind of thing is asked, and nothing of what the agent wrote but the tool's name."""
    pending = _pending(cause, session)
    if pending is not None and pending.kind is CallKind.PLAN:
        return text("notices.asks_plan")
    if cause.asks != Asks.PERMISSION or (pending is not None and pending.kind is CallKind.QUESTION):
        return text("notices.asks_input")
    if pending is None:
        return text("notices.asks_permission")
    return text("notices.asks_tool", tool=cut(plain(pending.tool), MOST_NAME))


def detail(cause: NoticeCause, session: Session, catalog: Catalog) -> str:
    """Markdown: a command of several lines or a long one, the first lines of a plan, the options of a question."""
    pending = _pending(cause, session)
    lines = [] if pending is None else _untold(pending)
    if pending is None or not lines:
        return ""
    shown: list[str] = []
    room, cut_off = _MOST_DETAIL, 0
    for line in lines[:_MOST_DETAIL_LINES]:
        if room <= 0:
            break
        shown.append(line if len(line) <= room else line[: room - 1] + "…")
        cut_off += rows(line[room - 1 :]) if len(line) > room else 0
        room -= len(line)
    rest = len(lines) - len(shown) + cut_off + pending.more
    return as_prose("\n".join(shown)) + ("\n" + catalog(_counted("…", rest)) if rest else "")


def cut(words: str, room: int) -> str:
    """Bring words onto one line of at most `room` characters; "…" stands for the rest."""
    words = one_line(words)
    return words if len(words) <= room else words[: room - 1].rstrip() + "…"


def _pending(cause: NoticeCause, session: Session) -> PendingCall | None:
    """The call that waits; none where the turn is over."""
    return session.pending[-1] if session.pending and not cause.idle else None


def _first_line(pending: PendingCall, room: int) -> TextArgument:
    first, *others = with_marks(pending.about).split("\n")
    if pending.kind is not CallKind.CALL:
        return cut(item(first), room)  # that more follows is plain
    rest = len(others) + pending.more
    return _counted(cut(first, room), rest) if rest else cut(first, room)


def _untold(pending: PendingCall) -> list[str]:
    """All lines of what one line did not tell whole; a question stands there, its options do not."""
    lines = with_marks(pending.about).split("\n")
    whole = len(lines[0]) <= MOST_ASKED
    if pending.kind is CallKind.QUESTION and whole:
        return lines[1:]
    return [] if whole and len(lines) == 1 else lines


def _counted(first: str, count: int) -> Text:
    return text("notices.one_more_line" if count == 1 else "notices.more_lines", first=first, count=count)
