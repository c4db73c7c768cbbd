"""The database's schema as numbered steps; `PRAGMA user_version` says how many have been taken.

Never change a step that was released: add one.
"""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from tray_app.adapters.store.file import search_index

# hears many times a second which step of how many is being taken; True ends it, and the step is as if never begun
Watch: TypeAlias = Callable[[int, int], bool]
_WATCHED_OPS = 100_000  # of SQLite's own; some milliseconds

MIGRATIONS: tuple[str, ...] = (
    # 1: the queue that is also the history, each attempt, and what must survive a restart
    """
    CREATE TABLE deliveries (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        place INTEGER NOT NULL DEFAULT 0,
        id TEXT NOT NULL UNIQUE,
        group_id TEXT NOT NULL,
        part INTEGER NOT NULL,
        parts INTEGER NOT NULL,
        stage TEXT NOT NULL,
        robot TEXT NOT NULL,
        source TEXT NOT NULL,
        tool TEXT NOT NULL,
        client TEXT NOT NULL,
        session TEXT NOT NULL,
        project TEXT NOT NULL,
        title TEXT NOT NULL,
        message TEXT,
        decision TEXT NOT NULL,
        rule TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        errcode INTEGER,
        reason TEXT,
        hint TEXT,
        digest_id TEXT,
        created_ms INTEGER NOT NULL,
        updated_ms INTEGER NOT NULL,
        due_ms INTEGER NOT NULL
    );
    CREATE INDEX deliveries_open ON deliveries (robot, place, seq) WHERE stage IN ('queued', 'sending');
    CREATE INDEX deliveries_group ON deliveries (group_id);
    CREATE INDEX deliveries_created ON deliveries (created_ms);
    CREATE TABLE attempts (
        delivery_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        robot TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        took_ms INTEGER,
        outcome TEXT NOT NULL,
        errcode INTEGER,
        reason TEXT,
        PRIMARY KEY (delivery_id, number)
    ) WITHOUT ROWID;
    CREATE INDEX attempts_recent ON attempts (robot, at_ms);
    CREATE TABLE months (robot TEXT NOT NULL, month TEXT NOT NULL, sent INTEGER NOT NULL, PRIMARY KEY (robot, month));
    CREATE TABLE limits (robot TEXT PRIMARY KEY, until_ms INTEGER NOT NULL, reason TEXT NOT NULL);
    CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    """,
    # 2: the agent's own id of the call, by which a session can be found later; rows of one digest found quickly
    """
    ALTER TABLE deliveries ADD COLUMN call_id TEXT NOT NULL DEFAULT '';
    CREATE INDEX deliveries_digest ON deliveries (digest_id) WHERE digest_id IS NOT NULL;
    """,
    # 3: sessions of coding agents, kept although their client deletes its own records; messages found by session
    """
    CREATE TABLE sessions (session_id TEXT PRIMARY KEY, last_ms INTEGER NOT NULL, data TEXT NOT NULL);
    CREATE INDEX sessions_last ON sessions (last_ms);
    CREATE TABLE sessions_daily (
        session_id TEXT NOT NULL,
        day TEXT NOT NULL,
        model TEXT NOT NULL,
        input INTEGER NOT NULL,
        output INTEGER NOT NULL,
        cache_creation INTEGER NOT NULL,
        cache_creation_1h INTEGER NOT NULL,
        cache_read INTEGER NOT NULL,
        micros INTEGER,
        PRIMARY KEY (session_id, day, model)
    ) WITHOUT ROWID;
    CREATE INDEX sessions_daily_day ON sessions_daily (day);
    CREATE INDEX deliveries_session ON deliveries (session, created_ms) WHERE session != '';
    CREATE INDEX deliveries_call ON deliveries (call_id) WHERE call_id != '';
    """,
    # 4: clients with a token of their own (its SHA-256), and whose token a message came by
    """
    CREATE TABLE clients (
        name TEXT PRIMARY KEY,
        fingerprint BLOB NOT NULL UNIQUE,
        created_ms INTEGER NOT NULL,
        seen_ms INTEGER,
        calls INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    ALTER TABLE deliveries ADD COLUMN grant_name TEXT NOT NULL DEFAULT '';
    """,
    # 5: what was masked in a message: kinds and counts
    """
    ALTER TABLE deliveries ADD COLUMN masked TEXT NOT NULL DEFAULT '';
    """,
    # 6: each decision about a call and what it counted; what waits for the owner, and how it was settled
    """
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        at_ms INTEGER NOT NULL,
        tool TEXT NOT NULL,
        client TEXT NOT NULL,
        grant_name TEXT NOT NULL,
        session TEXT NOT NULL,
        decision TEXT NOT NULL,
        rule TEXT NOT NULL,
        reason TEXT,
        counter TEXT NOT NULL,
        used INTEGER,
        most INTEGER,
        retry_after_ms INTEGER,
        observed INTEGER NOT NULL,
        delivery_id TEXT NOT NULL,
        counted TEXT NOT NULL,
        returned INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX audit_at ON audit (at_ms);
    CREATE INDEX audit_delivery ON audit (delivery_id) WHERE delivery_id != '';
    CREATE INDEX audit_refused ON audit (seq) WHERE decision IN ('deny', 'throttle') AND observed = 0;
    CREATE INDEX audit_grant ON audit (grant_name, decision);
    CREATE TABLE approvals (
        id TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        tool TEXT NOT NULL,
        risk TEXT NOT NULL,
        origin TEXT NOT NULL,
        robot TEXT NOT NULL,
        title TEXT NOT NULL,
        details TEXT NOT NULL,
        rule TEXT NOT NULL,
        reason TEXT,
        fingerprint TEXT NOT NULL,
        created_ms INTEGER NOT NULL,
        expires_ms INTEGER NOT NULL,
        answer TEXT,
        settled_by TEXT,
        settled_ms INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX approvals_waiting ON approvals (created_ms) WHERE state = 'waiting';
    CREATE INDEX approvals_created ON approvals (created_ms);
    """,
    # 7: what lists and charts of sessions ask for, beside the plain data; time lines, tools by session, waits
    """
    ALTER TABLE sessions ADD COLUMN started_ms INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE sessions ADD COLUMN project TEXT NOT NULL DEFAULT '';
    ALTER TABLE sessions ADD COLUMN prompts INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE sessions ADD COLUMN lines_added INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE sessions ADD COLUMN lines_removed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE sessions ADD COLUMN moments TEXT NOT NULL DEFAULT '';
    UPDATE sessions SET
        started_ms = COALESCE(json_extract(data, '$.started_ms'), 0),
        project = COALESCE(json_extract(data, '$.project'), ''),
        prompts = COALESCE(json_extract(data, '$.prompts'), 0),
        lines_added = COALESCE(json_extract(data, '$.lines_added'), 0),
        lines_removed = COALESCE(json_extract(data, '$.lines_removed'), 0)
    WHERE json_valid(data);
    DROP INDEX sessions_last;
    CREATE INDEX sessions_range
        ON sessions (last_ms, session_id, started_ms, project, prompts, lines_added, lines_removed);
    CREATE TABLE sessions_tools (
        session_id TEXT NOT NULL,
        tool TEXT NOT NULL,
        calls INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        denied INTEGER NOT NULL,
        PRIMARY KEY (session_id, tool)
    ) WITHOUT ROWID;
    INSERT INTO sessions_tools
        SELECT
            session_id,
            tools.key,
            COALESCE(json_extract(tools.value, '$.calls'), 0),
            COALESCE(json_extract(tools.value, '$.failed'), 0),
            COALESCE(json_extract(tools.value, '$.denied'), 0)
        FROM sessions, json_each(CASE WHEN json_valid(data) THEN data ELSE '{}' END, '$.tools') AS tools
        WHERE tools.type = 'object';
    CREATE TABLE sessions_waits (
        session_id TEXT NOT NULL,
        since_ms INTEGER NOT NULL,
        until_ms INTEGER NOT NULL,
        asks TEXT NOT NULL,
        PRIMARY KEY (session_id, since_ms)
    ) WITHOUT ROWID;
    """,
    # 8: the history searched by words, and filtered without reading whole rows
    search_index.SCHEMA,
    # 9: the web searches of a day, which cost beside its tokens
    """
    ALTER TABLE sessions_daily ADD COLUMN searches INTEGER NOT NULL DEFAULT 0;
    """,
    # 10: the chat service's own words; what may have arrived, since when, and under whose id it goes. What the versions
    # before gave up on is not said to be tried again; of a lost answer it is said that the message may be there
    """
    ALTER TABLE deliveries ADD COLUMN said TEXT NOT NULL DEFAULT '';
    ALTER TABLE deliveries ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE deliveries ADD COLUMN lost_ms INTEGER;
    ALTER TABLE deliveries ADD COLUMN sent_as TEXT NOT NULL DEFAULT '';
    ALTER TABLE attempts ADD COLUMN said TEXT NOT NULL DEFAULT '';
    UPDATE deliveries SET lost_ms = created_ms WHERE stage IN ('queued', 'failed') AND attempts > 0
        AND (reason LIKE '%"dingtalk.no_answer"%' OR reason LIKE '%"dingtalk.broken"%'
            OR reason LIKE '%"dingtalk.unreadable"%');
    UPDATE deliveries
        SET hint = '{"key": "outbox.' || iif(lost_ms IS NULL, 'expired_hint', 'perhaps_hint') || '", "args": {}}'
        WHERE stage = 'failed' AND reason LIKE '%"outbox.gave_up"%';
    """,
    # 11: which kind of agent a session is of; those that were kept before there were kinds are all Claude Code's
    """
    ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT 'claude-code';
    """,
    # 12: since when a row waits to be sent; before it was told from times that change with each try
    """
    ALTER TABLE deliveries ADD COLUMN waits_ms INTEGER NOT NULL DEFAULT 0;
    UPDATE deliveries SET waits_ms = iif(decision = 'ask' AND attempts = 0, updated_ms, created_ms);
    """,
    # 13: the chat service's own key of what it took, by which it takes it back
    """
    ALTER TABLE deliveries ADD COLUMN taken_as TEXT NOT NULL DEFAULT '';
    """,
)


class NewerSchema(Exception):
    """The file was written by a newer version of the app; it is left alone."""


def check_version(connection: sqlite3.Connection) -> int:
    """Return how many steps the file has taken. Raises NewerSchema where it is ahead of this app; writes nothing."""
    (taken,) = connection.execute("PRAGMA user_version").fetchone()
    if taken > len(MIGRATIONS):
        raise NewerSchema
    return int(taken)


def migrate(connection: sqlite3.Connection, *, to: int | None = None, watch: Watch | None = None) -> None:
    """Take the missing steps, each in one transaction with its number, so that a crash leaves a whole schema.

    `to` stops at an older schema (tests build such files). Raises NewerSchema, and sqlite3.Error where `watch` ends it.
    """
    taken = check_version(connection)
    missing = MIGRATIONS[taken:to]
    for number, script in enumerate(missing, start=1):
        if watch is not None:
            connection.set_progress_handler(partial(watch, number, len(missing)), _WATCHED_OPS)
        connection.executescript(f"BEGIN IMMEDIATE;{script};PRAGMA user_version = {taken + number};COMMIT;")
    connection.set_progress_handler(None, 0)
