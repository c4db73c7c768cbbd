"""Looking through the history: pages of rows by filters and words, attempts, what was merged, what to choose from."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tray_app.adapters.store.deliveries import COLUMNS, from_row, text_from_column
from tray_app.adapters.store.file import search_index
from tray_app.adapters.store.file.database import Database
from tray_app.adapters.store.file.read_thread import Reads
from tray_app.adapters.store.file.remembered import Part
from tray_app.core.delivery.delivery import Delivery
from tray_app.core.history.query import Attempt, Choices, HistoryPage, HistoryQuery, HistoryRow

# ruff: noqa: S608 - SQL is put together from constants; every value is bound
_UNSETTLED = "stage IN ('held', 'queued', 'sending')"  # word for word as in the index deliveries_unsettled
_LOOKED_AT = ("title", "robot", "project", "tool")
_LATELY = 5_000
_MOST_CHOICES = 50


@dataclass(slots=True)
class _Where:
    """Conditions and their values, in one order."""

    parts: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)

    def add(self, part: str, *values: object) -> None:
        self.parts.append(part)
        self.values += values

    def __str__(self) -> str:
        return " AND ".join(self.parts) or "1"


class HistoryRows:
    """Every method may raise StoreUnavailable."""

    def __init__(self, reads: Reads) -> None:
        """Say where to read."""
        self._reads = reads

    def search(self, query: HistoryQuery) -> HistoryPage:
        """Find a page of rows, newest first. Pages are found by place, so the hundredth costs what the first does."""
        found = self._by_words(query) if query.words else self._by_filters(query)
        rows = sorted(found, key=lambda row: row.seq, reverse=True)
        more = len(rows) > query.limit
        rows = rows[: query.limit]
        return HistoryPage(rows=tuple(rows), older=rows[-1].seq if more else None)

    def count(self, query: HistoryQuery, *, most: int) -> int:
        """Count what filters (not words) find, up to `most`."""
        where = _filters(query)
        inner = f"SELECT 1 FROM deliveries INDEXED BY deliveries_filters WHERE {where} LIMIT ?"
        with self._reads.reading() as connection:
            found = connection.execute(f"SELECT COUNT(*) FROM ({inner})", (*where.values, most))
            return int(found.fetchone()[0])

    def attempts(self, delivery_id: str) -> Sequence[Attempt]:
        """All tries of a row, oldest first."""
        with self._reads.reading() as connection:
            found = connection.execute("SELECT * FROM attempts WHERE delivery_id = ? ORDER BY number", (delivery_id,))
            return [
                Attempt(
                    number=row["number"],
                    robot=row["robot"],
                    at_ms=row["at_ms"],
                    took_ms=row["took_ms"],
                    outcome=row["outcome"],
                    errcode=row["errcode"],
                    reason=text_from_column(row["reason"]),
                    said=row["said"],
                )
                for row in found.fetchall()
            ]

    def merged(self, digest_id: str) -> Sequence[Delivery]:
        """Rows that a digest says, oldest first."""
        with self._reads.reading() as connection:
            found = connection.execute(
                f"SELECT {COLUMNS} FROM deliveries WHERE digest_id = ? ORDER BY seq", (digest_id,)
            )
            return [from_row(row) for row in found.fetchall()]

    def choices(self) -> Choices:
        """What the newest messages have of each kind."""
        columns = {"robot": "robots", "tool": "tools", "project": "projects", "grant_name": "clients"}
        lately = "SELECT robot, tool, project, grant_name FROM deliveries ORDER BY seq DESC LIMIT ?"
        with self._reads.reading() as connection:
            found = connection.execute(f"SELECT DISTINCT * FROM ({lately})", (_LATELY,)).fetchall()
        kinds = {name: {row[column] for row in found} - {""} for column, name in columns.items()}
        return Choices(**{name: tuple(sorted(values))[:_MOST_CHOICES] for name, values in kinds.items()})

    def complete(self) -> bool:
        """Whether the index has all rows; right after an update it takes a while."""
        with self._reads.reading() as connection:
            return bool(connection.execute("SELECT seq <= 1 FROM search_from").fetchone()[0])

    def _by_filters(self, query: HistoryQuery) -> list[HistoryRow]:
        where = _filters(query)
        by = "" if query.session else "INDEXED BY deliveries_filters "
        inner = f"SELECT seq FROM deliveries {by}WHERE {where} ORDER BY seq DESC LIMIT ?"
        return self._rows(f"deliveries WHERE seq IN ({inner})", *where.values, query.limit + 1)

    def _by_words(self, query: HistoryQuery) -> list[HistoryRow]:
        """Settled rows by the index (or one by one, where every word is short), the others one by one."""
        where, asked = _filters(query), search_index.match(query.words)
        if not asked:
            _look_at(where, query.words)
            return self._rows(f"deliveries WHERE {where} ORDER BY seq DESC LIMIT ?", *where.values, query.limit + 1)
        settled = _filters(query, table="deliveries.")
        _look_at(settled, query.words, table="deliveries.")
        rows = self._rows(
            f"search CROSS JOIN deliveries ON deliveries.seq = search.rowid WHERE search MATCH ? AND {settled} "
            "ORDER BY search.rowid DESC LIMIT ?",
            asked,
            *settled.values,
            query.limit + 1,
        )
        _look_at(where, query.words)
        return rows + self._rows(
            f"deliveries INDEXED BY deliveries_unsettled WHERE {_UNSETTLED} AND {where} ORDER BY seq DESC LIMIT ?",
            *where.values,
            query.limit + 1,
        )

    def _rows(self, source: str, *values: object) -> list[HistoryRow]:
        columns = ", ".join(f"deliveries.{name}" for name in ("seq", *COLUMNS.split(", ")))
        with self._reads.reading() as connection:
            found = connection.execute(f"SELECT {columns} FROM {source}", values).fetchall()
        return [HistoryRow(seq=row["seq"], delivery=from_row(row)) for row in found]


class IndexedRows(HistoryRows):
    """The same on the loop, and the care for the index. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the store's database."""
        super().__init__(database)
        self._database = database

    def index_older(self, *, rows: int = 100) -> bool:
        """Add the next older rows to the index; False where it has all of them."""
        if self.complete():
            return False
        with self._database.transaction(Part.OTHER, waits=False) as connection:
            return search_index.add_older(connection, rows=rows)

    def tidy(self, *, first: bool, pages: int = search_index.MANY_PAGES) -> bool:
        """Merge a part of the index, of so many pages; False where it is done.

        `first` begins with all of it, so that nothing deleted stays in its pages.
        """
        with self._database.transaction(Part.OTHER, waits=False) as connection:
            return search_index.tidy(connection, first=first, pages=pages)

    async def untidy(self) -> None:
        """Wait until so much was written that the index wants merging."""
        await self._database.many_commits.wait()
        self._database.many_commits.clear()


