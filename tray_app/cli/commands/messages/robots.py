"""`robots`: which groups the app can reach; test one, make it the default one, remove it."""

import argparse
from collections.abc import Mapping, Sequence

from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.cli.console import DID_NOT_HAPPEN, OK, Console, Tone
from tray_app.cli.offline import Offline, tell_running
from tray_app.cli.receipts import show_receipt
from tray_app.cli.table import columns, terminal_width
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.texts import Text, text
from tray_app.core.state.problems import ProblemKind
from tray_app.services.ports import RobotFacts

_STATE = 4  # the column
_NOTHING_LEAVES = frozenset({ProblemKind.NETWORK, ProblemKind.SERVICE})


def run(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """List, test, choose or remove. All but the test work without a running app too."""
    if asked.test is not None:
        return _test(Remote.find(paths, console.words.language), asked.test, console)
    offline = Offline(paths, environ)
    if asked.remove is not None:
        offline.remove(asked.remove)
        return _changed(text("cli.robot_removed", robot=asked.remove), {"removed": asked.remove}, console, paths)
    if asked.default is not None:
        offline.set_default(asked.default)
        return _changed(text("cli.robot_default", robot=asked.default), {"default": asked.default}, console, paths)
    _show(offline.look().robots, console)
    return OK


def _test(remote: Remote, robot: str, console: Console) -> int:
    """Send the test; one that waits for the owner to mend something has not happened."""
    receipt = remote.post("test", {"robot": robot})
    if receipt["status"] == Status.SENT and not console.as_json and _is_personal(remote, receipt["robot"]):
        console.say(text("app_robot.test_sent"))
        return OK
    code = show_receipt(receipt, console)
    waits = receipt["status"] == Status.QUEUED
    if waits and any(problem["kind"] in _NOTHING_LEAVES for problem in remote.get("status")["problems"]):
        return DID_NOT_HAPPEN
    return code


def _is_personal(remote: Remote, robot: str) -> bool:
    return any(one["name"] == robot and one["paired"] is not None for one in remote.get("status")["robots"])


def _changed(said: Text, data: Mapping[str, str], console: Console, paths: Paths) -> int:
    tell_running(paths, console)
    if console.as_json:
        console.give(data)
    else:
        console.say(said)
    return OK


def _show(robots: Sequence[RobotFacts], console: Console) -> None:
    if console.as_json:
        console.give({"robots": [_plain(facts) for facts in robots]})
        return
    if not robots:
        console.say(text("credentials.no_robot"))
        console.say(text("credentials.set_up_hint"))

    def paint(row: int, column: int, cell: str) -> str:
        return console.tinted(cell, Tone.GOOD if robots[row].ready else Tone.BAD) if column == _STATE else cell

    cells = [_cells(facts, console) for facts in robots]
    for line in columns(cells, room=terminal_width(console.out), whole=(0, _STATE), paint=paint):
        console.say(line)


def _cells(facts: RobotFacts, console: Console) -> tuple[str, ...]:
    name = f"{'*' if facts.default else ' '} {facts.name}"
    state = console.words("cli.robot_ready" if facts.ready else "cli.robot_not_ready")
    keywords = "、".join(facts.keywords) or "-"
    if facts.paired is not None:
        keywords = console.words("app_robot.kind")
        if facts.ready and not facts.paired:
            state = console.words("app_robot.unpaired")
    return name, facts.host, facts.origin.value, keywords, state


def _plain(facts: RobotFacts) -> dict[str, object]:
    return {
        "name": facts.name,
        "channel": facts.channel,
        "host": facts.host,
        "origin": facts.origin.value,
        "default": facts.default,
        "ready": facts.ready,
        "signed": facts.signed,
        "keywords": list(facts.keywords),
        "paired": facts.paired,
    }
