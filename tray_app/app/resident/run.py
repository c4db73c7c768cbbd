"""The resident app: one for each owner, with its lock and log, until somebody stops it."""

import logging
import sys
from collections.abc import Mapping

from tray_app.adapters.system.logs import Logs, level_of
from tray_app.adapters.system.paths import Paths
from tray_app.adapters.system.process import allow_open_files, keep_memory_private
from tray_app.adapters.system.single_instance import SingleInstance
from tray_app.app.program.started_by import begin_anew, launcher_of
from tray_app.app.resident.app import App, Options

log = logging.getLogger(__name__)


class AlreadyRunning(Exception):
    """Another app of this owner runs."""


def run(options: Options) -> bool:
    """Run until somebody stops the app. False where nobody could use it: not served, and seen by nobody.

    Raises AlreadyRunning, and TrayAppError where its folders cannot be made.
    """
    keep_memory_private()
    allow_open_files()
    paths = options.paths.create()
    lock = SingleInstance(paths.lock, former=paths.former_locks)
    if not lock.acquire():
        raise AlreadyRunning
    logs = Logs(paths.logs, level=level_of(options.environ), terminal=sys.stderr)
    try:
        _heal_launcher(paths, options.environ)
        app = App(options, logs, lock)
        well = app.run()
    finally:
        logs.close()
        lock.release()
    if app.next_command:
        begin_anew(app.next_command, options.environ)
    return well


def _heal_launcher(paths: Paths, environ: Mapping[str, str]) -> None:
    """Have the script that agents call lead here: an update may have moved the program."""
    try:
        launcher_of(paths, environ).heal()
    except OSError:
        log.exception("the launcher that agents call cannot be written")