def _filters(query: HistoryQuery, *, table: str = "") -> _Where:
    where = _Where()
    if query.before is not None:
        where.add(f"{'search.rowid' if table else 'seq'} < ?", query.before)
    for name in ("robot", "tool", "project", "session"):
        value = getattr(query, name)
        if value:
            where.add(f"{table}{name} = ?", value)
    if query.client:
        where.add(f"({table}grant_name = ? OR {table}client = ?)", query.client, query.client)
    if query.source is not None:
        where.add(f"{table}source = ?", query.source.value)
    if query.stages:
        marks = ", ".join("?" for _ in query.stages)
        where.add(f"{table}stage IN ({marks})", *sorted(stage.value for stage in query.stages))
    if query.since_ms is not None:
        where.add(f"{table}created_ms >= ?", query.since_ms)
    if query.until_ms is not None:
        where.add(f"{table}created_ms < ?", query.until_ms)
    return where


def _look_at(where: _Where, words: Sequence[str], *, table: str = "") -> None:
    """Each word must stand in one of the columns that are searched, or in the message's words.

    A single character is looked for in the columns alone: no index knows it, and it stands in most texts anyway. The
    message as it is kept is looked at first for all words: reading its JSON takes five times as long.
    """
    # SQLite folds the case of ASCII alone; for others the index, which folds all, has the last word
    checked = [word for word in words if not (table and _folds_beyond_ascii(word))]
    columns = [f"{table}{name}" for name in _LOOKED_AT]
    for word in checked:
        if len(word) == 1:
            _holds(where, word, columns)
    checked = [word for word in checked if len(word) > 1]
    for word in sorted(checked, key=len):
        if not any(char in '"\\' or not char.isprintable() for char in word):  # JSON writes those otherwise
            _holds(where, word, (*columns, "message"))
    for word in checked:
        _holds(where, word, (*columns, f"({search_index.WORDS})"))


def _holds(where: _Where, word: str, columns: Sequence[str]) -> None:
    if not word.isascii():  # robots' and tools' names are
        columns = [name for name in columns if not name.endswith(("robot", "tool"))]
    if any("a" <= char.lower() <= "z" for char in word):
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        where.add("(" + " OR ".join(f"{name} LIKE ? ESCAPE '\\'" for name in columns) + ")", *[pattern] * len(columns))
    else:  # much faster, and there is no case to fold
        where.add("(" + " OR ".join(f"instr({name}, ?)" for name in columns) + ")", *[word] * len(columns))


def _folds_beyond_ascii(word: str) -> bool:
    return any(not char.isascii() and char.lower() != char.upper() for char in word)
