"""`resume`: let messages out again."""

import argparse
from collections.abc import Mapping

from tray_app.adapters.paths import Paths
from tray_app.app.remote import Remote
from tray_app.cli.console import OK, Console
from tray_app.cli.status_command import show_status


def run(_asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Resume, and show the state that came of it."""
    show_status(Remote.find(paths, console.words.language).post("resume"), console)
    return OK
