"""Reads what can still be read of a damaged table of messages or approvals, row by row: what waits first."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from tray_app.adapters.store.file.faults import Damaged

# ruff: noqa: S608 - SQL is put together from the constants below; every value is bound
DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_ERROR})
_AT_ONCE = 1_000  # rows asked for together; where one of them cannot be read they are asked for in halves
_MOST_TRIED = 50_000  # questions in vain, some seconds: whoever loses more has nothing left to be read
_WAITING = "stage IN ('held', 'queued', 'sending')"
_INDEXES = {
    "deliveries": ("deliveries_filters", "deliveries_created", "deliveries_group"),
    "approvals": ("approvals_created",),
}
_Row = tuple[object, ...]


def code_of(error: sqlite3.Error) -> int:
    """SQLite's own code of an error, without what it adds."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


class Salvage:
    """Reads by a connection of its own: one that met damage writes no more. Use as `closing(Salvage(…))`."""

    def __init__(self, path: Path, *, busy_s: float) -> None:
        """Open the damaged file. Raises sqlite3.Error."""
        self._old = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=busy_s)
        self._old.text_factory = lambda raw: raw.decode("utf-8", "replace")
        self._left = _MOST_TRIED

    def close(self) -> None:
        """Close it."""
        self._old.close()

    def messages(self, new: sqlite3.Connection) -> int | None:
        """Copy the messages that can be read. Gives how many there are besides; None where that is not known.

        Raises Damaged where there is not one.
        """
        for seq in self._asked(f"SELECT seq FROM deliveries INDEXED BY deliveries_unsettled WHERE {_WAITING}"):
            _put(new, "deliveries", self._between(int(str(seq)), int(str(seq))))
        for begin in range(1, self._last() + 1, _AT_ONCE):
            _put(new, "deliveries", self._between(begin, begin + _AT_ONCE - 1))
        return self._missing(new, "deliveries")

    def approvals(self, new: sqlite3.Connection) -> int | None:
        """Copy the approvals that can be read, of messages that are held first; gives the same."""
        held = [row[0] for row in new.execute("SELECT DISTINCT group_id FROM deliveries WHERE stage = 'held'")]
        named = "SELECT id FROM approvals INDEXED BY"
        waiting = self._asked(f"{named} approvals_waiting WHERE state = 'waiting'")
        for one in dict.fromkeys([*held, *waiting, *self._asked(f"{named} approvals_created")]):
            _put(new, "approvals", self._ask("SELECT * FROM approvals NOT INDEXED WHERE id = ?", one) or ())
        for order in ("ASC", "DESC"):  # from either end up to the damage
            _put(new, "approvals", self._until_damage(f"SELECT * FROM approvals NOT INDEXED ORDER BY id {order}"))
        return self._missing(new, "approvals")

    def _between(self, begin: int, end: int) -> Iterator[_Row]:
        if begin == end:  # by a range, the page of the next row would be looked at as well
            found = self._ask("SELECT * FROM deliveries NOT INDEXED WHERE seq = ?", begin)
        else:
            found = self._ask("SELECT * FROM deliveries NOT INDEXED WHERE seq BETWEEN ? AND ?", begin, end)
        if found is not None:
            yield from found
        elif begin < end and self._left > 0:
            middle = (begin + end) // 2
            yield from self._between(begin, middle)
            yield from self._between(middle + 1, end)

    def _last(self) -> int:
        asked = (
            "SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'",
            *(f"SELECT max(seq) FROM deliveries INDEXED BY {index}" for index in _INDEXES["deliveries"]),
            "SELECT max(seq) FROM deliveries NOT INDEXED",
        )
        found = (row[0] for question in asked for row in self._ask(question) or ())
        return max((one for one in found if isinstance(one, int)), default=0)

    def _missing(self, new: sqlite3.Connection, table: str) -> int | None:
        (copied,) = new.execute(f"SELECT count(*) FROM main.{table}").fetchone()
        if not copied and table == "deliveries":
            raise Damaged
        for index in _INDEXES[table]:
            for (count,) in self._ask(f"SELECT count(*) FROM {table} INDEXED BY {index}") or ():
                return max(0, int(str(count)) - int(copied))
        return None

    def _asked(self, question: str) -> list[object]:
        return [row[0] for row in self._until_damage(question)]

    def _until_damage(self, question: str) -> Iterator[_Row]:
        try:
            yield from self._old.execute(question)
        except sqlite3.DatabaseError as error:
            self._note(error)

    def _ask(self, question: str, *values: object) -> list[_Row] | None:
        """Ask; None where damage is met."""
        try:
            return self._old.execute(question, values).fetchall()
        except sqlite3.DatabaseError as error:
            self._note(error)
            return None

    def _note(self, error: sqlite3.DatabaseError) -> None:
        if code_of(error) not in DAMAGE:
            raise error
        self._left -= 1


def _put(new: sqlite3.Connection, table: str, rows: Iterable[_Row]) -> None:
    """Write rows; what is there already, or breaks a rule of the table, is passed over."""
    for row in rows:
        new.execute(f"INSERT OR IGNORE INTO main.{table} VALUES ({', '.join('?' for _ in row)})", row)


def salvaged(path: Path, *, busy_s: float) -> "closing[Salvage]":
    """Open the damaged file to read from it."""
    return closing(Salvage(path, busy_s=busy_s))
