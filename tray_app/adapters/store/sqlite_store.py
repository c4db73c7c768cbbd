"""What is asked of the database: accept, begin, settle, list; each call is one transaction, safe at any kill."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tray_app.adapters.store.database import Database
from tray_app.adapters.store.rows import COLUMNS, from_row, text_from_column, text_to_column, to_row
from tray_app.core.outbox import Delivery, Stage, step
from tray_app.core.snapshot import StoreState
from tray_app.core.texts import Text

_MARKS = ", ".join("?" for _ in COLUMNS.split(","))


class SqliteStore:
    """Implements `services.ports.Store`. Every method may raise StoreUnavailable."""

    def __init__(self, path: Path, *, on_change: Callable[[], None] = lambda: None) -> None:
        """`on_change` is called when the database's state has changed."""
        self._database = Database(path, on_change=on_change)

    @property
    def state(self) -> StoreState:
        """Whether the database can be used."""
        return self._database.state

    @property
    def trouble(self) -> tuple[Text, Text] | None:
        """Reason and hint while something is wrong."""
        reason, hint = self._database.reason, self._database.hint
        return None if reason is None or hint is None else (reason, hint)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def accept(self, deliveries: Sequence[Delivery], *, place_of: str | None = None, merged: Sequence[str] = ()) -> None:
        """Add rows, all or none, in this order.

        A digest takes the place in the queue of the row `place_of`, and marks the rows `merged` as its own.
        """
        with self._database.transaction() as connection:
            for delivery in deliveries:
                cursor = connection.execute(
                    f"INSERT INTO deliveries ({COLUMNS}) VALUES ({_MARKS})",  # noqa: S608 - constants of this module
                    to_row(delivery),
                )
                place: tuple[Any, ...] = (cursor.lastrowid, delivery.id)
                connection.execute("UPDATE deliveries SET place = ? WHERE id = ?", place)
                if place_of is not None:
                    connection.execute(
                        "UPDATE deliveries SET place = (SELECT place FROM deliveries WHERE id = ?) WHERE id = ?",
                        (place_of, delivery.id),
                    )
            marks = [(deliveries[0].id, delivery_id) for delivery_id in merged]
            connection.executemany("UPDATE deliveries SET digest_id = ? WHERE id = ?", marks)

    def next_queued(self, robot: str) -> Delivery | None:
        """Find the row of this robot that goes out next: the oldest one that waits and was not merged into a digest."""
        found = self._select("robot = ? AND stage = 'queued' AND digest_id IS NULL ORDER BY place, seq LIMIT 1", robot)
        return found[0] if found else None

    def queued(self, robot: str) -> Sequence[Delivery]:
        """All waiting rows of a robot in sending order, without those merged into a digest."""
        return self._select("robot = ? AND stage = 'queued' AND digest_id IS NULL ORDER BY place, seq", robot)

    def begin(self, delivery: Delivery, *, now_ms: int) -> Delivery:
        """Save that an attempt begins, before the socket is touched."""
        begun = replace(
            delivery,
            stage=step(delivery.stage, Stage.SENDING),
            attempts=delivery.attempts + 1,
            updated_ms=now_ms,
        )
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE deliveries SET stage = 'sending', attempts = ?, updated_ms = ? WHERE id = ?",
                (begun.attempts, now_ms, begun.id),
            )
            connection.execute(
                "INSERT INTO attempts (delivery_id, number, robot, at_ms, outcome) VALUES ("
                "?, (SELECT 1 + COUNT(*) FROM attempts WHERE delivery_id = ?), ?, ?, 'begun')",
                (begun.id, begun.id, begun.robot, now_ms),
            )
        return begun

    def settle(self, delivery: Delivery, *, outcome: str, took_ms: int, month: str) -> None:
        """Save what an attempt came to; a sent one counts in `month` (`2026-11`), and a digest settles its rows too."""
        with self._database.transaction() as connection:
            self._save(connection, delivery)
            connection.execute(
                "UPDATE attempts SET outcome = ?, took_ms = ?, errcode = ?, reason = ? WHERE delivery_id = ? AND "
                "number = (SELECT COUNT(*) FROM attempts WHERE delivery_id = ?)",
                (outcome, took_ms, delivery.errcode, text_to_column(delivery.reason), delivery.id, delivery.id),
            )
            if delivery.stage is Stage.SENT:
                connection.execute(
                    "INSERT INTO months VALUES (?, ?, 1) ON CONFLICT (robot, month) DO UPDATE SET sent = sent + 1",
                    (delivery.robot, month),
                )

    def save(self, delivery: Delivery) -> None:
        """Save stage, times, errcode and texts of a row (and of the rows merged into it)."""
        with self._database.transaction() as connection:
            self._save(connection, delivery)

    def _save(self, connection: Any, delivery: Delivery) -> None:
        texts = (delivery.errcode, text_to_column(delivery.reason), text_to_column(delivery.hint))
        times = (delivery.updated_ms, delivery.due_ms)
        connection.execute(
            "UPDATE deliveries SET stage = ?, attempts = ?, errcode = ?, reason = ?, hint = ?, updated_ms = ?, due_ms = ? "
            "WHERE id = ?",
            (delivery.stage.value, delivery.attempts, *texts, *times, delivery.id),
        )
        if delivery.stage in {Stage.SENT, Stage.FAILED, Stage.EXPIRED, Stage.DISCARDED}:
            connection.execute(
                "UPDATE deliveries SET stage = ?, errcode = ?, reason = ?, hint = ?, updated_ms = ? "
                "WHERE digest_id = ? AND stage = 'queued'",
                (delivery.stage.value, *texts, delivery.updated_ms, delivery.id),
            )

    def requeue_interrupted(self, *, now_ms: int) -> int:
        """At start: what was in flight when the process died goes again, under the same id. Returns how many."""
        with self._database.transaction() as connection:
            return int(
                connection.execute(
                    "UPDATE deliveries SET stage = 'queued', updated_ms = ?, due_ms = ? WHERE stage = 'sending'",
                    (now_ms, now_ms),
                ).rowcount
            )

    def forget_content(self, group_id: str) -> None:
        """Drop the messages of a settled group (the owner's setting `store_content = false`)."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE deliveries SET message = NULL, title = '' WHERE group_id = ?", (group_id,))

    def prune(self, *, before_ms: int) -> int:
        """Delete settled rows and attempts older than the owner's retention. Returns how many rows went."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM attempts WHERE at_ms < ?", (before_ms,))
            return int(
                connection.execute(
                    "DELETE FROM deliveries WHERE created_ms < ? AND stage NOT IN ('queued', 'sending', 'held')",
                    (before_ms,),
                ).rowcount
            )

    def waiting_robots(self) -> Sequence[str]:
        """Robots that have rows to send."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT DISTINCT robot FROM deliveries WHERE stage = 'queued' ORDER BY robot")
            return [row["robot"] for row in found.fetchall()]

    def group(self, group_id: str) -> Sequence[Delivery]:
        """All parts of one message, in order; empty where there is none."""
        return self._select("group_id = ? ORDER BY part", group_id)

    def find(self, delivery_id: str) -> Delivery | None:
        """One row."""
        found = self._select("id = ?", delivery_id)
        return found[0] if found else None

    def recent(self, limit: int) -> Sequence[Delivery]:
        """The newest rows, newest first."""
        return self._select("1 ORDER BY seq DESC LIMIT ?", limit)

    def attempts_since(self, robot: str, since_ms: int) -> Sequence[int]:
        """Wall-clock times of the robot's attempts since then."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT at_ms FROM attempts WHERE robot = ? AND at_ms > ? ORDER BY at_ms", (robot, since_ms)
            )
            return [row["at_ms"] for row in found.fetchall()]

    def counts(self) -> dict[tuple[str, Stage], int]:
        """How many rows of each robot wait or are in flight."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT robot, stage, COUNT(*) AS n FROM deliveries WHERE stage IN ('queued', 'sending') "
                "GROUP BY robot, stage"
            )
            return {(row["robot"], Stage(row["stage"])): row["n"] for row in found.fetchall()}

    def blocked_since(self, since_ms: int) -> int:
        """How many messages a pause has kept back since then."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT COUNT(DISTINCT group_id) AS n FROM deliveries WHERE created_ms >= ? AND stage = 'blocked'",
                (since_ms,),
            )
            return int(found.fetchone()["n"])

    def month_sent(self, robot: str, month: str) -> int:
        """How many sends of a month count against the robot's quota."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT sent FROM months WHERE robot = ? AND month = ?", (robot, month)).fetchone()
            return int(found["sent"]) if found else 0

    def limit(self, robot: str) -> tuple[int, Text] | None:
        """Until when, and why, DingTalk limits a robot; None where it does not."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT until_ms, reason FROM limits WHERE robot = ?", (robot,)).fetchone()
        reason = None if found is None else text_from_column(found["reason"])
        return None if found is None or reason is None else (int(found["until_ms"]), reason)

    def set_limit(self, robot: str, *, until_ms: int, reason: Text) -> None:
        """Remember that DingTalk limits a robot."""
        with self._database.transaction() as connection:
            connection.execute("REPLACE INTO limits VALUES (?, ?, ?)", (robot, until_ms, text_to_column(reason)))

    def read_state(self, key: str) -> object:
        """Read a small value that must survive a restart (the pause); None where it was never kept."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return None if found is None else json.loads(found["value"])

    def write_state(self, key: str, value: object) -> None:
        """Keep a small value."""
        with self._database.transaction() as connection:
            connection.execute("REPLACE INTO state VALUES (?, ?)", (key, json.dumps(value)))

    def _select(self, where: str, *values: object) -> Sequence[Delivery]:
        with self._database.reading() as connection:
            found = connection.execute(f"SELECT {COLUMNS} FROM deliveries WHERE {where}", values)  # noqa: S608 - our own text
            return [from_row(row) for row in found.fetchall()]
