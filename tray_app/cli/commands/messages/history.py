"""`history`: messages and what became of them, searched or exported; `--resend ID` sends one again."""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.cli.console import OK, Console, Tone, clock_time, local_time
from tray_app.cli.escaped import visible
from tray_app.cli.receipts import show_receipt
from tray_app.cli.table import columns, terminal_width
from tray_app.core.approvals.answer import ID_CHARS
from tray_app.core.delivery.delivery import Stage
from tray_app.core.history import export as history_export
from tray_app.core.kernel.texts import text
from tray_app.core.menu.lines import MARKS

_USUAL = 20
_TONES = {
    Stage.SENT: Tone.GOOD,
    Stage.HELD: Tone.WAIT,
    Stage.QUEUED: Tone.WAIT,
    Stage.SENDING: Tone.WAIT,
    Stage.BLOCKED: Tone.SOFT,
    Stage.DISCARDED: Tone.SOFT,
    Stage.PERHAPS: Tone.BAD,
    Stage.FAILED: Tone.BAD,
    Stage.REFUSED: Tone.BAD,
    Stage.EXPIRED: Tone.BAD,
}
_PAGE = 500


def run(asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Show, export or resend."""
    remote = Remote.find(paths, console.words.language)
    if asked.resend:
        return show_receipt(remote.post("resend", {"id": asked.resend}), console)
    wanted = {"q": asked.search, "status": asked.status, "robot": asked.robot, "session": asked.session}
    query = {name: value for name, value in {**wanted, "since": asked.since}.items() if value}
    if asked.export:
        _export(asked.export, _rows(remote, query, most=asked.limit), console)
        return OK
    found = remote.get("history", limit=str(_USUAL if asked.limit is None else asked.limit), **query)
    if console.as_json:
        console.give({"deliveries": found["deliveries"]})
        return OK
    if not found["deliveries"]:
        console.say(text("history.none_found" if query else "cli.history_empty"))
    _show(found["deliveries"], console)
    return OK


def _rows(remote: Remote, query: Mapping[str, str], *, most: int | None) -> Iterator[dict[str, Any]]:
    """All rows with their messages, a page at a time: a long history need not fit into memory."""
    older: int | None = None
    given = 0
    while most is None or given < most:
        place = {} if older is None else {"before": str(older)}
        count = _PAGE if most is None else min(_PAGE, most - given)
        found = remote.get("history", limit=str(count), full="1", **query, **place)
        yield from found["deliveries"]
        given += len(found["deliveries"])
        older = found["older"]
        if older is None:
            return


def _export(form: str, rows: Iterator[dict[str, Any]], console: Console) -> None:
    if form == "csv":
        console.out.write(history_export.head().replace("\r\n", "\n"))
        for row in rows:
            console.out.write(history_export.line(row, local=local_time).replace("\r\n", "\n"))
        return
    lead = '{"deliveries": [\n'
    for row in rows:
        console.out.write(lead + json.dumps(row, ensure_ascii=False))
        lead = ",\n"
    console.out.write("\n]}\n" if lead.startswith(",") else '{"deliveries": []}\n')


def _show(rows: Sequence[Mapping[str, Any]], console: Console) -> None:
    """One line for each: when, what became of it in the pages' words, robot, title, the beginning of its id."""

    def paint(row: int, column: int, cell: str) -> str:
        return console.tinted(cell, _TONES[Stage(rows[row]["stage"])]) if column == 1 else cell

    cells = [
        (
            clock_time(row["created_ms"]),
            _outcome(row["stage"], console),
            row["robot"] or "-",
            row["title"],
            row["id"][:ID_CHARS],
        )
        for row in rows
    ]
    lines = columns(cells, room=terminal_width(console.out), whole=(0, 1, 4), paint=paint)
    for row, line in zip(rows, lines, strict=True):
        console.say(line)
        if row["reason"]:
            console.say(visible(f"    {row['reason']}  {row['hint'] or ''}".rstrip()))
        if row["said"] and row["reason"] and row["said"] not in row["reason"]:
            console.say("    " + console.words("history.said", said=visible(row["said"])))


def _outcome(stage: str, console: Console) -> str:
    """Say what became of it in the words and with the sign that the pages have."""
    return f"{MARKS[Stage(stage)]} {console.words(text(f'shell.stage_{stage}'))}"
