"""The one thread that speaks to the keyring, because an unlock dialog may hold a call for ever.

A plain daemon thread and not an executor: `concurrent.futures` joins its threads at exit, so an open dialog would keep
the app from quitting.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Worker:
    """Runs jobs one after another; the thread starts with the first job and ends with `close()`."""

    def __init__(self) -> None:
        """Start nothing yet: most of the app's start-up is over before the keyring is needed."""
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def submit(self, job: Callable[[], T]) -> "Future[T]":
        """Queue a job; the future carries its result or exception."""
        future: Future[T] = Future()
        self._jobs.put((future, job))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="keyring", daemon=True)
            self._thread.start()
        return future

    def close(self) -> None:
        """Let the thread end after what is queued; a stuck one is left behind (it dies with the process)."""
        self._jobs.put(None)

    def _run(self) -> None:
        while (item := self._jobs.get()) is not None:
            future, job = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(job())
            except BaseException as error:  # noqa: BLE001 - whoever waits gets it, SystemExit of a broken plug-in too
                future.set_exception(error)
