"""The audit in the history database: every decision about a call, and what it counted, which outlives a restart."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from itertools import islice

from tray_app.adapters.store.deliveries import text_from_column, text_to_column
from tray_app.adapters.store.file.database import Database
from tray_app.adapters.store.file.remembered import Part
from tray_app.core.policy.audit import AuditEntry, DecisionKind
from tray_app.core.policy.model import LimitScope
from tray_app.core.policy.verdict import CounterKey

_COLUMNS = (
    "id, at_ms, tool, client, grant_name, session, decision, rule, reason, counter, used, most, retry_after_ms, "
    "observed, delivery_id, counted"
)
# ruff: noqa: S608 - SQL is put together from the constants above; every value is bound
_INSERT = f"INSERT INTO audit ({_COLUMNS}) VALUES ({', '.join('?' for _ in _COLUMNS.split(','))})"
_AT_REST = (
    "SELECT group_id AS id, MAX(stage NOT IN ('sent', 'perhaps_arrived')) AS unsent FROM deliveries "
    "WHERE group_id IN ({marks}) GROUP BY group_id HAVING NOT MAX(stage IN ('held', 'queued', 'sending')) "
    "UNION ALL SELECT id, state != 'approved' FROM approvals WHERE id IN ({marks}) "
    "AND fingerprint = '' AND state != 'waiting'"  # without a fingerprint it is no message
)
_AT_ONCE = 400  # ids in one question
_MOST = 200_000  # an agent that calls in a loop must not fill the disk with refusals
_SAID = "CASE WHEN observed THEN 'allow' ELSE decision END"  # what was only observed went on
_BY_GRANT = f"SELECT grant_name, {_SAID} AS said, COUNT(*) AS n FROM audit GROUP BY 1, 2"
_REFUSED = "decision IN ('deny', 'throttle') AND observed = 0"  # word for word as in the index audit_refused


class AuditRows:
    """Implements `services.policy.enforcer.DecisionLog`. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the store's database."""
        self._database = database

    def keep(self, entry: AuditEntry) -> None:
        """Add a decision that has no message. Answer only after `lasting()`."""
        with self._database.transaction(Part.AUDIT, waits=False) as connection:
            insert(connection, entry)

    def latest_ms(self) -> int | None:
        """When the last decision was kept; None where none was."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT at_ms FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        return None if found is None else int(found["at_ms"])

    def counted_since(self, since_ms: int) -> Sequence[AuditEntry]:
        """Find what still counts: decisions since then whose quota was not refunded, oldest first."""
        return self._select("at_ms > ? AND counted != '[]' AND returned = 0 ORDER BY at_ms", since_ms)

    def refund(self, entry_id: str) -> bool:
        """Note that what a decision counted counts no more; False where that was noted before. Lost, it counts on."""
        with self._database.transaction(Part.AUDIT, waits=False) as connection:
            changed = connection.execute("UPDATE audit SET returned = 1 WHERE id = ? AND returned = 0", (entry_id,))
            return changed.rowcount == 1

    def at_rest(self, delivery_ids: Collection[str]) -> Mapping[str, bool]:
        """Find which of these messages (or approved actions) are settled with all parts; True: a part was not sent.

        What is not known is left out.
        """
        found: dict[str, bool] = {}
        left = iter(delivery_ids)
        with self._database.reading() as connection:
            while some := tuple(islice(left, _AT_ONCE)):
                question = _AT_REST.format(marks=", ".join("?" for _ in some))
                found |= {row["id"]: bool(row["unsent"]) for row in connection.execute(question, some * 2)}
        return found

    def let_through(self, entry_id: str) -> bool:
        """Note that the owner let a refused call through after all; False where that was noted before."""
        with self._database.transaction(Part.AUDIT) as connection:
            changed = connection.execute(
                f"UPDATE audit SET returned = 1 WHERE id = ? AND returned = 0 AND {_REFUSED}", (entry_id,)
            )
            return changed.rowcount == 1

    def recent(self, limit: int) -> Sequence[AuditEntry]:
        """Give the newest decisions, newest first."""
        return self._select("1 ORDER BY seq DESC LIMIT ?", limit)

    def refusals(self, limit: int) -> Sequence[AuditEntry]:
        """Give the newest refusals (denied or too often) that were not let through since, newest first."""
        where = f"{_REFUSED} AND returned = 0 ORDER BY seq DESC LIMIT ?"
        return self._database.remembered(Part.AUDIT, limit, lambda connection: _select(connection, where, limit))

    def of_delivery(self, delivery_id: str) -> AuditEntry | None:
        """Find the decision about a message."""
        found = self._select("delivery_id = ? ORDER BY seq DESC LIMIT 1", delivery_id)
        return found[0] if found else None

    def find(self, entry_id: str) -> AuditEntry | None:
        """One decision."""
        found = self._select("id = ?", entry_id)
        return found[0] if found else None

    def by_grant(self) -> Mapping[str, Mapping[str, int]]:
        """Count each client's decisions, by decision; a call that was only observed counts as allowed."""
        counts: dict[str, dict[str, int]] = {}
        with self._database.reading() as connection:
            found = connection.execute(_BY_GRANT)
            for row in found.fetchall():
                counts.setdefault(row["grant_name"], {})[row["said"]] = row["n"]
        return counts

    def _select(self, where: str, *values: object) -> Sequence[AuditEntry]:
        with self._database.reading() as connection:
            return _select(connection, where, *values)


