"""`uninstall`: everything that the app has put into the computer is shown, then taken out; settings and data stay."""

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tray_app.adapters.autostart.entry import entry_of
from tray_app.adapters.autostart.systemd import UserUnit
from tray_app.adapters.system.paths import APP_NAME, Paths
from tray_app.app.agents import CONNECTABLE
from tray_app.app.agents.agent import Connectable, Connector
from tray_app.app.client.remote import AppNotRunning, Remote
from tray_app.cli.console import DID_NOT_HAPPEN, OK, Console, agrees
from tray_app.cli.offline import Offline
from tray_app.core.kernel.errors import InvalidSettings, TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.state.login import LoginStart
from tray_app.whole_files import remove_empty

_STOP_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is taken out, in words, and the work; `lines` say it in detail. The work raises TrayAppError or OSError.

    `late`: only where all before it worked. A running app needs its files; another try, what they tell.
    """

    said: Text
    undo: Callable[[], object]
    lines: tuple[str, ...] = ()
    late: bool = False


def run(asked: argparse.Namespace, console: Console, paths: Paths, environ: Mapping[str, str]) -> int:
    """Show, ask, undo; each step but the late ones is tried, whatever came of others. 1 where one did not work."""
    steps = list(_steps(paths, environ, console, data=asked.data))
    if not console.as_json:
        for step in steps:
            console.say(step.said)
            for line in step.lines:
                console.say(f"  {line}")
    said = [console.words(step.said) for step in steps]
    if not steps or asked.dry_run or not (asked.yes or _agreed(console)):
        return _tell(console, said, [], text("uninstall.nothing" if not steps else "connect.nothing_done"), done=False)
    failed = _undo(steps, console)
    kept = "uninstall.partly" if failed else "uninstall.done_data" if asked.data else "uninstall.done"
    where = text(kept, config=str(paths.config), data=str(paths.data))
    return _tell(console, said, failed, where, done=True)


def _agreed(console: Console) -> bool:
    if not console.interactive:
        raise TrayAppError(text("connect.nobody_asked"), text("connect.nobody_asked_hint"))
    return agrees(text("uninstall.ask"), console)


def _undo(steps: list[Step], console: Console) -> list[str]:
    """Do it all; what did not work, in words."""
    failed: list[str] = []
    for step in steps:
        if step.late and failed:
            continue
        trouble = _tried(step, console)
        failed += [] if trouble is None else [trouble]
    return failed


def _tried(step: Step, console: Console) -> str | None:
    """Do it; else say why it did not work."""
    try:
        step.undo()
    except TrayAppError as error:
        return f"{console.words(error.reason)} {console.words(error.hint)}".strip()
    except OSError as error:
        return f"{console.words(step.said)} {error.strerror or type(error).__name__}"
    return None


def _tell(console: Console, said: list[str], failed: list[str], end: Text, *, done: bool) -> int:
    if console.as_json:
        console.give({"changed": done, "steps": said, "failed": failed})
    else:
        for trouble in failed:
            console.note(f"! {trouble}")
        console.say(end)
        if done and not failed:
            console.say(text("uninstall.program"))
    return DID_NOT_HAPPEN if failed else OK


def _steps(paths: Paths, environ: Mapping[str, str], console: Console, *, data: bool) -> Iterator[Step]:
    """In their order: the app first, which would write anew what is taken away; its memory of others' files late."""
    yield from _app(paths, console)
    for agent in CONNECTABLE.values():
        yield from _connections(agent, paths, environ)
    yield from _login(environ)
    yield from _keyring(paths, environ)
    files = _run_files(paths)
    if files and not data:
        yield Step(said=text("uninstall.files"), undo=lambda: _remove(files), lines=tuple(map(str, files)), late=True)
    folders = [each for each in (paths.config, paths.logs, paths.run, paths.data) if each.exists()]
    if data and folders:
        lines = tuple(map(str, folders))
        yield Step(said=text("uninstall.data"), undo=lambda: _remove(folders), lines=lines, late=True)


def _app(paths: Paths, console: Console) -> Iterator[Step]:
    try:
        remote = Remote.find(paths, console.words.language)
    except AppNotRunning:
        return

    def end() -> None:
        remote.post("quit")
        if not remote.wait_until_gone(_STOP_S):
            raise TrayAppError(text("cli.still_stopping"), text("cli.still_stopping_hint", pid=remote.running.pid))

    yield Step(said=text("uninstall.app", url=remote.running.url), undo=end)


def _connections(agent: Connectable, paths: Paths, environ: Mapping[str, str]) -> Iterator[Step]:
    if not paths.data.exists():  # looking would make it
        return
    yield from _connection(agent, agent.connector(paths, environ))
    try:
        others = list(agent.elsewhere(paths, environ))
    except TrayAppError as error:
        yield Step(said=text("uninstall.agent", agent=agent.title), undo=_raiser(error))
        return
    for connector in others:
        yield from _connection(agent, connector)


def _connection(agent: Connectable, connector: Connector) -> Iterator[Step]:
    try:
        found = connector.obstacle()  # makes nothing, as `view` may
    except TrayAppError as error:
        yield Step(said=text("uninstall.agent", agent=agent.title), undo=_raiser(error))
        return
    if found is not None and not found.connected:
        return
    view = connector.view()
    plan = view.disconnect
    if view.trouble is not None:
        yield Step(said=text("uninstall.agent", agent=agent.title), undo=_raiser(view.trouble))
    if plan.files:
        lines = tuple(f"{file.path}: {line}" for file in plan.files for line in file.each())
        said = text("uninstall.agent", agent=agent.title)
        yield Step(said=said, undo=lambda: connector.disconnect(connector.view().disconnect.id), lines=lines)


def _login(environ: Mapping[str, str]) -> Iterator[Step]:
    entry, unit = entry_of(environ), UserUnit.of(environ)
    if entry.look() is not LoginStart.OFF:
        yield Step(said=text("uninstall.login"), undo=entry.switch_off, lines=(entry.place,))
    if sys.platform == "linux" and (unit.is_on() or unit.path.exists()):
        yield Step(said=text("uninstall.login"), undo=unit.switch_off, lines=(str(unit.path),))


def _keyring(paths: Paths, environ: Mapping[str, str]) -> Iterator[Step]:
    if not paths.settings.exists():
        return
    try:
        offline = Offline(paths, environ)
    except InvalidSettings as error:  # nobody knows then which robots there are
        yield Step(said=text("uninstall.keyring"), undo=_raiser(error))
        return
    names = [name for name in offline.settings.robots if name in offline.kept()]
    if names:
        yield Step(said=text("uninstall.keyring"), undo=lambda: offline.forget(names), lines=tuple(names))


def _raiser(trouble: TrayAppError) -> Callable[[], object]:
    def fail() -> None:
        raise trouble

    return fail


def _run_files(paths: Paths) -> list[Path]:
    """What is of no use without the program: tokens, the launcher, what lies in `run`."""
    inside = sorted(paths.run.iterdir()) if paths.run.is_dir() else []
    own = (paths.launcher, paths.client_token, paths.question_token)
    return [*inside, *(each for each in own if each.exists())]


def _remove(places: list[Path]) -> None:
    for place in places:
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place, ignore_errors=False)
            if place.parent.name == APP_NAME:  # the log folder of some systems lies in one of our own
                remove_empty([place.parent])
        else:
            place.unlink(missing_ok=True)
