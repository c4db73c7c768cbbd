"""`completion SHELL`: the script by which bash, zsh or fish completes commands, options and their words."""

import argparse
from collections.abc import Mapping

from tray_app import __version__
from tray_app.adapters.system.paths import Paths
from tray_app.cli.console import OK, Console
from tray_app.cli.parser import build_parser


def run(asked: argparse.Namespace, console: Console, _paths: Paths, _environ: Mapping[str, str]) -> int:
    """Print it, as the parser is; what options are for is said in the reader's language."""
    import shtab

    console.say(str(shtab.complete(build_parser(console.words, version=__version__), asked.shell)).rstrip())
    return OK
