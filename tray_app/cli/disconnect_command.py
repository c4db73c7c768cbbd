"""`disconnect`: takes back what `connect` has changed; what others changed since stays."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from tray_app.adapters.claude_code.connect import Scope
from tray_app.adapters.paths import Paths
from tray_app.app.connect import ClaudeCode
from tray_app.cli.connect_command import show_done, wanted
from tray_app.cli.console import Console


def run(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Disconnect."""
    connection = ClaudeCode.of(Scope(asked.scope), paths=paths, environ=environ, folder=Path.cwd()).connection
    plan = connection.plan_undo()
    if not plan.changes:
        return show_done(plan, [], console, said="connect.not_connected", dry=asked.dry_run)
    if not wanted(asked, plan, console):
        return show_done(plan, [], console, said="connect.nothing_done", dry=True)
    return show_done(plan, connection.disconnect(plan), console, said="connect.disconnected", dry=False)
