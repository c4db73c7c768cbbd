"""How the database file is made, opened and looked at."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tray_app.adapters.store.file.carried_over import finish
from tray_app.adapters.store.file.faults import Damaged, Wholeness, is_ours, wholeness_of

BUSY_MS = 250  # the engine's loop waits inside SQLite for at most this long


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open it: `rw` one that is there, `rwc` makes one."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=BUSY_MS / 1000,
        check_same_thread=False,
        cached_statements=64,
    )


def create(path: Path) -> bool:
    """Make the file, for its owner alone; False where there is one.

    Raises Damaged for one without a single byte, and where only the log of one is left: SQLite would take that for
    a new one, and the history were gone without a word.
    """
    log_left = Path(f"{path}-wal")
    finish(path)
    try:
        path.touch(mode=0o600, exist_ok=False)
        if log_left.is_file() and log_left.stat().st_size:
            raise Damaged  # SQLite would delete it unread
    except FileExistsError:
        if path.is_file() and path.stat().st_size == 0:
            raise Damaged from None
        return False
    return True


def dressed(connection: sqlite3.Connection) -> None:
    """Have it give rows by name, and text with a flipped byte in it, which must not hide the history."""
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")


def expect_whole(path: Path) -> None:
    """A file that is shorter than it was is cut, or was packed by another program. Raises Damaged."""
    if path.stat().st_size:
        with closing(connect(path, "rw")) as connection:  # never makes one
            if wholeness_of(connection) is not Wholeness.DAMAGED and is_ours(connection):
                return
    raise Damaged


def is_index_alone(path: Path) -> bool:
    """Whether the rows are whole, and only what they are searched by is damaged."""
    try:
        with closing(connect(path, "rw")) as connection:  # never makes one
            return wholeness_of(connection) is Wholeness.WITHOUT_INDEX
    except sqlite3.Error:
        return False
