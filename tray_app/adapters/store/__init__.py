"""The history database (SQLite): queue and history in one table, and the small state that must survive a restart."""

from tray_app.adapters.store.sqlite_store import SqliteStore

__all__ = ["SqliteStore"]
