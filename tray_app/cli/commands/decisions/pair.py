"""`pair` and `unpair`: who may answer from the phone what waits for the owner."""

import argparse
from collections.abc import Mapping

from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.cli.console import OK, Console
from tray_app.core.kernel.texts import text

_MINUTE_MS = 60_000


def pair(_asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Make a one-time code, which the owner sends to the app robot from the phone."""
    offer = Remote.find(paths, console.words.language).post("phone/pair")
    if console.as_json:
        console.give(offer)
        return OK
    minutes = -(-offer["left_ms"] // _MINUTE_MS)
    console.say(text("phone.cli_code", code=offer["code"], minutes=minutes))
    return OK


def unpair(_asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Nobody can answer from a phone any more."""
    ended = Remote.find(paths, console.words.language).post("phone/unpair")
    if console.as_json:
        console.give(ended)
    else:
        console.say(text("phone.unpaired"))
    return OK
