"""`pause`, `resume`, `quit` and `restart`: a word to the running app, and the state that came of it."""

import argparse
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from tray_app.adapters.files.endpoint import Endpoint
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import AppNotRunning, Remote
from tray_app.app.client.start import answering, ensure_running
from tray_app.cli.commands.app.status import show_status
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


_RESTART_S = 30.0
_LOOK_S = 0.05


def restart(_asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Have the program that is installed now take the place of the running one."""
    remote = Remote.find(paths, console.words.language)
    before = remote.running
    try:
        remote.post("restart")
    except AppNotRunning:  # an older one knows no such word
        remote.post("quit")
        remote.wait_until_gone(_STOP_S)
        ensure_running(paths, environ, port=urlsplit(before.url).port, budget_s=_RESTART_S)
    deadline = time.monotonic() + _RESTART_S
    while time.monotonic() < deadline:
        now = answering(paths)
        if now is not None and now.control_token != before.control_token:
            return _say_restarted(now, console)
        time.sleep(_LOOK_S)
    return console.fail(text("restart.failed"), text("connect.no_answer_hint"))


def _say_restarted(now: Endpoint, console: Console) -> int:
    if console.as_json:
        console.give({"version": now.version, "url": now.url})
    else:
        console.say(text("restart.done", version=now.version, url=now.url))
    return OK
