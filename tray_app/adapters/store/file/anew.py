"""A damaged database file is set aside, and what can be read of it is carried over into a new one."""

import contextlib
import logging
import shutil
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tray_app.adapters.store.file.carried_over import Carried, aside_of, carried_at, carry_over
from tray_app.adapters.store.file.going_on import GoingOn, Stopped
from tray_app.adapters.store.file.opening import BUSY_MS
from tray_app.core.state.snapshot import StoreState

log = logging.getLogger(__name__)


def begin_anew(
    path: Path, close: Callable[[], None], going_on: GoingOn
) -> tuple[StoreState, str, str, dict[str, str | int]]:
    """Set the damaged file aside; carry what can be read of it over into a new one.

    Gives the state, its words, the damaged file's name and what the words tell. Raises OSError and sqlite3.Error
    where that cannot be written: the file stays where it is, and it is tried again. Raises Stopped: there, too.
    """
    carried = _carried(path, going_on)
    with going_on.step():
        try:
            at = datetime.now(UTC) if carried is None else carried_at(carried.file)
            file = set_aside(path, aside_of(path, at), close)
        except OSError:
            close()  # its log may be set aside already: `finish` comes before the next use
            raise
        if carried is not None:
            carried.file.rename(path)
    if carried is None:
        return StoreState.CORRUPT, "corrupt", file, {}
    log.error("the damaged history is in a new one, but for %s rows and these tables: %s", carried.rows, carried.lost)
    told: dict[str, str | int] = {"lost": ", ".join(carried.lost)} if carried.lost else {}
    if carried.rows == 0:
        return StoreState.RESTORED, "mended_partly" if carried.lost else "mended", file, told
    entry = "mended_some" if carried.rows is None else "mended_rows"
    return (
        StoreState.RESTORED,
        f"{entry}_partly" if carried.lost else entry,
        file,
        {"count": carried.rows or 0, **told},
    )


def _carried(path: Path, going_on: GoingOn) -> Carried | None:
    """Carry over what can be read; None also where damage is met that nobody has thought of: the file stays aside."""
    try:
        return carry_over(path, busy_s=BUSY_MS / 1000, going_on=going_on)
    except (OSError, sqlite3.Error, Stopped):
        raise
    except Exception:
        log.exception("what the damaged history holds cannot be carried over")
        return None


def set_aside(path: Path, aside: Path, close: Callable[[], None]) -> str:
    """Rename the file and what belongs to it. Raises OSError; the main file goes last, so that it is tried again.

    Renamed before it is closed: a close would fold the log into the file and delete it, unless SQLite finds the
    file moved. Windows renames no open file: there the log is copied before.
    """
    if sys.platform == "win32":
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(f"{path}-wal", f"{aside}-wal")
        close()
        Path(f"{path}-wal").unlink(missing_ok=True)
    for ending in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{ending}").rename(f"{aside}{ending}")
    close()
    log.error("history database was damaged and is kept as %s", aside.name)
    return aside.name
