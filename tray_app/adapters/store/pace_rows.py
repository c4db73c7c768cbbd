"""A robot's pace in the history database: when it tried to send, its months, until when DingTalk limits it."""

from collections.abc import Sequence

from tray_app.adapters.store.database import Database
from tray_app.adapters.store.rows import text_from_column, text_to_column
from tray_app.core.texts import Text


class PaceRows:
    """Implements `services.pace.PaceStore`. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the store's database."""
        self._database = database

    def attempts_since(self, robot: str, since_ms: int) -> Sequence[int]:
        """Wall-clock times of the robot's attempts since then."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT at_ms FROM attempts WHERE robot = ? AND at_ms > ? ORDER BY at_ms", (robot, since_ms)
            )
            return [row["at_ms"] for row in found.fetchall()]

    def month_sent(self, robot: str, month: str) -> int:
        """How many sends of a month count against the robot's quota."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT sent FROM months WHERE robot = ? AND month = ?", (robot, month))
            row = found.fetchone()
            return int(row["sent"]) if row else 0

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
