"""Sessions of coding agents in the history database: their figures, their days, and the messages that are theirs."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from tray_app.adapters.store.file.database import Database
from tray_app.adapters.store.file.remembered import Part
from tray_app.core.sessions.codec import from_data, to_data
from tray_app.core.sessions.live.scan import DayUsage
from tray_app.core.sessions.place import Place
from tray_app.core.sessions.ranges import WaitSpan
from tray_app.core.sessions.session import Estimate, Session, Tokens
from tray_app.core.sessions.timeline import to_data as moment_data

# ruff: noqa: S608 - SQL is put together from constants; every value is bound
_DAY_COLUMNS = "session_id, day, model, input, output, cache_creation, cache_creation_1h, cache_read, micros, searches"
_COLUMNS = "session_id, last_ms, data, started_ms, project, prompts, lines_added, lines_removed, moments, agent"
_ENDS = "('dingtalk_notify_session_end', 'session_end')"  # the agent's own report, and ours
_ARRIVES = "stage IN ('held', 'queued', 'sending', 'sent')"


class SessionRows:
    """Every method may raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the store's database."""
        self._database = database

    def keep(self, sessions: Sequence[Session], days: Iterable[DayUsage], waits: Iterable[WaitSpan] = ()) -> None:
        """Keep sessions, days and waits; later figures replace earlier ones. Records tell them again."""
        rows = [_session_row(session) for session in sessions]
        tools = [
            (session.session_id, name, use.calls, use.failed, use.denied)
            for session in sessions
            for name, use in session.tools.items()
        ]
        with self._database.transaction(Part.OTHER, waits=False) as connection:
            connection.executemany(f"REPLACE INTO sessions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            connection.executemany("DELETE FROM sessions_tools WHERE session_id = ?", [(row[0],) for row in rows])
            connection.executemany("INSERT INTO sessions_tools VALUES (?, ?, ?, ?, ?)", tools)
            connection.executemany(
                "REPLACE INTO sessions_waits VALUES (?, ?, ?, ?)",
                [(wait.session_id, wait.since_ms, wait.until_ms, wait.asks) for wait in waits],
            )
            connection.executemany(
                f"REPLACE INTO sessions_daily ({_DAY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_day_row(usage) for usage in days],
            )

    def last_seen(self, session_ids: Sequence[str]) -> Mapping[str, int]:
        """When kept sessions were last seen."""
        marks = ", ".join("?" for _ in session_ids)
        with self._database.reading() as connection:
            found = connection.execute(
                f"SELECT session_id, last_ms FROM sessions WHERE session_id IN ({marks})", tuple(session_ids)
            ).fetchall()
        return {row["session_id"]: row["last_ms"] for row in found}

    def kept(self, limit: int) -> Sequence[dict[str, object]]:
        """The newest kept sessions as plain data, newest first; damaged ones are left out."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT agent, data FROM sessions ORDER BY last_ms DESC LIMIT ?", (limit,)
            ).fetchall()
        return [data for row in found if (data := session_data(row)) is not None]

    def days(self, *, since: str) -> Sequence[DayUsage]:
        """What was used on each day from `since` (`2026-11-22`) on."""
        with self._database.reading() as connection:
            found = connection.execute(f"SELECT {_DAY_COLUMNS} FROM sessions_daily WHERE day >= ?", (since,)).fetchall()
        return [
            DayUsage(
                session_id=row["session_id"],
                day=row["day"],
                model=row["model"],
                tokens=Tokens(
                    input=row["input"],
                    output=row["output"],
                    cache_creation=row["cache_creation"],
                    cache_creation_1h=row["cache_creation_1h"],
                    cache_read=row["cache_read"],
                ),
                micros=row["micros"],
                searches=row["searches"],
            )
            for row in found
        ]

    def estimates(self, session_ids: Sequence[str]) -> Mapping[str, Mapping[str, Estimate]]:
        """What each model cost each session at list price, all of its days together."""
        marks = ", ".join("?" for _ in session_ids)
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT session_id, model, SUM(micros) AS micros, SUM(searches) AS searches, "
                "MAX(micros IS NULL AND input + output + cache_creation + cache_read > 0) AS unpriced "
                f"FROM sessions_daily WHERE session_id IN ({marks}) GROUP BY session_id, model",
                tuple(session_ids),
            ).fetchall()
        kept: dict[str, dict[str, Estimate]] = {}
        for row in found:
            known = None if row["unpriced"] else row["micros"] or 0
            kept.setdefault(row["session_id"], {})[row["model"]] = Estimate(micros=known, searches=row["searches"])
        return kept

    def places(self, session_ids: Sequence[str]) -> Mapping[str, Place]:
        """Where sessions worked that were kept as being in a worktree."""
        marks = ", ".join("?" for _ in session_ids)
        with self._database.reading() as connection:
            found = connection.execute(
                f"SELECT data FROM sessions WHERE session_id IN ({marks})", tuple(session_ids)
            ).fetchall()
        kept = [from_data(data).session for row in found if (data := plain(row["data"])) is not None]
        return {
            one.session_id: Place(project=one.project, worktree=one.worktree, main_folder=one.main_folder)
            for one in kept
            if one.worktree
        }

    def sent(self, session_ids: Sequence[str]) -> Mapping[str, int]:
        """How many messages of each session have arrived; a message of many parts is one."""
        marks = ", ".join("?" for _ in session_ids)
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT session, COUNT(DISTINCT group_id) AS n FROM deliveries "
                f"WHERE session != '' AND session IN ({marks}) AND stage = 'sent' GROUP BY session",
                tuple(session_ids),
            ).fetchall()
        return {row["session"]: row["n"] for row in found}

    def reported(self, session_id: str, *, tools: Sequence[str], since_ms: int) -> bool:
        """Whether a call of one of these tools from this session has arrived, or will, since then."""
        marks = ", ".join("?" for _ in tools)
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT 1 FROM deliveries WHERE session != '' AND session = ? AND created_ms >= ? "
                f"AND source = 'mcp' AND tool IN ({marks}) AND {_ARRIVES} LIMIT 1",
                (session_id, since_ms, *tools),
            ).fetchone()
        return found is not None

    def told_alone(self, session_ids: Sequence[str], *, since_ms: int) -> frozenset[str]:
        """Of these sessions those whose end a message of its own has told since then, or will."""
        marks = ", ".join("?" for _ in session_ids)
        with self._database.reading() as connection:
            found = connection.execute(
                f"SELECT DISTINCT session FROM deliveries WHERE session != '' AND session IN ({marks}) "
                f"AND created_ms >= ? AND tool IN {_ENDS} AND {_ARRIVES}",
                (*session_ids, since_ms),
            ).fetchall()
        return frozenset(row["session"] for row in found)

    def attribute(self, call_id: str, *, session_id: str, project: str) -> None:
        """Say whose call it was, once that is known; what is said already stays."""
        with self._database.transaction(Part.DELIVERIES, Part.APPROVALS) as connection:
            connection.execute(
                "UPDATE approvals SET origin = json_set(origin, '$.session', ?, '$.project', ?) WHERE state = 'waiting'"
                " AND ? != '' AND json_extract(origin, '$.call_id') = ? AND json_extract(origin, '$.session') = ''",
                (session_id, project, call_id, call_id),
            )
            connection.execute(
                "UPDATE deliveries SET session = ?, project = ? WHERE call_id != '' AND call_id = ? AND session = ''",
                (session_id, project, call_id),
            )


def _session_row(session: Session) -> tuple[object, ...]:
    moments = {"dropped": session.moments_dropped, "moments": [moment_data(one) for one in session.moments]}
    return (
        session.session_id,
        session.last_ms,
        json.dumps(to_data(session), ensure_ascii=False),
        session.started_ms,
        session.project,
        session.prompts,
        session.lines_added,
        session.lines_removed,
        json.dumps(moments, ensure_ascii=False),
        session.agent,
    )


def _day_row(usage: DayUsage) -> tuple[object, ...]:
    tokens = usage.tokens
    counts = (tokens.input, tokens.output, tokens.cache_creation, tokens.cache_creation_1h, tokens.cache_read)
    return (usage.session_id, usage.day, usage.model, *counts, usage.micros, usage.searches)


def session_data(row: sqlite3.Row) -> dict[str, object] | None:
    """Give a kept session as plain data, of a row with `agent` and `data`; None where it is damaged."""
    data = plain(row["data"])
    return None if data is None else {**data, "agent": row["agent"]}


def plain(column: str) -> dict[str, object] | None:
    """Read a column of JSON; None where it holds no object."""
    try:
        data = json.loads(column)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
