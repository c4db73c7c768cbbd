"""`pause`, `resume` and `quit`: a word to the running app, and the state that came of it."""

import argparse
from collections.abc import Mapping

from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.cli.commands.status import show_status
from tray_app.cli.console import OK, Console, WrongUsage
from tray_app.core.delivery.pause import NoLength, PauseFor, read_length
from tray_app.core.kernel.texts import text


def pause(asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Pause, and show the state that came of it. Raises WrongUsage where it is no length."""
    length = " ".join(asked.length)
    try:
        read_length(length or PauseFor.OPEN)
    except NoLength:
        raise WrongUsage(text("cli.no_length"), text("cli.no_length_hint")) from None
    show_status(Remote.find(paths, console.words.language).post("pause", {"length": length}), console)
    return OK


def resume(_asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Resume, and show the state that came of it."""
    show_status(Remote.find(paths, console.words.language).post("resume"), console)
    return OK


_STOP_S = 10.0


def quit_app(_asked: argparse.Namespace, console: Console, paths: Paths, _environ: Mapping[str, str]) -> int:
    """Ask it to stop. Afterwards a new one can be started at once."""
    remote = Remote.find(paths, console.words.language)
    remote.post("quit")
    if not remote.wait_until_gone(_STOP_S):
        return console.fail(text("cli.still_stopping"), text("cli.still_stopping_hint", pid=remote.running.pid))
    if console.as_json:
        console.give({"stopped": True})
    else:
        console.say(text("cli.stopped"))
    return OK
