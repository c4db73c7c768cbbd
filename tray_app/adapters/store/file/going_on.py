"""Whether a repair goes on: its thread asks, and the app's stop ends it before the next step."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator

_OPERATIONS = 10_000  # of SQLite, between two questions: about a millisecond


class Stopped(Exception):
    """The app stops: the file stays as it was, and the next start meets its damage once more."""


class GoingOn:
    """One repair, from its beginning until it is done or stopped."""

    def __init__(self) -> None:
        """Nobody has stopped it."""
        self._stopped = False
        self._step = threading.Lock()

    def stop(self) -> None:
        """Let no other step begin. Waits for one that is being done: some renames."""
        with self._step:
            self._stopped = True

    def expect(self) -> None:
        """Raise Stopped where it is stopped."""
        if self._stopped:
            raise Stopped

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        """Rename files: within, nothing stops it. Raises Stopped where it is stopped before."""
        with self._step:
            self.expect()
            yield

    def interrupts(self, connection: sqlite3.Connection) -> None:
        """Have a long question end soon after the stop, with an error of SQLite."""
        connection.set_progress_handler(lambda: self._stopped, _OPERATIONS)
