"""`mcp-headers`: the header an MCP client must send to the running app, as Claude Code's `headersHelper` wants it."""

import argparse
import json
from collections.abc import Mapping

from tray_app.adapters.paths import Paths
from tray_app.app.remote import Remote
from tray_app.cli.console import OK, Console


def run(_asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Print the header. Its reader is a program, so there is nothing else on standard output."""
    remote = Remote.find(paths, console.words.language)
    remote.get("status")  # a killed app leaves its file behind: its token would be refused
    console.say(json.dumps({"Authorization": f"Bearer {remote.running.token.reveal()}"}))
    return OK
