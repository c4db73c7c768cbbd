"""`sessions`: what coding agents do now and what they have used; `--all` past ones too, `--watch` until Ctrl+C."""

import argparse
import time
from collections.abc import Mapping
from typing import Any

from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.cli.console import OK, Console, Tone, clock_time
from tray_app.cli.table import columns, terminal_width
from tray_app.core.approvals.answer import ID_CHARS
from tray_app.core.kernel.texts import Text, text
from tray_app.core.sessions.figures import dollars, duration, short
from tray_app.core.sessions.place import named

_LOOK_S = 1.0
_MICROS = 1_000_000
_TONES = {"waiting": Tone.WAIT, "working": Tone.GOOD}
_CLEAR = "\x1b[2J\x1b[H"


def run(asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Show sessions, once or again whenever they change."""
    remote = Remote.find(paths, console.words.language)
    query = {"limit": str(asked.limit), **({"all": "1"} if asked.all else {})}
    shown: object = None
    while True:
        found = remote.get("sessions", **query)
        if found != shown:
            shown = found
            if asked.watch and console.out.isatty():
                console.out.write(_CLEAR)
            _show(found, console)
            console.out.flush()
        if not asked.watch:
            return OK
        time.sleep(_LOOK_S)


def _show(found: Mapping[str, Any], console: Console) -> None:
    if console.as_json:
        console.give(found)
        return
    if not found["sessions"]:
        console.say(text("sessions.none"))
    sessions = found["sessions"]

    def paint(row: int, column: int, cell: str) -> str:
        return console.tinted(cell, _TONES.get(sessions[row]["state"], Tone.SOFT)) if column == 1 else cell

    cells = [_cells(session, console) for session in sessions]
    lines = columns(cells, room=terminal_width(console.out), whole=(0, 1, 4), paint=paint)
    for session, line in zip(sessions, lines, strict=True):
        console.say(line)
        console.say(_figures(session))


def _cells(session: Mapping[str, Any], console: Console) -> tuple[str, ...]:
    """When it was heard of, what it does in the pages' words, whose it is, what about, the beginning of its id."""
    name = named(session["project"], session.get("worktree", "")) or session["title"] or session["session_id"]
    branch = f" ({session['branch']})" if session["branch"] else ""
    state = f"waiting_{session['waiting_for']}" if session["waiting_for"] else session["state"]
    said = console.words(text(f"sessions.state_{state}"))
    return clock_time(session["last_ms"]), said, name + branch, session["title"], session["session_id"][:ID_CHARS]


def _figures(session: Mapping[str, Any]) -> Text:
    lasted = session["last_ms"] - session["started_ms"] if session["started_ms"] else 0
    return text(
        "cli.session_figures",
        duration=duration(lasted),
        tools=session["tool_calls"],
        files=session["files"],
        added=session["lines_added"],
        removed=session["lines_removed"],
        tokens=short(session["tokens"]["total"]),
        cost=_cost(session),
        sent=session["messages_sent"],
    )


def _cost(session: Mapping[str, Any]) -> Text:
    cost = session["cost_usd"]
    if cost is None:
        return text("sessions.price_unknown")
    entry = "sessions.cost_by_client" if session["cost_by_client"] else "sessions.cost_estimate"
    return text(entry, amount=dollars(round(cost * _MICROS)))
