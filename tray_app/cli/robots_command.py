"""`robots`: which groups the app can reach; test one, make it the default one, remove it."""

import argparse
import asyncio
from collections.abc import Mapping
from typing import Any

from tray_app.adapters.paths import Paths
from tray_app.cli.console import DID_NOT_HAPPEN, OK, Console
from tray_app.cli.offline import Offline
from tray_app.cli.receipts import show_receipt
from tray_app.app.remote import AppNotRunning, Remote
from tray_app.core.texts import text


def run(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """List, test, choose or remove. All but the test work without a running app too."""
    if asked.test:
        receipt = Remote.find(paths, console.words.language).post("test", {"robot": asked.test})
        show_receipt(receipt, console)
        return OK if receipt["status"] in {"sent", "queued"} else DID_NOT_HAPPEN
    offline = Offline(paths, environ)
    if asked.remove:
        asyncio.run(offline.remove(asked.remove))
        console.say(text("cli.robot_removed", robot=asked.remove))
    elif asked.default:
        asyncio.run(offline.set_default(asked.default))
        console.say(text("cli.robot_default", robot=asked.default))
    else:
        _show(asyncio.run(offline.robots()), console)
        return OK
    _tell_running(paths, console)
    return OK


def _show(robots: list[dict[str, Any]], console: Console) -> None:
    if console.as_json:
        console.give({"robots": robots})
        return
    if not robots:
        console.say(text("credentials.no_robot"))
        console.say(text("credentials.set_up_hint"))
    for robot in robots:
        mark = "*" if robot["default"] else " "
        state = console.words("cli.robot_ready" if robot["ready"] else "cli.robot_not_ready")
        keywords = "、".join(robot["keywords"]) or "-"
        console.say(f"{mark} {robot['name']}  {robot['host']}  {robot['origin']}  {keywords}  {state}")


def _tell_running(paths: Paths, console: Console) -> None:
    """A running app reads settings and keyring anew; without one there is nobody to tell."""
    try:
        Remote.find(paths, console.words.language).post("reload")
    except AppNotRunning:
        return
