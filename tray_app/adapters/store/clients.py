"""Clients in the history database: names, hashes of their tokens, and when they were seen; never a token."""

from collections.abc import Sequence

from tray_app.adapters.store.file.database import Database
from tray_app.adapters.store.file.remembered import Part
from tray_app.core.clients.client import Client


class ClientRows:
    """Implements `services.clients.ClientStore`. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the store's database."""
        self._database = database

    def kept(self) -> Sequence[Client]:
        """All of them, by name."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT * FROM clients ORDER BY name").fetchall()
        return [
            Client(
                name=row["name"],
                fingerprint=bytes(row["fingerprint"]),
                created_ms=row["created_ms"],
                seen_ms=row["seen_ms"],
                calls=row["calls"],
            )
            for row in found
        ]

    def keep(self, clients: Sequence[Client]) -> None:
        """Keep these, each in place of an earlier one of its name."""
        rows = [(each.name, each.fingerprint, each.created_ms, each.seen_ms, each.calls) for each in clients]
        with self._database.transaction(Part.OTHER) as connection:
            connection.executemany(
                "REPLACE INTO clients (name, fingerprint, created_ms, seen_ms, calls) VALUES (?, ?, ?, ?, ?)", rows
            )

    def forget(self, name: str) -> None:
        """Forget one."""
        with self._database.transaction(Part.OTHER) as connection:
            connection.execute("DELETE FROM clients WHERE name = ?", (name,))
