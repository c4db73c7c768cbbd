"""The tray where there is none: it waits for `stop`, so that the app runs the same way with and without an icon."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tray_app.adapters.tray.backend import Notification, TrayEvents
from tray_app.adapters.tray.linux.loop import Loop
from tray_app.core.menu.menu import Menu
from tray_app.core.state.problems import Problem

_logger = logging.getLogger(__name__)


class Headless:
    """A `Backend` that shows nothing, for the reason given (None: nobody wanted it)."""

    notifies = False

    def __init__(self, why: Problem | None) -> None:
        self._loop = Loop()
        self._why = why

    def run(self, events: TrayEvents) -> None:
        """Wait for `stop`; a signal handler may call it."""
        events.absent(self._why)
        try:
            with _signals_wake(self._loop.wake_fd):
                self._loop.run()
        finally:
            self._loop.close()

    def post(self, work: Callable[[], None]) -> None:
        """Run `work` on the waiting thread."""
        self._loop.post(work)

    def stop(self) -> None:
        """End `run`."""
        self._loop.stop()

    def show(self, menu: Menu) -> None:
        """Nobody looks."""

    def notify(self, note: Notification) -> None:
        """Leave a note in the log; its body may hold what agents wrote and stays out."""
        _logger.info("notification without a desktop: %s", note.title)

    def withdraw(self, key: str) -> None:
        """Nothing was shown."""


@contextmanager
def _signals_wake(fd: int) -> Iterator[None]:
    """Let signals end a `select`: on Windows it would sleep through Ctrl+C. Only the main thread may ask for it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.set_wakeup_fd(fd, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
