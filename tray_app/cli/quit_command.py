"""`quit`: stop the running app, and wait until it is gone."""

import argparse
from collections.abc import Mapping

from tray_app.adapters.paths import Paths
from tray_app.app.remote import Remote
from tray_app.cli.console import OK, Console
from tray_app.core.texts import text

_STOP_S = 10.0


def run(_asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Ask it to stop. Afterwards a new one can be started at once."""
    remote = Remote.find(paths, console.words.language)
    remote.post("quit")
    if not remote.wait_until_gone(_STOP_S):
        return console.fail(text("cli.still_stopping"), text("cli.still_stopping_hint", pid=remote.running.pid))
    if console.as_json:
        console.give({"stopped": True})
    else:
        console.say(text("cli.stopped"))
    return OK
