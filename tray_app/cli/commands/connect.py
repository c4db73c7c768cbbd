"""`connect` and `disconnect`: what will change in Claude Code's settings is shown, then done; or it is checked."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from tray_app.adapters.claude_code.connect.connection import Plan
from tray_app.adapters.claude_code.connect.entries import ConnectScope
from tray_app.adapters.system.paths import Paths
from tray_app.app.agents.claude_code.agent import CLAUDE_CODE
from tray_app.app.agents.claude_code.connect import Checked, ClaudeCode
from tray_app.cli.console import DID_NOT_HAPPEN, OK, Console, agrees
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text


def connect(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Connect, or check with `--check`."""
    claude = ClaudeCode.of(ConnectScope(asked.scope), paths=paths, environ=environ, folder=Path.cwd())
    if asked.check:
        return _show_check(claude.check(), console)
    if (detour := claude.detour()) is not None:
        console.note(detour.reason)
        console.note(detour.hint)
    plan = claude.plan()
    if not plan.changes:
        return show_done(plan, [], console, said="connect.already", dry=asked.dry_run)
    if not wanted(asked, plan, console):
        return show_done(plan, [], console, said="connect.nothing_done", dry=True)
    backups = claude.connection.connect(plan, claude.wiring)
    return show_done(plan, backups, console, said="connect.connected", dry=False)


def wanted(asked: argparse.Namespace, plan: Plan, console: Console) -> bool:
    """Show the plan and have it agreed to; `--yes` agrees, `--dry-run` does not. Raises TrayAppError: nobody to ask."""
    if not console.as_json:
        for change in plan.changes:
            console.say(str(change.path))
            for line in change.lines():
                console.say(f"  {line}")
        if plan.by_client is not None:
            console.say(text("connect.by_client", program=str(plan.by_client.program)))
    if asked.dry_run:
        return False
    if asked.yes:
        return True
    if not console.interactive:
        raise TrayAppError(text("connect.nobody_asked"), text("connect.nobody_asked_hint"))
    return agrees(text("connect.ask"), console)


def show_done(plan: Plan, backups: list[Path], console: Console, *, said: str, dry: bool) -> int:
    """Say what was changed, or that nothing was."""
    if console.as_json:
        files = [{"path": str(change.path), "changes": change.lines()} for change in plan.changes]
        done = bool(plan.changes) and not dry
        console.give({"changed": done, "files": files, "backups": [str(backup) for backup in backups]})
        return OK
    console.say(text(said, agent=CLAUDE_CODE.title))
    for backup in backups:
        console.say(text("connect.backup", path=str(backup)))
    return OK


def _show_check(checked: Checked, console: Console) -> int:
    if console.as_json:
        console.give(
            {
                "ok": checked.well,
                "client": None if checked.client is None else str(checked.client),
                "status": None if checked.reach is None else checked.reach.value,
                "said": checked.said,
                "tools": list(checked.tools),
                "detour": None if checked.detour is None else console.words(checked.detour.reason),
            }
        )
        return OK if checked.well else DID_NOT_HAPPEN
    for words in checked.words():
        console.say(words)
    if not checked.well:
        console.note(text("connect.check_hint"))
    return OK if checked.well else DID_NOT_HAPPEN


def disconnect(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Disconnect."""
    connection = ClaudeCode.of(ConnectScope(asked.scope), paths=paths, environ=environ, folder=Path.cwd()).connection
    plan = connection.plan_undo()
    if not plan.changes:
        return show_done(plan, [], console, said="connect.not_connected", dry=asked.dry_run)
    if not wanted(asked, plan, console):
        return show_done(plan, [], console, said="connect.nothing_done", dry=True)
    return show_done(plan, connection.disconnect(plan), console, said="connect.disconnected", dry=False)
