"""The history database (SQLite): queue and history in one table, and the small state that must survive a restart."""
