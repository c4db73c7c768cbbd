"""`clients`: who may call the endpoint; let one in, out, or give it another token."""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.cli.console import OK, Console, WrongUsage, clock_time
from tray_app.cli.table import columns
from tray_app.core.kernel.texts import Text, text


def run(asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Ask the running app, and show what it says."""
    if asked.verb != "list" and asked.name is None:
        raise WrongUsage(text("clients.which"), text("clients.which_hint", verb=asked.verb))
    if asked.verb == "list" and asked.name is not None:
        raise WrongUsage(text("clients.no_name"), text("clients.no_name_hint"))
    remote = Remote.find(paths, console.words.language)
    listing = asked.verb == "list"
    found = remote.get("clients") if listing else remote.post(f"clients/{asked.verb}", {"name": asked.name})
    if console.as_json:
        console.give(found)
    else:
        _SHOWN[asked.verb](found, console)
    return OK


def _list(found: Mapping[str, Any], console: Console) -> None:
    clients = found["clients"]
    cells = [tuple(map(console.words, _cells(client))) for client in clients]
    for client, line in zip(clients, columns(cells, room=None), strict=True):
        console.say(line)
        if any(client["decisions"].values()):
            console.say(text("clients.decisions", **client["decisions"]))


def _cells(client: Mapping[str, Any]) -> tuple[Text, ...]:
    seen = text("clients.never") if client["seen_ms"] is None else clock_time(client["seen_ms"])
    return (
        text("cli.verbatim", words=client["name"]),
        text(f"clients.origin_{client['origin']}"),
        text("clients.created", at=clock_time(client["created_ms"])),
        text("clients.seen", at=seen),
        text("clients.calls", count=client["calls"]),
    )


def _added(found: Mapping[str, Any], console: Console) -> None:
    console.say(text("clients.added", name=found["name"]))
    _token(found, console)


def _rotated(found: Mapping[str, Any], console: Console) -> None:
    if found["token"] is None:
        console.say(text("clients.rotated_built_in", name=found["name"]))
    else:
        console.say(text("clients.rotated", name=found["name"]))
        _token(found, console)


def _revoked(found: Mapping[str, Any], console: Console) -> None:
    entry = "clients.rotated_built_in" if found["rotated"] else "clients.revoked"
    console.say(text(entry, name=found["name"]))


def _token(found: Mapping[str, Any], console: Console) -> None:
    console.say(f"\n  {found['token']}\n")
    console.say(text("clients.use", url=found["url"]))


_SHOWN: dict[str, Callable[[Mapping[str, Any], Console], None]] = {
    "list": _list,
    "add": _added,
    "rotate": _rotated,
    "revoke": _revoked,
}
