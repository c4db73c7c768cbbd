"""What SQLite's and the system's errors mean for the history database."""

import errno
import shutil
import sqlite3
from pathlib import Path

from tray_app.core.snapshot import StoreState

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


class Damaged(sqlite3.DatabaseError):
    """The file is no whole database."""


def state_of(error: Exception, *, folder: Path) -> StoreState:
    """Name the trouble behind an error of `sqlite3` or the system with a file in `folder`."""
    if isinstance(error, Damaged):
        return StoreState.CORRUPT
    if isinstance(error, OSError):
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
