"""What is wrong with a database: its damage, and the trouble behind an error of SQLite or the system."""

import contextlib
import errno
import os
import shutil
import sqlite3
from contextlib import closing
from enum import Enum, auto
from pathlib import Path

from tray_app.adapters.store.file import search_index
from tray_app.core.state.snapshot import StoreState

_STATES: dict[int, StoreState] = {
    sqlite3.SQLITE_FULL: StoreState.DISK_FULL,
    sqlite3.SQLITE_READONLY: StoreState.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: StoreState.READ_ONLY,
    sqlite3.SQLITE_PERM: StoreState.READ_ONLY,
    sqlite3.SQLITE_AUTH: StoreState.READ_ONLY,
    sqlite3.SQLITE_BUSY: StoreState.LOCKED,
    sqlite3.SQLITE_LOCKED: StoreState.LOCKED,
    sqlite3.SQLITE_CORRUPT: StoreState.CORRUPT,
    sqlite3.SQLITE_NOTADB: StoreState.CORRUPT,
}
_FULL_ERRNOS = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
_ROOM_BYTES = 256 << 10


class Wholeness(Enum):
    """How much of a database is as it should be."""

    WHOLE = auto()
    WITHOUT_INDEX = auto()  # the index of words is not, which can be made anew from the rows
    DAMAGED = auto()


def wholeness_of(connection: sqlite3.Connection) -> Wholeness:
    """Check the whole file, and where it fails each table. Newer versions of SQLite look into the index too."""
    with contextlib.suppress(sqlite3.DatabaseError):  # an index that cannot even be opened; a table says it again below
        if _is_well(connection, "1"):
            return Wholeness.WHOLE if _finds_its_messages(connection) else Wholeness.DAMAGED
    found = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    )
    rows = [str(row[0]) for row in found if not search_index.is_part(str(row[0]))]
    whole = bool(rows) and all(_is_well(connection, f"'{name}'") for name in rows)
    return Wholeness.WITHOUT_INDEX if whole else Wholeness.DAMAGED


def is_ours(connection: sqlite3.Connection) -> bool:
    """Whether messages are kept in it."""
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'deliveries'").fetchone() is not None


def _finds_its_messages(connection: sqlite3.Connection) -> bool:
    """Whether what messages are found by names each of them: one that the queue's index lacks would never be sent."""
    if not is_ours(connection):
        return True
    (verdict,) = connection.execute("PRAGMA integrity_check('deliveries')").fetchone()
    return bool(verdict == "ok")


def _is_well(connection: sqlite3.Connection, of: str) -> bool:
    (verdict,) = connection.execute(f"PRAGMA quick_check({of})").fetchone()
    return bool(verdict == "ok")


class Damaged(sqlite3.DatabaseError):
    """The file is no whole database."""


def state_of(error: Exception, *, folder: Path) -> StoreState:
    """Name the trouble behind an error of `sqlite3` or the system with a file in `folder`."""
    if isinstance(error, Damaged):
        return StoreState.CORRUPT
    if isinstance(error, OSError):
        if error.errno == errno.EIO:
            return StoreState.ERROR
        return StoreState.DISK_FULL if error.errno in _FULL_ERRNOS else StoreState.READ_ONLY
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or is_index(error):
        return StoreState.ERROR
    state = _STATES.get(code & 0xFF, StoreState.ERROR)
    # where the shared-memory file cannot grow, SQLite speaks of an I/O error or of a file it cannot open
    return StoreState.DISK_FULL if state is not StoreState.CORRUPT and _is_full(folder) else state


def is_index(error: Exception) -> bool:
    """Whether only the index of words is damaged: it can be made anew from the rows, which are whole."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_CORRUPT_VTAB


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _ROOM_BYTES
    except OSError:
        return False


_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def database_state(path: Path) -> StoreState | None:
    """Check the file; None where there is none yet."""
    if not path.exists():
        return None
    if not os.access(path, os.R_OK | os.W_OK) or not os.access(path.parent, os.W_OK):
        return StoreState.READ_ONLY
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=1.0)) as connection:
            damaged = wholeness_of(connection) is Wholeness.DAMAGED
    except sqlite3.Error as error:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        return StoreState.CORRUPT if code in _DAMAGED else StoreState.LOCKED if code in _BUSY else StoreState.ERROR
    return StoreState.CORRUPT if damaged else StoreState.OK
