"""Reading many rows beside the loop: a thread and a connection of their own, which sees what was committed."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from tray_app.adapters.store.file.database import Database
from tray_app.adapters.store.file.opening import BUSY_MS, dressed

T = TypeVar("T")


class Reads(Protocol):
    """Where rows are read: the loop's own connection, or that of the thread."""

    def reading(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        """Read what was committed last."""
        ...


class ReadThread:
    """`run()` on the loop; what it runs calls `reading()`, on the thread."""

    def __init__(self, database: Database) -> None:
        """Share the file of the store's database, which stays the one that opens, mends and names troubles."""
        self._database = database
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None
        self._opened = 0  # which opening of the database the connection belongs to

    async def run(self, work: Callable[[], T]) -> T:
        """Do it on the thread; one after the other. Raises StoreUnavailable."""
        with self._database.reading():  # opened and up to date, or the trouble is named
            opening = self._database.opened
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "history-reads")
        try:
            reading = self._thread.submit(self._anew, opening, work)
        except RuntimeError as error:  # the system gives no more threads
            raise self._database.trouble(error) from None
        try:
            return await asyncio.wrap_future(reading)
        except (sqlite3.Error, OSError) as error:
            raise self._database.trouble_since(opening, error) from None

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the thread's connection. Raises sqlite3.Error, which `run` names."""
        if self._connection is None:
            self._connection = sqlite3.connect(
                f"{self._database.path.absolute().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                timeout=BUSY_MS / 1000,
                check_same_thread=False,
            )
            dressed(self._connection)
        yield self._connection

    def close(self) -> None:
        """Let what is being read end, and close."""
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None
        self._forget()

    def _anew(self, opening: int, work: Callable[[], T]) -> T:
        if self._opened != opening:  # the file may be another since
            self._forget()
            self._opened = opening
        try:
            return work()
        except sqlite3.Error:
            self._forget()
            raise

    def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()
