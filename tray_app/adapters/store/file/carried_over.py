"""Carries the rows of a damaged database over into a new one: damage of what they are found by loses none of them.

Of messages and approvals each row that can be read is carried over, though others cannot.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tray_app.adapters.store.file import search_index
from tray_app.adapters.store.file.faults import Damaged, Wholeness, is_ours, wholeness_of
from tray_app.adapters.store.file.going_on import GoingOn
from tray_app.adapters.store.file.salvage import DAMAGE, Salvage, code_of
from tray_app.core.delivery.delivery import Stage
from tray_app.core.kernel.texts import text

# ruff: noqa: S608 - names of tables come from the schema of our own file and are quoted
_BEGUN, _DONE = ".mending", ".mended"
_FIGURES = frozenset({"sessions_daily", "sessions_tools"})  # of the sessions; their records hold them, too
_MOST_NUMBER = 1 << 53  # a higher number of a row is damage: near 2**63 SQLite would take no row any more
_BY_ROW = ("deliveries", "approvals")  # in this order: a held message names its approval


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """`file` is on the disk, whole. `lost` are tables of which nothing could be read: never that of the messages.

    `rows`: how many messages and approvals could not be read; None: some, nobody knows how many.
    """

    file: Path
    lost: tuple[str, ...]
    rows: int | None = 0


def carry_over(path: Path, *, busy_s: float, going_on: GoingOn) -> Carried | None:
    """Write the rows of the file at `path` to a new one beside it, by no index; None where no message can be read.

    Waits for who else has it open for `busy_s` at most. Raises sqlite3.Error and OSError where it cannot be written,
    and Stopped: then nothing has taken a place.
    """
    if not path.is_file() or not path.stat().st_size:
        return None  # of a log alone: SQLite would delete it unread
    _remove_begun(path)
    begun = path.with_name(f"{path.stem}{_BEGUN}-{os.getpid()}{path.suffix}")
    begun.touch(mode=0o600, exist_ok=False)
    made = begun.stat().st_ino
    try:
        found = _carry(path, begun, busy_s, going_on)
        if found is None:
            return None
        with going_on.step():
            if begun.stat().st_ino != made:  # another's, who took it for one that was left
                raise FileNotFoundError(begun)
            return replace(found, file=begun.replace(done_beside(path)))
    finally:
        begun.unlink(missing_ok=True)


def _carry(path: Path, begun: Path, busy_s: float, going_on: GoingOn) -> Carried | None:
    try:
        with closing(
            sqlite3.connect(begun.absolute().as_uri(), uri=True, isolation_level=None, timeout=busy_s)
        ) as connection:
            going_on.interrupts(connection)
            unreadable = _lost(path, busy_s, going_on)
            connection.execute("ATTACH ? AS old", (f"{path.absolute().as_uri()}?mode=rw",))
            with closing(Salvage(path, busy_s=busy_s, going_on=going_on)) as damaged:
                lost, rows = _copy(connection, unreadable, damaged)
            connection.execute("DETACH old")
            whole = is_ours(connection) and wholeness_of(connection) is Wholeness.WHOLE
        going_on.expect()  # what was interrupted looks damaged
    except sqlite3.Error as error:
        going_on.expect()
        if not isinstance(error, Damaged) and code_of(error) not in DAMAGE:
            raise
        return None
    return Carried(file=begun, lost=lost, rows=rows) if whole else None


def _remove_begun(path: Path) -> None:
    """Remove what others began and left: one who still works finds it gone, and puts nothing in place."""
    for left in path.parent.glob(f"{path.stem}{_BEGUN}*"):  # with its journal, and as earlier versions named it
        with contextlib.suppress(OSError):  # Windows removes no open file
            left.unlink()


def done_beside(path: Path) -> Path:
    """Where a carried-over file lies until it takes the place of the one at `path`."""
    return path.with_name(f"{path.stem}{_DONE}{path.suffix}")


def aside_of(path: Path, at: datetime) -> Path:
    """Where a damaged file is kept that is set aside at that time; its log has the same name, with its ending."""
    return path.with_name(f"{path.stem}.damaged-{at.astimezone():%Y%m%d-%H%M%S-%f}{path.suffix}")


def carried_at(file: Path) -> datetime:
    """When the carried-over file was written: known after a kill, too."""
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def finish(path: Path) -> None:
    """After a kill: what was carried over takes the place of the damaged file, or is forgotten where that still lies.

    Then its log is with it again, for it is set aside first; the damage is met once more.
    """
    done, log = done_beside(path), Path(f"{path}-wal")
    if not done.exists():
        return
    if path.exists() and not log.exists():
        with contextlib.suppress(FileNotFoundError):
            Path(f"{aside_of(path, carried_at(done))}-wal").rename(log)
    if path.exists() or log.exists():
        done.unlink()
    else:
        done.rename(path)


def _copy(
    connection: sqlite3.Connection, unreadable: Collection[str], damaged: Salvage
) -> tuple[tuple[str, ...], int | None]:
    """Make the schema and copy the rows. Gives the tables of which nothing could be read, and `Carried.rows`."""
    made = {
        (str(kind), str(name)): str(sql)
        for kind, name, sql in connection.execute("SELECT type, name, sql FROM old.sqlite_schema WHERE sql IS NOT NULL")
    }
    if ("table", "deliveries") not in made:
        raise Damaged
    (version,) = connection.execute("PRAGMA old.user_version").fetchone()
    connection.execute("BEGIN IMMEDIATE")
    ours = [name for kind, name in made if kind == "table" and not name.startswith("sqlite_")]
    rows = [name for name in ours if not search_index.is_part(name)]
    for name in rows:
        connection.execute(made["table", name])
    for name in (one for one in rows if one not in {*unreadable, "search_from"}):
        # by the table alone; WHERE keeps SQLite from copying the indexes as they are
        connection.execute(f'INSERT INTO main."{name}" SELECT * FROM old."{name}" NOT INDEXED WHERE 1')
    missing = _row_by_row(connection, [name for name in _BY_ROW if name in unreadable and name in rows], damaged)
    if "sqlite_sequence" not in unreadable:  # last: rows with numbers of their own have made some already
        sound = f"typeof(seq) = 'integer' AND seq < {_MOST_NUMBER}"
        unsound = f"SELECT name FROM old.sqlite_sequence WHERE name IS NOT NULL AND NOT ({sound})"
        connection.execute(f"DELETE FROM main.sqlite_sequence WHERE name NOT IN ({unsound})")
        connection.execute(f"INSERT INTO main.sqlite_sequence SELECT * FROM old.sqlite_sequence WHERE {sound}")
    if not _FIGURES.isdisjoint(unreadable) and "sessions" not in unreadable:
        # another time than its records say: so the next start tells these figures again
        connection.execute("UPDATE main.sessions SET last_ms = last_ms - 1")
    if ("table", "search") in made:
        connection.execute(made["table", "search"])
        connection.execute("INSERT INTO main.search_from VALUES (0)")
        connection.execute(search_index.NOTHING)
    for wanted in ("index", "view", "trigger"):
        for (kind, _), sql in made.items():
            if kind == wanted:
                connection.execute(sql)
    connection.execute(f"PRAGMA main.user_version = {int(version)}")
    connection.execute("COMMIT")
    return tuple(name for name in rows if name in unreadable and name not in {"search_from", *_BY_ROW}), missing


def _row_by_row(connection: sqlite3.Connection, tables: Collection[str], damaged: Salvage) -> int | None:
    """Copy what can be read of these tables, and settle what waits for a row that is lost."""
    missing = []
    if "deliveries" in tables:
        missing.append(damaged.messages(connection))
        # its digest may have arrived, with what it says
        connection.execute(
            "UPDATE main.deliveries SET stage = ?, reason = ?, hint = ?, lost_ms = coalesce(lost_ms, updated_ms) "
            "WHERE stage = 'queued' AND digest_id IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM main.deliveries AS digest WHERE digest.id = deliveries.digest_id)",
            (Stage.PERHAPS.value, _column("store.digest_lost"), _column("outbox.perhaps_hint")),
        )
    if "approvals" in tables:
        missing.append(damaged.approvals(connection))
        connection.execute(
            "UPDATE main.deliveries SET stage = ?, reason = ?, hint = ? WHERE stage = 'held' "
            "AND NOT EXISTS (SELECT 1 FROM main.approvals WHERE approvals.id = deliveries.group_id)",
            (Stage.EXPIRED.value, _column("store.approval_lost"), _column("store.approval_lost_hint")),
        )
    known = [count for count in missing if count is not None]
    return sum(known) if len(known) == len(missing) else None


def _column(key: str) -> str:
    return json.dumps(text(key).to_json())


def _lost(path: Path, busy_s: float, going_on: GoingOn) -> frozenset[str]:
    """Find the tables whose rows cannot all be read. Asked beforehand: a connection that met damage writes no more."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=busy_s)) as connection:
        going_on.interrupts(connection)
        connection.text_factory = bytes  # a flipped byte is none of them
        found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return frozenset(name for (raw,) in found if not _is_readable(connection, name := raw.decode()))


def _is_readable(connection: sqlite3.Connection, table: str) -> bool:
    if search_index.is_part(table):
        return False
    try:
        for _ in connection.execute(f'SELECT * FROM "{table}" NOT INDEXED'):
            pass
    except sqlite3.DatabaseError as error:
        if code_of(error) not in DAMAGE:
            raise
        return False
    return True
