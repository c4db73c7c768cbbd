"""What was read of the database, by the group of tables it is of, until that is written."""

import sqlite3
from collections.abc import Callable, Hashable
from enum import StrEnum, auto
from typing import Any, TypeVar

T = TypeVar("T")


class Part(StrEnum):
    """Groups of tables. What is read of one is remembered until it is written."""

    DELIVERIES = auto()
    MONTHS = auto()
    APPROVALS = auto()
    AUDIT = auto()
    OTHER = auto()  # everything else; nothing of it is remembered


class Remembered:
    """Of one connection."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: dict[Part, dict[Hashable, Any]] = {part: {} for part in Part}
        self._version: int | None = None  # SQLite's own count of what other connections have written

    def get(
        self, connection: sqlite3.Connection, part: Part, key: Hashable, read: Callable[[sqlite3.Connection], T]
    ) -> T:
        """What `read` says of a part; it is asked again only after that was written."""
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self.forget()
            self._version = version
        known = self._known[part]
        if key not in known:
            known[key] = read(connection)
        found: T = known[key]
        return found

    def forget(self, *parts: Part) -> None:
        """Forget what is remembered of these parts, or of all."""
        for part in parts or Part:
            self._known[part].clear()