def _select(connection: sqlite3.Connection, where: str, *values: object) -> Sequence[AuditEntry]:
    found = connection.execute(f"SELECT {_COLUMNS} FROM audit WHERE {where}", values)
    return [_entry(row) for row in found.fetchall()]


def prune(connection: sqlite3.Connection, *, before_ms: int, most: int = -1, kept: int = _MOST) -> int:
    """Delete old decisions, and the oldest above so many `kept`, but none of these that a counter may still need.

    At most so many of each (-1: all). Returns how many went.
    """
    old = "SELECT seq FROM audit WHERE at_ms < ? ORDER BY at_ms LIMIT ?"
    above = "SELECT seq FROM audit WHERE seq <= (SELECT MAX(seq) FROM audit) - ? AND counted = '[]' LIMIT ?"
    gone = connection.execute(f"DELETE FROM audit WHERE seq IN ({old})", (before_ms, most)).rowcount
    return gone + connection.execute(f"DELETE FROM audit WHERE seq IN ({above})", (kept, most)).rowcount


def insert(connection: sqlite3.Connection, entry: AuditEntry) -> None:
    """Add a decision within the transaction that keeps its message."""
    counted = [
        [counter_key.counter, counter_key.scope.value, counter_key.whose, counter_key.window_ms]
        for counter_key in entry.counted
    ]
    connection.execute(
        _INSERT,
        (
            entry.id,
            entry.at_ms,
            entry.tool,
            entry.client,
            entry.grant,
            entry.session,
            entry.decision.value,
            entry.rule,
            text_to_column(entry.reason),
            entry.counter,
            entry.used,
            entry.most,
            entry.retry_after_ms,
            int(entry.observed),
            entry.delivery_id,
            json.dumps(counted),
        ),
    )


def _entry(row: sqlite3.Row) -> AuditEntry:
    return AuditEntry(
        id=row["id"],
        at_ms=row["at_ms"],
        tool=row["tool"],
        client=row["client"],
        grant=row["grant_name"],
        session=row["session"],
        decision=DecisionKind(row["decision"]),
        rule=row["rule"],
        reason=text_from_column(row["reason"]),
        counter=row["counter"],
        used=row["used"],
        most=row["most"],
        retry_after_ms=row["retry_after_ms"],
        observed=bool(row["observed"]),
        delivery_id=row["delivery_id"],
        counted=tuple(_counter_key(*parts) for parts in json.loads(row["counted"])),
    )


def _counter_key(counter: str, scope: str, whose: str, window_ms: int) -> CounterKey:
    return CounterKey(counter=counter, scope=LimitScope(scope), whose=whose, window_ms=window_ms)
