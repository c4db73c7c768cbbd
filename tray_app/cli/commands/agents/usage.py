"""`usage`: what agents used, added up by project, model or day; each week apart with `--week`."""

import argparse
from collections.abc import Mapping

from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.cli.console import OK, Console, Tone
from tray_app.cli.table import columns, terminal_width
from tray_app.core.kernel.texts import text
from tray_app.core.sessions.usage import words as usage_words
from tray_app.core.sessions.usage.usage import UsageBy


def run(asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Ask the running app, and show or export what it says."""
    remote = Remote.find(paths, console.words.language)
    wanted = {"days": asked.days, "from": asked.since, "to": asked.until, "project": asked.project}
    query = {name: value for name, value in wanted.items() if value}
    found = remote.get("usage", by=asked.by, weekly="1" if asked.week else "0", **query)
    if asked.export:
        console.out.write(usage_words.as_csv(found).replace("\r\n", "\n"))
    elif console.as_json:
        console.give(found)
    else:
        _show(found, console)
    return OK


def _show(found: Mapping[str, object], console: Console) -> None:
    console.say(text("usage.range", since=str(found["since"]), until=str(found["until"])))
    if not found["rows"]:
        console.say(text("usage.empty"))
        return
    said = usage_words.said(found, console.words)
    names = len(said.head) - said.figures
    rows = [said.head, *said.rows, said.total]

    def paint(row: int, _column: int, cell: str) -> str:
        return console.tinted(cell, Tone.STRONG) if row in {0, len(rows) - 1} else cell

    days = range(names if found["by"] == UsageBy.DAY else names - 1)
    right = range(names, len(said.head))
    for line in columns(rows, room=terminal_width(console.out), right=right, whole=days, paint=paint):
        console.say(line)
    models = found["unpriced_models"]
    if isinstance(models, list) and models:
        console.say(text("usage.unpriced", models=", ".join(map(str, models))))
