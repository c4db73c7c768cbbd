"""Approvals in the history database: what waits for the owner, and how each was settled, exactly once."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tray_app.adapters.store.deliveries import text_from_column, text_to_column
from tray_app.adapters.store.file.database import Database
from tray_app.adapters.store.file.remembered import Part
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval, ApprovalState
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.model import Risk

_COLUMNS = (
    "id, state, tool, risk, origin, robot, title, details, rule, reason, fingerprint, created_ms, expires_ms, "
    "answer, settled_by, settled_ms"
)
# ruff: noqa: S608 - SQL is put together from the constants above; every value is bound
_INSERT = f"INSERT INTO approvals ({_COLUMNS}) VALUES ({', '.join('?' for _ in _COLUMNS.split(','))})"


class ApprovalRows:
    """Reads; `insert` and `settle` run within the store's transactions. Every method may raise StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        """Share the store's database."""
        self._database = database

    def waiting(self) -> Sequence[Approval]:
        """Find what waits, oldest first."""
        where = "state = 'waiting' ORDER BY created_ms, id"
        return self._database.remembered(Part.APPROVALS, "waiting", lambda connection: _select(connection, where))

    def recent(self, limit: int) -> Sequence[Approval]:
        """Give the newest ones, whatever became of them."""
        return self._select("1 ORDER BY created_ms DESC, id LIMIT ?", limit)

    def find(self, approval_id: str) -> Approval | None:
        """One of them."""
        found = self._select("id = ?", approval_id)
        return found[0] if found else None

    def settled(self, begin: str) -> Approval | None:
        """The one whose id begins so and that waits no more; None where none does, or several do."""
        found = self._select("substr(id, 1, ?) = ? AND state != 'waiting' LIMIT 2", len(begin), begin)
        return found[0] if len(found) == 1 else None

    def _select(self, where: str, *values: object) -> Sequence[Approval]:
        with self._database.reading() as connection:
            return _select(connection, where, *values)


def _select(connection: sqlite3.Connection, where: str, *values: object) -> Sequence[Approval]:
    found = connection.execute(f"SELECT {_COLUMNS} FROM approvals WHERE {where}", values)
    return [_approval(row) for row in found.fetchall()]


def insert(connection: sqlite3.Connection, approval: Approval) -> None:
    """Add one within the transaction that keeps its message."""
    connection.execute(
        _INSERT,
        (
            approval.id,
            approval.state.value,
            approval.tool,
            approval.risk.value,
            json.dumps(asdict(approval.origin)),
            approval.robot,
            approval.title,
            json.dumps([[label.to_json(), value] for label, value in approval.details], ensure_ascii=False),
            approval.rule,
            text_to_column(approval.reason),
            approval.fingerprint,
            approval.created_ms,
            approval.expires_ms,
            None if approval.answer is None else approval.answer.value,
            None if approval.by is None else approval.by.value,
            approval.settled_ms,
        ),
    )


def settle(connection: sqlite3.Connection, settled: Approval, *, keep_content: bool) -> bool:
    """Save how it was settled; False where somebody was first."""
    forgotten = "" if keep_content else ", title = '', details = '[]'"
    changed = connection.execute(
        f"UPDATE approvals SET state = ?, answer = ?, settled_by = ?, settled_ms = ?{forgotten} "
        "WHERE id = ? AND state = 'waiting'",
        (
            settled.state.value,
            None if settled.answer is None else settled.answer.value,
            None if settled.by is None else settled.by.value,
            settled.settled_ms,
            settled.id,
        ),
    )
    return changed.rowcount == 1


def _approval(row: sqlite3.Row) -> Approval:
    origin: dict[str, Any] = json.loads(row["origin"])
    return Approval(
        id=row["id"],
        tool=row["tool"],
        risk=Risk(row["risk"]),
        origin=Origin(**{**origin, "source": Source(origin["source"])}),
        robot=row["robot"],
        title=row["title"],
        details=tuple(
            (said, value) for label, value in json.loads(row["details"]) if (said := Text.from_json(label)) is not None
        ),
        rule=row["rule"],
        reason=text_from_column(row["reason"]) or text("approvals.asked"),
        fingerprint=row["fingerprint"],
        created_ms=row["created_ms"],
        expires_ms=row["expires_ms"],
        state=ApprovalState(row["state"]),
        answer=None if row["answer"] is None else Answer(row["answer"]),
        by=None if row["settled_by"] is None else Source(row["settled_by"]),
        settled_ms=row["settled_ms"],
    )
