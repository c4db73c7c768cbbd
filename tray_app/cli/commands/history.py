"""`history`: messages and what became of them, searched or exported; `--resend ID` sends one again."""

import argparse
import json
from collections.abc import Iterator, Mapping
from typing import Any

from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.cli.console import OK, Console, clock_time, local_time
from tray_app.cli.escaped import visible
from tray_app.cli.receipts import show_receipt
from tray_app.core.history import export as history_export
from tray_app.core.kernel.texts import text

_USUAL = 20
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
    for row in found["deliveries"]:
        _show(row, console)
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


def _show(row: Mapping[str, Any], console: Console) -> None:
    stage = console.words(f"cli.stage_{row['stage']}")
    console.say(
        f"{clock_time(row['created_ms'])}  {stage}  {row['robot'] or '-'}  {visible(row['title'])}  [{row['id']}]"
    )
    if row["reason"]:
        console.say(visible(f"    {row['reason']}  {row['hint'] or ''}".rstrip()))
    if row["said"] and row["reason"] and row["said"] not in row["reason"]:
        console.say("    " + console.words("history.said", said=visible(row["said"])))
