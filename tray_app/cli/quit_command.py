"""`quit`: stop the running app."""

import argparse
from collections.abc import Mapping

from tray_app.adapters.paths import Paths
from tray_app.cli.console import OK, Console
from tray_app.app.remote import Remote
from tray_app.core.texts import text


def run(_asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Ask it to stop."""
    Remote.find(paths, console.words.language).post("quit")
    console.say(text("cli.stopping"))
    return OK
