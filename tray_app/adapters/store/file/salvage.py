"""Reads what can still be read of a damaged table of messages or approvals, row by row: what waits first."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from tray_app.adapters.store.file.faults import Damaged
from tray_app.adapters.store.file.going_on import GoingOn

# ruff: noqa: S608 - SQL is put together from the constants below; every value is bound
DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_ERROR})
_AT_ONCE = 1_000  # rows asked for together; where one of them cannot be read they are asked for in halves
_MOST_TRIED = 50_000  # questions in vain, some seconds: whoever loses more has nothing left to be read
_MOST_SPANS = 100_000  # asked for, some seconds: a million rows need thousands, what damage names may have no end
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

    def __init__(self, path: Path, *, busy_s: float, going_on: GoingOn) -> None:
        """Open the damaged file. Raises sqlite3.Error."""
        self._old = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=busy_s)
        going_on.interrupts(self._old)
        self._old.text_factory = lambda raw: raw.decode("utf-8", "replace")
        self._left = _MOST_TRIED
        self._spans_left = _MOST_SPANS

    def close(self) -> None:
        """Close it."""
        self._old.close()

    def messages(self, new: sqlite3.Connection) -> int | None:
        """Copy the messages that can be read. Gives how many there are besides; None where that is not known.

        Raises Damaged where there is not one.
        """
        for seq in self._asked(f"SELECT seq FROM deliveries INDEXED BY deliveries_unsettled WHERE {_WAITING}"):
            if isinstance(seq, int):
                _put(new, "deliveries", self._between(seq, seq))
        _put(new, "deliveries", self._between(1, self._last()))
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
        """Read the rows in this span; halved from the top, for how far it goes may be damage, too."""
        spans = [(begin, end)]
        while spans and self._spans_left > 0:
            begin, end = spans.pop()
            self._spans_left -= 1
            found = self._whole(begin, end)
            if found is not None:
                yield from found
            elif begin < end and (self._left > 0 or end - begin >= _AT_ONCE):
                middle = (begin + end) // 2
                spans += ((middle + 1, end), (begin, middle))

    def _whole(self, begin: int, end: int) -> list[_Row] | None:
        """Read all rows of a span; None where it is asked for in halves."""
        if begin == end:  # by a range, the page of the next row would be looked at as well
            return self._ask("SELECT * FROM deliveries NOT INDEXED WHERE seq = ?", begin)
        if end - begin >= _AT_ONCE:
            some = self._ask("SELECT 1 FROM deliveries NOT INDEXED WHERE seq BETWEEN ? AND ? LIMIT 1", begin, end)
            return None if some is None or some else []
        return self._ask("SELECT * FROM deliveries NOT INDEXED WHERE seq BETWEEN ? AND ?", begin, end)

    def _last(self) -> int:
        asked = (
            *(f"SELECT max(seq) FROM deliveries INDEXED BY {index}" for index in _INDEXES["deliveries"]),
            "SELECT max(seq) FROM deliveries NOT INDEXED",
        )
        found = max(self._numbers(asked), default=0)
        given = max(self._numbers(["SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'"]), default=0)
        # one that is far beyond all rows is damage; where no row can be asked for it is all there is
        return max(found, min(given, 2 * found + _AT_ONCE)) if found else given

    def _numbers(self, asked: Iterable[str]) -> list[int]:
        found = (row[0] for question in asked for row in self._ask(question) or ())
        return [one for one in found if isinstance(one, int)]

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
