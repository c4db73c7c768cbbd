"""Deliveries as they are looked for: what goes out next, what waits, one message, the newest."""

import sqlite3
from collections.abc import Mapping, Sequence
from functools import partial

from tray_app.adapters.store.deliveries import COLUMNS, from_row
from tray_app.adapters.store.file.database import Database
from tray_app.adapters.store.file.remembered import Part
from tray_app.core.delivery.delivery import Delivery, Stage

# ruff: noqa: S608 - SQL is put together from the constants below; every value is bound
OPEN = "stage IN ('queued', 'sending')"  # word for word as in the index deliveries_open, else that is not used
_WAITING = (
    f"{OPEN} AND stage = 'queued' AND robot = ? AND (digest_id IS NULL OR "
    "EXISTS (SELECT 1 FROM deliveries AS digest WHERE digest.id = deliveries.digest_id AND digest.stage = 'failed'))"
)


class QueueRows:
    """Reads alone."""

    def __init__(self, database: Database) -> None:
        """Of this database."""
        self._database = database

    def next_queued(self, robot: str, *, after: str = "") -> Delivery | None:
        """Find the row of this robot that goes out next: the oldest one that waits and is in no digest, nor `after`."""
        found = self._select(f"{_WAITING} AND id != ? ORDER BY place, seq LIMIT 1", robot, after)
        return found[0] if found else None

    def next_reply(self, robot: str) -> Delivery | None:
        """Find the oldest waiting row that answers the owner, which goes out in a pause, too."""
        found = self._select(f"{_WAITING} AND source = 'reply' ORDER BY place, seq LIMIT 1", robot)
        return found[0] if found else None

    def queued(self, robot: str) -> Sequence[Delivery]:
        """All waiting rows of a robot in sending order, without those merged into a digest."""
        return self._select(f"{_WAITING} ORDER BY place, seq", robot)

    def waiting_robots(self) -> Sequence[str]:
        """Robots with rows that wait or were in flight."""
        with self._database.reading() as connection:
            found = connection.execute(f"SELECT DISTINCT robot FROM deliveries WHERE {OPEN} ORDER BY robot")
            return [row["robot"] for row in found.fetchall()]

    def group(self, group_id: str) -> Sequence[Delivery]:
        """All parts of one message, in order; empty where there is none."""
        return self._select("group_id = ? ORDER BY part", group_id)

    def find(self, delivery_id: str) -> Delivery | None:
        """One row."""
        found = self._select("id = ?", delivery_id)
        return found[0] if found else None

    def beginning(self, begin: str, *, sessions: bool = False) -> Sequence[str]:
        """Up to three ids of messages, or of their sessions, that begin so."""
        column = "session" if sessions else "id"
        with self._database.reading() as connection:
            found = connection.execute(
                f"SELECT DISTINCT {column} AS found FROM deliveries WHERE {column} != '' AND {column} >= ? "
                f"AND {column} < ? ORDER BY {column} LIMIT 3",
                (begin, begin + chr(0x10FFFF)),
            ).fetchall()
        return [row["found"] for row in found]

    def recent(self, limit: int) -> Sequence[Delivery]:
        """The newest rows, newest first."""
        where = "1 ORDER BY seq DESC LIMIT ?"
        read = partial(_select, where=where, values=(limit,))
        return self._database.remembered(Part.DELIVERIES, ("recent", limit), read)

    def counts(self) -> Mapping[tuple[str, Stage], int]:
        """How many rows of each robot wait or are in flight."""

        def read(connection: sqlite3.Connection) -> Mapping[tuple[str, Stage], int]:
            found = connection.execute(
                f"SELECT robot, stage, COUNT(*) AS n FROM deliveries WHERE {OPEN} GROUP BY robot, stage"
            )
            return {(row["robot"], Stage(row["stage"])): row["n"] for row in found.fetchall()}

        return self._database.remembered(Part.DELIVERIES, "counts", read)

    def under_way(self, grant: str) -> int:
        """How many rows of a client wait or are in flight."""
        with self._database.reading() as connection:
            found = connection.execute(
                f"SELECT COUNT(*) AS n FROM deliveries WHERE {OPEN} AND grant_name = ?", (grant,)
            )
            return int(found.fetchone()["n"])

    def blocked_since(self, since_ms: int) -> int:
        """How many messages a pause has kept back since then."""

        def read(connection: sqlite3.Connection) -> int:
            found = connection.execute(
                "SELECT COUNT(DISTINCT group_id) AS n FROM deliveries WHERE created_ms >= ? AND stage = 'blocked'",
                (since_ms,),
            )
            return int(found.fetchone()["n"])

        return self._database.remembered(Part.DELIVERIES, ("blocked", since_ms), read)

    def _select(self, where: str, *values: object) -> Sequence[Delivery]:
        with self._database.reading() as connection:
            return _select(connection, where, values)


def _select(connection: sqlite3.Connection, where: str, values: Sequence[object]) -> Sequence[Delivery]:
    found = connection.execute(f"SELECT {COLUMNS} FROM deliveries WHERE {where}", values)
    return [from_row(row) for row in found.fetchall()]
