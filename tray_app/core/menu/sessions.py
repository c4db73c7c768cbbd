"""The sessions in one line each, as the tray shows them: project, what it does, how much; and the day's total."""

from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.kernel.words import LABEL_CHARS, fit
from tray_app.core.sessions.figures import dollars, duration, short
from tray_app.core.sessions.live_view import SessionView
from tray_app.core.sessions.place import named
from tray_app.core.sessions.session import SessionState
from tray_app.core.state.snapshot import Snapshot

_MINUTE_MS = 60_000
_ROOM, _WORKTREE_ROOM = 6, 24


def state_of(view: SessionView, *, now_ms: int) -> Text:
    """`working 12 min`, `waiting for permission`, `idle`. Whole minutes only: the line must not change every second."""
    match view.state:
        case SessionState.WORKING:
            whole = max(now_ms - view.since_ms, 0) // _MINUTE_MS * _MINUTE_MS if view.since_ms else 0
            return text("sessions.working", duration=duration(max(whole, _MINUTE_MS)))
        case SessionState.WAITING:
            permission = view.waiting_for == "permission"
            return text("sessions.waiting_permission" if permission else "sessions.waiting_input")
        case _:
            return text(f"sessions.{view.state.value}")


def line(view: SessionView, catalog: Catalog, *, now_ms: int) -> str:
    """`api · working 12 min · 38 tools · 182k tokens`; a long project gives way to what it does.

    Worktrees of one project are told apart by their names, which tokens give way to.
    """
    entry = "sessions.line_waiting" if view.state is SessionState.WAITING else "sessions.line"
    facts: dict[str, str | int | Text] = {
        "state": state_of(view, now_ms=now_ms),
        "tools": view.tools,
        "tokens": short(view.tokens),
    }
    room = LABEL_CHARS - len(catalog(Text(entry, {**facts, "project": ""})))
    least = _WORKTREE_ROOM if view.worktree else _ROOM
    return fit(catalog(Text(entry, {**facts, "project": name_of(view, catalog, room=max(room, least))})))


def name_of(view: SessionView, catalog: Catalog, *, room: int = LABEL_CHARS) -> str:
    """The project with its worktree, else the title."""
    return fit(named(view.project, view.worktree) or view.title or catalog("sessions.unnamed"), room)


def heading(snapshot: Snapshot) -> Text:
    """`Sessions (3, 1 waiting)`."""
    count = len(snapshot.sessions)
    waiting = sum(view.state is SessionState.WAITING for view in snapshot.sessions)
    if waiting:
        return text("sessions.menu_waiting", count=count, waiting=waiting)
    return text("sessions.menu_count", count=count) if count else text("sessions.menu")


def today(snapshot: Snapshot) -> Text:
    """`Today: 1.2M tokens · about $3.10 (estimate)`; an unknown price is said."""
    day = snapshot.today
    price = text("sessions.price_unknown") if day.micros is None else text("sessions.about", amount=dollars(day.micros))
    return text("sessions.today", tokens=short(day.tokens), cost=price)
