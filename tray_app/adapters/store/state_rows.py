"""Small values in the history database that must survive a restart: the pause, the owner's exceptions."""

import json

from tray_app.adapters.store.database import Database


class StateRows:
    """Every method may raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the store's database."""
        self._database = database

    def read_state(self, key: str) -> object:
        """Read a small value that must survive a restart (the pause); None where it was never kept."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return None if found is None else json.loads(found["value"])

    def write_state(self, key: str, value: object) -> None:
        """Keep a small value."""
        with self._database.transaction() as connection:
            connection.execute("REPLACE INTO state VALUES (?, ?)", (key, json.dumps(value)))
