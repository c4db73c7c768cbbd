"""Kept sessions as lists, sums and single ones: what pages ask. The range and order stand in one covering index."""

import sqlite3
from collections.abc import Sequence

from tray_app.adapters.store.deliveries import COLUMNS, from_row
from tray_app.adapters.store.file.read_thread import Reads
from tray_app.adapters.store.sessions import plain, session_data
from tray_app.core.delivery.delivery import Delivery
from tray_app.core.sessions.ranges import After, DaySum, ProjectSum, SessionRange, Sums, ToolSum, WaitSpan
from tray_app.core.sessions.session import Tokens
from tray_app.core.sessions.timeline import Moment, from_data
from tray_app.core.sessions.usage.usage import SentRow, UsedRow

# ruff: noqa: S608 - SQL is put together from constants; every value is bound
_RANGE = "last_ms >= :since AND started_ms < :until AND (:project = '' OR project = :project)"
_MOST_NAMES = 200  # projects and tools; the rest is too small to be drawn
_MOST_WAITS = 200
# a notice about several projects is none's own, and their list no project
_PROJECT = "CASE WHEN source = 'auto' AND session = '' AND project LIKE '%, %' THEN '' ELSE project END"
_QUARTER_MS = 900_000  # messages are counted by these: every time zone's midnight falls on a quarter of an hour
_USED = "input + output + cache_creation + cache_read > 0"


