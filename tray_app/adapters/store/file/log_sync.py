"""What was committed is made to last: its log is synced off the loop, once for all who wait for it."""

import asyncio
import contextlib
import errno
import logging
import os
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

log = logging.getLogger(__name__)
_CHECKPOINT_BYTES = (
    4 << 20
)  # the log is folded into the file at this size, here: on the loop a commit would wait for it
_sync = getattr(os, "fdatasync", os.fsync)


def sync_log(database: Path) -> None:
    """Wait until the file's write-ahead log is on the disk, and fold a long one into the file. Raises OSError.

    SQLite syncs a log itself before it folds it in, so one that is gone is in the file.
    """
    log = Path(f"{database}-wal")
    try:
        # Windows flushes only what may be written; elsewhere closing such a one would be told as a change
        number = os.open(log, os.O_RDWR | getattr(os, "O_BINARY", 0) if sys.platform == "win32" else os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        _sync(number)
        size = os.fstat(number).st_size
    finally:
        os.close(number)
    if size >= _CHECKPOINT_BYTES:
        file = f"{database.absolute().as_uri()}?mode=rw"  # which may be gone meanwhile, and is not made anew here
        with contextlib.suppress(sqlite3.Error), closing(sqlite3.connect(file, uri=True, timeout=0)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")  # a busy one is folded in next time


class LogSync:
    """Lives on one event loop. `sync` blocks, on a thread of its own, until what was committed lasts."""

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._committed = self._lasting = 0
        self._thread: ThreadPoolExecutor | None = None
        self._waiting: list[asyncio.Future[None]] = []  # not empty: a sync runs, or is about to

    def committed(self) -> None:
        """One more transaction was committed."""
        self._committed += 1

    async def lasting(self) -> None:
        """Wait until everything committed before lasts. Raises OSError to each who waits for a sync that fails."""
        wanted, loop = self._committed, asyncio.get_running_loop()
        while self._lasting < wanted:
            if not self._waiting:
                loop.call_soon(self._begin, loop)  # whoever is about to commit does first, and shares this sync
            ended = loop.create_future()
            self._waiting.append(ended)
            await ended

    def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        upto = self._committed

        def ended(sync: Future[None]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile: nobody waits any more
                loop.call_soon_threadsafe(self._ended, upto, sync.exception())

        try:
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, "history-sync")
            self._thread.submit(self._sync).add_done_callback(ended)
        except Exception as error:  # noqa: BLE001 - no thread, no memory: whatever it is, who waits must hear of it
            self._ended(upto, error)

    def _ended(self, upto: int, error: BaseException | None) -> None:
        waiting, self._waiting = self._waiting, []
        if error is None:
            self._lasting = upto
        elif not isinstance(error, OSError):
            log.error("the history's log could not be synced", exc_info=error)
            error = OSError(errno.EIO, os.strerror(errno.EIO))
        for each in waiting:
            if each.done():  # whoever waited was cancelled
                continue
            if error is None:
                each.set_result(None)
            else:
                each.set_exception(error)
