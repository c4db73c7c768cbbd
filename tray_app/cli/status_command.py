"""`status`: how the app is, in a few lines or as JSON."""

import argparse
from collections.abc import Mapping
from typing import Any

from tray_app.adapters.paths import Paths
from tray_app.app.remote import Remote
from tray_app.cli.console import OK, Console
from tray_app.cli.times import clock_time


def run(_asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Show the running app's state."""
    show_status(Remote.find(paths, console.words.language).get("status"), console)
    return OK


def show_status(state: Mapping[str, Any], console: Console) -> None:
    """Print a snapshot of the control API."""
    if console.as_json:
        console.give(state)
        return
    words = console.words
    console.say(words("cli.status_endpoint", url=state["url"], state=words(f"cli.endpoint_{state['endpoint']}")))
    console.say(_pause(state, console))
    for robot in state["robots"]:
        entry = "cli.status_robot" if robot["ready"] else "cli.status_robot_not_ready"
        facts = {name: robot[name] for name in ("name", "host", "minute_used", "minute_max", "month_used", "month_cap")}
        console.say(words(entry, **facts))
    if state["queued"]:
        console.say(words("cli.status_queued", count=state["queued"]))
    for problem in state["problems"]:
        console.say(f"! {problem['reason']}")
        console.say(f"  {problem['hint']}")


def _pause(state: Mapping[str, Any], console: Console) -> str:
    pause = state["pause"]
    if pause is None:
        return console.words("cli.status_not_paused")
    if pause["until_ms"] is None:
        return console.words("cli.status_paused_open", blocked=pause["blocked"])
    return console.words("cli.status_paused", until=clock_time(pause["until_ms"]), blocked=pause["blocked"])