class SessionRanges:
    """Every method may raise StoreUnavailable."""

    def __init__(self, reads: Reads) -> None:
        """Say where to read."""
        self._reads = reads

    def past(
        self, asked: SessionRange, *, after: After | None, limit: int, without: Sequence[str]
    ) -> Sequence[dict[str, object]]:
        """Kept sessions as plain data, the last active first, without some; damaged ones are left out."""
        marks = ", ".join(f":without{number}" for number, _ in enumerate(without))
        values = {f"without{number}": name for number, name in enumerate(without)}
        behind = "" if after is None else "AND (last_ms, session_id) < (:last, :id)"
        last = {} if after is None else {"last": after.last_ms, "id": after.session_id}
        with self._reads.reading() as connection:
            found = connection.execute(
                f"SELECT agent, data FROM sessions WHERE {_RANGE} {behind} AND session_id NOT IN ({marks}) "
                "ORDER BY last_ms DESC, session_id DESC LIMIT :limit",
                {**_values(asked), **values, **last, "limit": limit},
            ).fetchall()
        return [data for row in found if (data := session_data(row)) is not None]

    def sums(self, asked: SessionRange) -> Sums:
        """Counts over all sessions of the range."""
        with self._reads.reading() as connection:
            row = connection.execute(
                "SELECT COUNT(*) AS n, COALESCE(SUM(prompts), 0) AS prompts, COALESCE(SUM(lines_added), 0) AS added, "
                f"COALESCE(SUM(lines_removed), 0) AS removed FROM sessions WHERE {_RANGE}",
                _values(asked),
            ).fetchone()
        return Sums(sessions=row["n"], prompts=row["prompts"], lines_added=row["added"], lines_removed=row["removed"])

    def projects(self, asked: SessionRange) -> Sequence[ProjectSum]:
        """Sessions by project, the biggest first."""
        with self._reads.reading() as connection:
            found = connection.execute(
                f"SELECT project, COUNT(*) AS n FROM sessions WHERE {_RANGE} "
                f"GROUP BY project ORDER BY n DESC, project LIMIT {_MOST_NAMES}",
                _values(asked),
            ).fetchall()
        return [ProjectSum(project=row["project"], sessions=row["n"]) for row in found]

    def tools(self, asked: SessionRange) -> Sequence[ToolSum]:
        """Calls by tool, the biggest first."""
        with self._reads.reading() as connection:
            found = connection.execute(
                "SELECT tool, SUM(calls) AS calls, SUM(failed) AS failed, SUM(denied) AS denied "
                "FROM sessions CROSS JOIN sessions_tools USING (session_id) "
                f"WHERE {_RANGE} GROUP BY tool ORDER BY calls DESC, tool LIMIT {_MOST_NAMES}",
                _values(asked),
            ).fetchall()
        return [
            ToolSum(tool=row["tool"], calls=row["calls"], failed=row["failed"], denied=row["denied"]) for row in found
        ]

    def days(self, asked: SessionRange) -> Sequence[DaySum]:
        """What was used by day and model, the oldest first. Days count by the calendar, not by their sessions."""
        whose = "" if not asked.project else "JOIN sessions USING (session_id)"
        which = "" if not asked.project else "AND project = :project"
        with self._reads.reading() as connection:
            found = connection.execute(
                "SELECT day, model, SUM(input) AS input, SUM(output) AS output, SUM(cache_creation) AS cache_creation, "
                "SUM(cache_creation_1h) AS cache_creation_1h, SUM(cache_read) AS cache_read, "
                "COALESCE(SUM(micros), 0) AS micros,"
                " SUM(searches) AS searches,"
                " MAX(micros IS NULL AND input + output + cache_creation + cache_read > 0) AS unpriced "
                f"FROM sessions_daily {whose} WHERE day BETWEEN :since_day AND :until_day {which} "
                "GROUP BY day, model ORDER BY day, model",
                _values(asked),
            ).fetchall()
        return [
            DaySum(
                day=row["day"],
                model=row["model"],
                tokens=_tokens(row),
                micros=row["micros"],
                unpriced=bool(row["unpriced"]),
                searches=row["searches"],
            )
            for row in found
        ]

    def used(self, asked: SessionRange) -> Sequence[UsedRow]:
        """What each session used on each of the days with each model, and its share of the session's working time."""
        with self._reads.reading() as connection:
            found = connection.execute(
                "WITH used AS MATERIALIZED (SELECT * FROM sessions_daily "
                f"WHERE day BETWEEN :since_day AND :until_day AND {_USED}), "
                "worked AS MATERIALIZED (SELECT session_id, project, "
                "CASE WHEN json_valid(data) THEN COALESCE(json_extract(data, '$.active_ms'), 0) ELSE 0 END AS active, "
                "(SELECT SUM(output) FROM sessions_daily AS whole WHERE whole.session_id = sessions.session_id) "
                "AS wrote FROM sessions WHERE session_id IN (SELECT session_id FROM used)) "
                "SELECT used.*, COALESCE(project, '') AS project, active * output / MAX(wrote, 1) AS active_ms "
                "FROM used LEFT JOIN worked USING (session_id) WHERE :project = '' OR project = :project",
                _values(asked),
            ).fetchall()
        return [
            UsedRow(
                session_id=row["session_id"],
                project=row["project"],
                day=row["day"],
                model=row["model"],
                tokens=_tokens(row),
                micros=row["micros"],
                searches=row["searches"],
                active_ms=int(row["active_ms"] or 0),
            )
            for row in found
        ]

    def sent(self, asked: SessionRange) -> Sequence[SentRow]:
        """How many messages of each project arrived, by the quarter of an hour in which they were accepted."""
        with self._reads.reading() as connection:
            found = connection.execute(
                f"SELECT {_PROJECT} AS project, created_ms / {_QUARTER_MS} AS quarter, COUNT(DISTINCT group_id) AS n "
                "FROM deliveries WHERE created_ms >= :since AND created_ms < :until AND stage = 'sent' "
                "AND (:project = '' OR project = :project) GROUP BY 1, quarter",
                _values(asked),
            ).fetchall()
        return [SentRow(project=row["project"], at_ms=row["quarter"] * _QUARTER_MS, count=row["n"]) for row in found]

    def find(self, session_id: str) -> tuple[dict[str, object], tuple[Moment, ...], int] | None:
        """One session as plain data, its time line, and how many older moments it had; None where it is not kept."""
        with self._reads.reading() as connection:
            row = connection.execute(
                "SELECT agent, data, moments FROM sessions WHERE session_id = ?", (session_id,)
            ).fetchone()
        data = None if row is None else session_data(row)
        if row is None or data is None:
            return None
        line = plain(row["moments"]) or {}
        listed, dropped = line.get("moments"), line.get("dropped")
        moments = [from_data(one) for one in listed] if isinstance(listed, list) else []
        known = tuple(one for one in moments if one is not None)
        return data, known, dropped if isinstance(dropped, int) else 0

    def waits(self, session_id: str) -> Sequence[WaitSpan]:
        """How long it waited for its person, the newest first."""
        with self._reads.reading() as connection:
            found = connection.execute(
                "SELECT since_ms, until_ms, asks FROM sessions_waits WHERE session_id = ? "
                f"ORDER BY since_ms DESC LIMIT {_MOST_WAITS}",
                (session_id,),
            ).fetchall()
        return [
            WaitSpan(session_id=session_id, since_ms=row["since_ms"], until_ms=row["until_ms"], asks=row["asks"])
            for row in found
        ]

    def notices(self, session_id: str, *, limit: int) -> Sequence[Delivery]:
        """Messages of this session, the newest first."""
        with self._reads.reading() as connection:
            found = connection.execute(
                f"SELECT {COLUMNS} FROM deliveries WHERE session != '' AND session = ? AND part = 1 "
                "ORDER BY created_ms DESC, seq DESC LIMIT ?",
                (session_id, limit),
            ).fetchall()
        return [from_row(row) for row in found]


def _tokens(row: sqlite3.Row) -> Tokens:
    return Tokens(
        input=row["input"],
        output=row["output"],
        cache_creation=row["cache_creation"],
        cache_creation_1h=row["cache_creation_1h"],
        cache_read=row["cache_read"],
    )


def _values(asked: SessionRange) -> dict[str, object]:
    return {
        "since": asked.since_ms,
        "until": asked.until_ms,
        "since_day": asked.since_day,
        "until_day": asked.until_day,
        "project": asked.project,
    }
