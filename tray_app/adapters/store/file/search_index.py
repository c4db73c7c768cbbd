"""The full-text index of settled messages: its schema, what it can answer, and how it is kept lean and whole.

Only settled rows are in it: a message that is not to be kept has lost its words in the write that settles it, so that
they never reach the index. The database's triggers keep it true; nobody writes to it otherwise.
"""

import sqlite3
from collections.abc import Iterable

# ruff: noqa: S608 - SQL is put together from the constants below; every value is bound
_TRIGRAM = 3
_MOST_TRIGRAMS = 64
MANY_PAGES = 16
_MERGING = {"automerge": 0, "crisismerge": 256}  # never; with so many parts of a size, which `tidy` comes before
_ITEMS = 10  # of a card: core.messages.MAX_BUTTONS, MAX_LINKS


def _titles(of: str) -> str:
    """Written out, because FTS5 reads an outer table without table-valued functions such as json_each."""
    return " || ' ' || ".join(f"coalesce(json_extract(message, '$.{of}[{n}].title'), '')" for n in range(_ITEMS))


WORDS = f"""CASE WHEN message IS NULL OR NOT json_valid(message) THEN ''
            WHEN json_extract(message, '$.kind') = 'feedCard' THEN {_titles("links")}
            WHEN json_extract(message, '$.kind') = 'actionCard'
                THEN coalesce(json_extract(message, '$.text'), '') || ' ' || {_titles("buttons")}
            ELSE coalesce(json_extract(message, '$.content'), json_extract(message, '$.text'), '') || ' '
                || coalesce(json_extract(message, '$.message_url'), '') END"""

# a step of migrations.py: never change what was released, WORDS included
SCHEMA = f"""
    CREATE TABLE search_from (seq INTEGER NOT NULL);
    INSERT INTO search_from SELECT coalesce(max(seq), 0) + 1 FROM deliveries;
    CREATE VIEW searched AS SELECT seq, title, robot, project, tool,
            {WORDS} AS words
        FROM deliveries
        WHERE stage NOT IN ('held', 'queued', 'sending') AND seq >= (SELECT seq FROM search_from);
    CREATE VIRTUAL TABLE search USING fts5(title, robot, project, tool, words, content='searched', content_rowid='seq',
        tokenize='trigram', detail=none, columnsize=0);
    CREATE TRIGGER search_added AFTER INSERT ON deliveries BEGIN
        INSERT INTO search (rowid, title, robot, project, tool, words) SELECT * FROM searched WHERE seq = new.seq;
    END;
    CREATE TRIGGER search_changing BEFORE UPDATE OF stage, title, message, robot, project, tool ON deliveries BEGIN
        INSERT INTO search (search, rowid, title, robot, project, tool, words)
            SELECT 'delete', * FROM searched WHERE seq = old.seq;
    END;
    CREATE TRIGGER search_changed AFTER UPDATE OF stage, title, message, robot, project, tool ON deliveries BEGIN
        INSERT INTO search (rowid, title, robot, project, tool, words) SELECT * FROM searched WHERE seq = new.seq;
    END;
    CREATE TRIGGER search_deleted BEFORE DELETE ON deliveries BEGIN
        INSERT INTO search (search, rowid, title, robot, project, tool, words)
            SELECT 'delete', * FROM searched WHERE seq = old.seq;
    END;
    CREATE INDEX deliveries_filters ON deliveries
        (seq, stage, robot, tool, project, session, source, grant_name, client, created_ms);
    CREATE INDEX deliveries_unsettled ON deliveries (created_ms) WHERE stage IN ('held', 'queued', 'sending');
"""


def match(words: Iterable[str]) -> str:
    """What to ask the index for these words: all their trigrams; empty where every word is shorter.

    The index knows which trigrams a row has, not their order, so what it finds must be looked at again.
    """
    found = [term[at : at + _TRIGRAM] for term in words for at in range(len(term) - _TRIGRAM + 1)]
    quoted = ['"' + trigram.replace('"', '""') + '"' for trigram in dict.fromkeys(found)]
    return " ".join(quoted[:_MOST_TRIGRAMS])


def add_older(connection: sqlite3.Connection, *, rows: int) -> bool:
    """Add the next older rows to the index; False where it has all of them. Within a transaction."""
    (above,) = connection.execute("SELECT seq FROM search_from").fetchone()
    if above <= 1:
        return False
    older = "SELECT min(seq) FROM (SELECT seq FROM deliveries WHERE seq < ? ORDER BY seq DESC LIMIT ?)"
    (first,) = connection.execute(older, (above, rows)).fetchone()
    connection.execute("UPDATE search_from SET seq = ?", (first or 1,))
    if first is not None:
        connection.execute(
            "INSERT INTO search (rowid, title, robot, project, tool, words) "
            "SELECT * FROM searched WHERE seq >= ? AND seq < ?",
            (first, above),
        )
    return first is not None


def merge_apart(connection: sqlite3.Connection) -> None:
    """Have no commit merge the index, which took up to 100 ms of one in a hundred: `tidy` does, in bits."""
    known = dict(connection.execute("SELECT k, v FROM search_config").fetchall())
    for name, value in _MERGING.items():
        if known.get(name) != value:
            connection.execute("INSERT INTO search (search, rank) VALUES (?, ?)", (name, value))


def tidy(connection: sqlite3.Connection, *, first: bool, pages: int) -> bool:
    """Merge a part of the index, of so many pages; False where nothing is left to do.

    `first` begins with all of it, so that what was deleted leaves its pages.
    """
    before = connection.total_changes
    connection.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (-pages if first else pages,))
    return connection.total_changes - before > 1


def is_part(table: str) -> bool:
    """Whether a table is the index itself or one of those that FTS5 keeps it in."""
    return table == "search" or (table.startswith("search_") and table != "search_from")


def renew(connection: sqlite3.Connection) -> None:
    """Begin a damaged index anew, whatever is left of it; `add_older` fills it again."""
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE; INSERT INTO search (search) VALUES ('delete-all'); {NOTHING} COMMIT;"
        )
    except sqlite3.DatabaseError:  # its own pages are damaged: forget them unread
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        _forget(connection)


def _forget(connection: sqlite3.Connection) -> None:
    (made,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'search'").fetchone()
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    connection.execute("PRAGMA writable_schema = ON")
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "DELETE FROM sqlite_schema WHERE type IN ('table', 'index') AND tbl_name = ?",
            [(name,) for name in tables if is_part(name)],
        )
        connection.execute("COMMIT")
    finally:
        connection.execute("PRAGMA writable_schema = RESET")
    connection.execute("VACUUM")  # the pages that belonged to it are nobody's now
    connection.executescript(f"BEGIN IMMEDIATE; {made}; {NOTHING} COMMIT;")


NOTHING = "UPDATE search_from SET seq = (SELECT coalesce(max(seq), 0) + 1 FROM deliveries);"
