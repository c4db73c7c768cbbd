"""How the history database is while no app uses it: looked at, nothing written."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from tray_app.core.snapshot import StoreState

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
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        return StoreState.CORRUPT if code in _DAMAGED else StoreState.LOCKED if code in _BUSY else StoreState.ERROR
    return StoreState.OK if verdict == "ok" else StoreState.CORRUPT
