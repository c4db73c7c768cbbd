"""`history`: the newest messages and what became of them; `--resend ID` sends one again."""

import argparse
from collections.abc import Mapping
from typing import Any

from tray_app.adapters.paths import Paths
from tray_app.app.remote import Remote
from tray_app.cli.console import OK, Console
from tray_app.cli.receipts import masked_words, show_receipt
from tray_app.cli.times import clock_time
from tray_app.core.texts import text


def run(asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Show or resend."""
    remote = Remote.find(paths, console.words.language)
    if asked.resend:
        return show_receipt(remote.post("resend", {"id": asked.resend}), console)
    found = remote.get("history", limit=str(asked.limit))
    if console.as_json:
        console.give(found)
        return OK
    if not found["deliveries"]:
        console.say(text("cli.history_empty"))
    for row in found["deliveries"]:
        _show(row, console)
    return OK


def _show(row: Mapping[str, Any], console: Console) -> None:
    stage = console.words(f"cli.stage_{row['stage']}")
    console.say(f"{clock_time(row['created_ms'])}  {stage}  {row['robot'] or '-'}  {row['title']}  [{row['id']}]")
    if row["masked"]:
        console.say(f"    {console.words(masked_words(row['masked']))}")
    if row["reason"]:
        console.say(f"    {row['reason']}  {row['hint'] or ''}".rstrip())
