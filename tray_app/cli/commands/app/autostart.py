"""`autostart`: start at login, by an entry of the desktop or, without one, by a unit of systemd."""

import argparse
import sys
from collections.abc import Mapping

from tray_app.adapters.autostart.entry import entry_of
from tray_app.adapters.autostart.systemd import UserUnit
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import AppNotRunning, Remote
from tray_app.app.program.started_by import login_command
from tray_app.cli.console import OK, Console, WrongUsage
from tray_app.core.kernel.texts import text
from tray_app.core.state.login import LoginStart
from tray_app.services.owner.start_at_login import cannot_switch


def run(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Switch it, and say how it stands; a running app hears of it."""
    verb = asked.verb or ("on" if asked.headless else "status")
    if asked.headless:
        return _unit(verb, console, environ)
    entry = entry_of(environ)
    try:
        if verb == "on":
            entry.switch_on(login_command(environ))
        elif verb == "off":
            entry.switch_off()
            _unit_of(environ).switch_off()
        state = entry.look()
    except OSError as error:
        raise cannot_switch(entry.place, error) from error
    if verb != "status":
        _tell(paths, console)
    if console.as_json:
        console.give(
            {"state": state.value, "place": entry.place, "command": entry.command, "unit": _unit_of(environ).is_on()}
        )
        return OK
    console.say(text(f"autostart.state_{state.value}", place=entry.place))
    if state is LoginStart.ON:
        console.say(text("autostart.command", command=entry.command))
    if _unit_of(environ).is_on():
        console.say(text("autostart.unit_on", place=str(_unit_of(environ).path)))
    return OK


def _unit(verb: str, console: Console, environ: Mapping[str, str]) -> int:
    if sys.platform != "linux":
        raise WrongUsage(text("autostart.no_systemd"), text("autostart.no_systemd_hint"))
    unit = _unit_of(environ)
    known = True
    try:
        if verb == "on":
            known = unit.switch_on(login_command(environ, headless=True))
        elif verb == "off":
            unit.switch_off()
    except OSError as error:
        raise cannot_switch(str(unit.path), error) from error
    is_on = unit.is_on()
    if console.as_json:
        console.give({"state": "on" if is_on else "off", "place": str(unit.path)})
        return OK
    console.say(text(f"autostart.unit_{'on' if is_on else 'off'}", place=str(unit.path)))
    if verb == "on":
        console.say(text("autostart.unit_start" if known else "autostart.unit_later"))
        console.say(text("autostart.unit_linger"))
    return OK


def _unit_of(environ: Mapping[str, str]) -> UserUnit:
    return UserUnit.of(environ)


def _tell(paths: Paths, console: Console) -> None:
    try:
        Remote.find(paths, console.words.language).post("reload")
    except AppNotRunning:
        return
