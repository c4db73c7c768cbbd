"""`status`: how the app is, in a few lines or as JSON."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from tray_app import __version__
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.cli.console import OK, Console, Tone, clock_time
from tray_app.cli.escaped import visible
from tray_app.cli.headline import headline
from tray_app.cli.table import columns, terminal_width
from tray_app.core.kernel.texts import text
from tray_app.core.kernel.words import fit, short_name
from tray_app.core.policy.model import Mode, Stance
from tray_app.core.policy.summary import stances
from tray_app.core.state.problems import ProblemKind

_SENDERS = ("send_", "notify_")


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
    console.say(console.tinted(_pause(state, console), Tone.WAIT) if state["pause"] else _pause(state, console))
    for robot in state["robots"]:
        entry = "cli.status_robot" if robot["ready"] else "cli.status_robot_not_ready"
        facts = {name: robot[name] for name in ("name", "host", "minute_used", "minute_max", "month_used", "month_cap")}
        console.say(words(entry, **facts))
        for until_ms, reason in (
            (robot["limited_until_ms"], robot["limit_reason"]),
            (robot["waits_until_ms"], robot["wait_reason"]),
        ):
            if until_ms is not None:
                console.say(words("cli.status_waits", time=clock_time(until_ms), reason=reason))
    if state["queued"]:
        console.say(words("cli.status_queued", count=state["queued"]))
    _show_phone(state, console)
    _show_questions(state, console)
    _show_waiting(state, console)
    _show_policy(state, console)
    restarts = any(problem["kind"] == ProblemKind.RESTART for problem in state["problems"])
    if state["version"] != __version__ and not restarts:
        console.say("! " + words("restart.other", version=__version__, running=state["version"]))
    for problem in state["problems"]:
        console.say(console.tinted(f"! {problem['reason']}", Tone.BAD))
        console.say(f"  {problem['hint']}")


def _show_waiting(state: Mapping[str, Any], console: Console) -> None:
    if state["waiting"]:
        console.say(text("waiting.cli_status", count=len(state["waiting"])))
    for line in columns([headline(view, console) for view in state["waiting"]], room=_room(console)):
        console.say(f"  {line}")


def _show_phone(state: Mapping[str, Any], console: Console) -> None:
    """How the app robot stands, where there is one."""
    phone = state.get("phone")  # an older app that still runs knows none
    if phone:
        console.say(text(f"phone.menu_{phone['hears']}" if phone["paired"] else "phone.cli_unpaired"))


def _show_questions(state: Mapping[str, Any], console: Console) -> None:
    if state["questions"]:
        console.say(text("questions.cli_status", count=len(state["questions"])))
    cells = [(one["id"][:8], one["project"] or "-", one["tool"], fit(one["said"], 80)) for one in state["questions"]]
    for line in columns(cells, room=_room(console)):
        console.say(f"  {line}")


def _room(console: Console) -> int | None:
    """How wide a line below a heading may be."""
    room = terminal_width(console.out)
    return None if room is None else room - 2


def _show_policy(state: Mapping[str, Any], console: Console) -> None:
    """In short: how it stands, the owner's exception, the last refused call."""
    policy, words = state["policy"], console.words
    faulty = any(problem["kind"] == ProblemKind.POLICY for problem in state["problems"])
    file = words(f"policy_menu.file_{'faulty' if faulty else 'ok' if policy['from_file'] else 'none'}")
    parts = [file, *map(words, stances((Stance(tool["stance"]), tool["hidden"]) for tool in policy["tools"]))]
    if policy["mode"] == Mode.OBSERVE:
        parts = [words(text("policy_menu.observe", file=file))]
    until_ms = policy["everything_until_ms"]
    if until_ms is not None:
        parts.append(words(text("policy_menu.everything", time=clock_time(until_ms))))
    may = text(f"waiting.cli_{_may_send(policy['tools'])}")
    console.say(text("waiting.cli_policy", line=" · ".join((words(may), *parts))))
    refused = policy["last_refusal"]
    if refused is not None:
        tool, client = short_name(refused["tool"]), fit(refused["client"]) or "-"
        said = text(
            "waiting.cli_refusal", time=clock_time(refused["at_ms"]), tool=tool, client=client, rule=refused["rule"]
        )
        console.say(said)
        if refused["reason"]:
            console.say(f"  {visible(refused['reason'])}")


def _may_send(tools: Sequence[Mapping[str, Any]]) -> str:
    """Whether agents may send by themselves, with the owner's approval, or not at all."""
    found = {tool["stance"] for tool in tools if not tool["hidden"] and short_name(tool["name"]).startswith(_SENDERS)}
    return "may_send" if Stance.ALLOW in found else "may_ask" if Stance.ASK in found else "may_not"


def _pause(state: Mapping[str, Any], console: Console) -> str:
    pause = state["pause"]
    if pause is None:
        return console.words("cli.status_not_paused")
    if pause["until_ms"] is None:
        return console.words("cli.status_paused_open", blocked=pause["blocked"])
    return console.words("cli.status_paused", until=clock_time(pause["until_ms"]), blocked=pause["blocked"])
