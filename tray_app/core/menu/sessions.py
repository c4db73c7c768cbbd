"""The sessions in one line each, as the tray shows them: project, what it does, how much; and the day's total."""

from tray_app.core.kernel.charts import sparkline
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.kernel.words import LABEL_CHARS, fit
from tray_app.core.sessions.figures import dollars, duration, short
from tray_app.core.sessions.live.view import DayView, SessionView
from tray_app.core.sessions.place import named
from tray_app.core.sessions.session import SessionState
from tray_app.core.state.snapshot import Snapshot

_MINUTE_MS = 60_000
_ROOM, _WORKTREE_ROOM, _LEAST_TITLE, _BETWEEN = 18, 24, 8, " · "


def state_of(view: SessionView, *, now_ms: int) -> Text:
    """`working 12 min`, `waiting for permission`, `idle`. Whole minutes only: the line must not change every second."""
    match view.state:
        case SessionState.WORKING:
            whole = max(now_ms - view.since_ms, 0) // _MINUTE_MS * _MINUTE_MS if view.since_ms else 0
            return text("sessions.working", duration=duration(max(whole, _MINUTE_MS)))
        case SessionState.WAITING:
            permission = view.waiting_for == "permission"
            return text("sessions.state_waiting_permission" if permission else "sessions.state_waiting_input")
        case _:
            return text(f"sessions.state_{view.state.value}")


def line(view: SessionView, catalog: Catalog, *, now_ms: int, alone: bool = True) -> str:
    """`api (fix) · Refunds · 12 min · $3.10`, `! web · 4 min · asks: Bash ls`: name and title first, figures last.

    Where another session has the same name (not `alone`) the branch tells them apart. A title stands if there is room.
    """
    waits = view.state is SessionState.WAITING
    last = _asked(view) if waits else text("cli.verbatim", words=price(view.micros, catalog))
    entry = "sessions.line_waiting" if waits else "sessions.line"
    facts: dict[str, str | int | Text] = {"state": _lasting(view, now_ms=now_ms), "last": last}
    spent = len(catalog(Text(entry, {**facts, "name": ""})))
    least = _WORKTREE_ROOM if view.worktree or not alone else _ROOM
    name = name_of(view, catalog, room=max(LABEL_CHARS - spent, least), branch=not alone)
    rest = LABEL_CHARS - spent - len(name) - len(_BETWEEN)
    if view.title and view.title != name and rest >= _LEAST_TITLE:
        name = f"{name}{_BETWEEN}{fit(view.title, rest)}"
    return fit(catalog(Text(entry, {**facts, "name": name})))


def price(micros: int | None, catalog: Catalog) -> str:
    """`$3.10`, or that the price is unknown."""
    return catalog("sessions.price_unknown") if micros is None else dollars(micros)


def _asked(view: SessionView) -> Text:
    if view.asks:
        return text("sessions.asks", what=fit(view.asks))
    return text(
        "sessions.state_waiting_permission" if view.waiting_for == "permission" else "sessions.state_waiting_input"
    )


def _lasting(view: SessionView, *, now_ms: int) -> Text:
    """For how long it works or waits, in whole minutes: the line must not change every second. Else what it does."""
    if view.state not in {SessionState.WORKING, SessionState.WAITING}:
        return text(f"sessions.state_{view.state.value}")
    whole = max(now_ms - view.since_ms, 0) // _MINUTE_MS * _MINUTE_MS if view.since_ms else 0
    return duration(max(whole, _MINUTE_MS))


def name_of(view: SessionView, catalog: Catalog, *, room: int = LABEL_CHARS, branch: bool = False) -> str:
    """The project with its worktree (with its branch, where that is asked for and it has none), else the title."""
    beside = view.worktree or (view.branch if branch else "")
    return fit(named(view.project, beside) or view.title or catalog("sessions.unnamed"), room)


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
    return text("sessions.today", tokens=short(day.tokens), cost=day_cost(day))


def today_line(snapshot: Snapshot, catalog: Catalog, *, room: int = LABEL_CHARS) -> str:
    """The same with a small chart of the last seven days behind it, where that has room."""
    said = catalog(today(snapshot))
    drawn = f"{said} {sparkline(snapshot.week)}"
    return drawn if any(snapshot.week) and len(drawn) <= room else said


def day_cost(day: DayView) -> Text:
    """`about $3.10`, `at least $103.00` where some of it has no known price, and unknown where all of it has none."""
    if day.micros is not None:
        return text("sessions.about", amount=dollars(day.micros))
    return text("sessions.at_least", amount=dollars(day.priced)) if day.priced else text("sessions.price_unknown")
