"""What is asked of the database: accept, begin, settle, list; each call is one transaction, safe at any kill."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from tray_app.adapters.store import approvals as approval_rows
from tray_app.adapters.store import audit as audit_rows
from tray_app.adapters.store.approvals import ApprovalRows
from tray_app.adapters.store.audit import AuditRows
from tray_app.adapters.store.clients import ClientRows
from tray_app.adapters.store.deliveries import COLUMNS, StateRows, ThrottleRows, text_to_column, to_row
from tray_app.adapters.store.file.database import Database
from tray_app.adapters.store.file.log_sync import sync_log
from tray_app.adapters.store.file.migrations import Watch
from tray_app.adapters.store.file.read_thread import ReadThread
from tray_app.adapters.store.file.remembered import Part
from tray_app.adapters.store.history import IndexedRows
from tray_app.adapters.store.queue import OPEN, QueueRows
from tray_app.adapters.store.session_ranges import SessionRanges
from tray_app.adapters.store.sessions import SessionRows
from tray_app.core.approvals.approval import Approval
from tray_app.core.delivery.delivery import FINAL, Delivery, Stage, step
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.audit import AuditEntry
from tray_app.core.state.snapshot import StoreState

# ruff: noqa: S608 - SQL is put together from the constants below; every value is bound
_INSERT = f"INSERT INTO deliveries ({COLUMNS}) VALUES ({', '.join('?' for _ in COLUMNS.split(','))})"
_LAST = "(SELECT COALESCE(MAX(number), 0) FROM attempts WHERE delivery_id = ?)"


def _without_content(delivery: Delivery) -> Delivery:
    return replace(delivery, title="", message=None)


class SqliteStore(QueueRows, ThrottleRows, StateRows):
    """Implements `services.ports.Store`. Every method may raise StoreUnavailable."""

    def __init__(
        self,
        path: Path,
        *,
        on_change: Callable[[], None] = lambda: None,
        keep_content: Callable[[], bool] = lambda: True,
        sync: Callable[[Path], None] = sync_log,
    ) -> None:
        """`on_change` is called when the database's state has changed.

        `keep_content` is the owner's setting: without it a message's words go in the very write that settles it.
        """
        super().__init__(Database(path, on_change=on_change, sync=sync))
        self._keep_content = keep_content
        self.sessions = SessionRows(self._database)
        self.clients = ClientRows(self._database)
        self.audit = AuditRows(self._database)
        self.approvals = ApprovalRows(self._database)
        self.look = IndexedRows(self._database)
        self.reads = ReadThread(self._database)
        self.session_ranges = SessionRanges(self.reads)

    @property
    def state(self) -> StoreState:
        """Whether the database can be used."""
        return self._database.state

    @property
    def trouble(self) -> tuple[Text, Text] | None:
        """Reason and hint while something is wrong."""
        reason, hint = self._database.reason, self._database.hint
        return None if reason is None or hint is None else (reason, hint)

    async def open_aside(self, watch: Watch) -> None:
        """Open the file beside the loop, before anybody uses it; `watch` hears how far an older one is."""
        await self._database.open_aside(watch)

    async def lasting(self) -> None:
        """Wait until what was committed before outlives a power cut, too. Raises StoreUnavailable to each who waits."""
        await self._database.lasting()

    def close(self) -> None:
        """Close the file, under its own name."""
        self.look_at_files()
        self.reads.close()
        self._database.close()

    def look_at_files(self) -> None:
        """Notice at once that they were taken away; the trouble is told, and tried against by `recover`."""
        with suppress(StoreUnavailable):
            self._database.look_within()

    def recover(self) -> None:
        """Try again what failed last; nothing is written where nothing had failed."""
        if self.state.usable:
            with self._database.reading():
                return
        self.write_state("recovered", 1)

    def accept(
        self, deliveries: Sequence[Delivery], *, audit: AuditEntry | None = None, approval: Approval | None = None
    ) -> None:
        """Add rows in this order, with the decision about them and the approval they wait for: all or none.

        Answer only after `lasting()`, as for every method that says so.
        """
        with self._database.transaction(Part.DELIVERIES, Part.AUDIT, Part.APPROVALS, waits=False) as connection:
            if audit is not None:
                audit_rows.insert(connection, audit)
            if approval is not None:
                approval_rows.insert(connection, approval)
            for delivery in deliveries:
                kept = delivery if delivery.stage not in FINAL or self._keep_content() else _without_content(delivery)
                seq = connection.execute(_INSERT, to_row(kept)).lastrowid
                connection.execute("UPDATE deliveries SET place = ? WHERE seq = ?", (seq, seq))

    def settle_approval(self, settled: Approval, *, to: Stage, reason: Text | None, hint: Text | None) -> bool:
        """Save how an approval was settled and move its message on; False, and nothing, where somebody was first."""
        step(Stage.HELD, to)
        now_ms = settled.settled_ms
        forgotten = ", message = NULL, title = ''" if to in FINAL and not self._keep_content() else ""
        with self._database.transaction(Part.DELIVERIES, Part.APPROVALS) as connection:
            if not approval_rows.settle(connection, settled, keep_content=self._keep_content()):
                return False
            connection.execute(
                f"UPDATE deliveries SET stage = ?, reason = ?, hint = ?, updated_ms = ?, due_ms = ?, waits_ms = ?"
                f"{forgotten} WHERE group_id = ? AND stage = 'held'",
                (to.value, text_to_column(reason), text_to_column(hint), now_ms, now_ms, now_ms, settled.id),
            )
        return True

    def merge(self, digest: Delivery, rows: Sequence[Delivery]) -> None:
        """Add a digest at the place in the queue of the first of the rows it says, and mark them as its own."""
        with self._database.transaction(Part.DELIVERIES) as connection:
            seq = connection.execute(_INSERT, to_row(digest)).lastrowid
            place = "UPDATE deliveries SET place = (SELECT place FROM deliveries WHERE id = ?) WHERE seq = ?"
            connection.execute(place, (rows[0].id, seq))
            marks = [(digest.id, row.id) for row in rows]
            connection.executemany("UPDATE deliveries SET digest_id = ? WHERE id = ?", marks)

    def begin(self, delivery: Delivery, *, now_ms: int) -> Delivery | None:
        """Save that an attempt begins; None where the row waits no more. Touch the socket only after `lasting()`."""
        begun = replace(
            delivery,
            stage=step(delivery.stage, Stage.SENDING),
            attempts=delivery.attempts + 1,
            updated_ms=now_ms,
        )
        with self._database.transaction(Part.DELIVERIES, waits=False) as connection:
            taken = connection.execute(
                "UPDATE deliveries SET stage = 'sending', attempts = ?, updated_ms = ? "
                "WHERE id = ? AND stage = 'queued'",
                (begun.attempts, now_ms, begun.id),
            )
            if not taken.rowcount:
                return None
            connection.execute(
                "INSERT INTO attempts (delivery_id, number, robot, at_ms, outcome) "
                f"SELECT ?, 1 + {_LAST}, ?, ?, 'begun'",
                (begun.id, begun.id, begun.robot, now_ms),
            )
        return begun

    def settle(self, delivery: Delivery, *, outcome: str, took_ms: int, month: str) -> None:
        """Save what an attempt came to; a sent one counts in `month` (`2026-11`), and a digest settles its rows too.

        Tell it to others only after `lasting()`.
        """
        with self._database.transaction(Part.DELIVERIES, Part.MONTHS, waits=False) as connection:
            self._save(connection, delivery)
            said = (delivery.errcode, text_to_column(delivery.reason), delivery.said)
            connection.execute(
                "UPDATE attempts SET outcome = ?, took_ms = ?, errcode = ?, reason = ?, said = ? "
                f"WHERE delivery_id = ? AND number = {_LAST}",
                (outcome, took_ms, *said, delivery.id, delivery.id),
            )
            if delivery.stage is Stage.SENT:
                connection.execute(
                    "INSERT INTO months VALUES (?, ?, 1) ON CONFLICT (robot, month) DO UPDATE SET sent = sent + 1",
                    (delivery.robot, month),
                )

    def save(self, delivery: Delivery) -> None:
        """Save stage, times, errcode and texts of a row (and of the rows merged into it)."""
        with self._database.transaction(Part.DELIVERIES) as connection:
            self._save(connection, delivery)

    def _save(self, connection: sqlite3.Connection, delivery: Delivery) -> None:
        # in the same write: words that are not to be kept must not reach the index of settled messages
        forgets = delivery.stage in FINAL and not self._keep_content()
        forgotten = ", message = NULL, title = ''" if forgets else ""
        texts = (delivery.errcode, text_to_column(delivery.reason), text_to_column(delivery.hint))
        lost, times = (delivery.lost, delivery.lost_ms), (delivery.updated_ms, delivery.due_ms)
        connection.execute(
            "UPDATE deliveries SET stage = ?, attempts = ?, errcode = ?, reason = ?, hint = ?, said = ?, "
            f"lost = ?, lost_ms = ?, updated_ms = ?, due_ms = ?, taken_as = ?{forgotten} WHERE id = ?",
            (
                delivery.stage.value,
                delivery.attempts,
                *texts,
                delivery.said,
                *lost,
                *times,
                delivery.taken_as,
                delivery.id,
            ),
        )
        if delivery.stage in {Stage.SENT, Stage.PERHAPS, Stage.EXPIRED, Stage.DISCARDED}:
            # the rows of a refused digest stay queued and go alone: one bad message must not sink the others
            connection.execute(
                f"UPDATE deliveries SET stage = ?, errcode = ?, reason = ?, hint = ?, updated_ms = ?{forgotten} "
                "WHERE digest_id = ? AND stage = 'queued'",
                (delivery.stage.value, *texts, delivery.updated_ms, delivery.id),
            )

    def discard_queued(self, *, reason: Text, hint: Text, now_ms: int, group_id: str = "") -> int:
        """Discard whatever waits, or of one message, all of it or nothing. Returns how many rows.

        What may have arrived in an earlier try is tried no more, and stays perhaps arrived.
        """
        with self._database.transaction(Part.DELIVERIES) as connection:
            chosen = "stage = 'queued' AND group_id = COALESCE(NULLIF(?, ''), group_id)"
            return self._end_open(connection, chosen, group_id, reason=reason, hint=hint, now_ms=now_ms)

    def end_questions(self, *, reason: Text, hint: Text, now_ms: int) -> int:
        """At start: end what the last run still had to ask of the owner. Returns how many rows.

        What was in flight stays perhaps arrived.
        """
        with self._database.transaction(Part.DELIVERIES) as connection:
            connection.execute(
                f"UPDATE deliveries SET lost_ms = COALESCE(lost_ms, updated_ms) WHERE {OPEN} AND stage = 'sending' "
                "AND source = 'question'"
            )
            return self._end_open(connection, "source = 'question'", reason=reason, hint=hint, now_ms=now_ms)

    def _end_open(
        self, connection: sqlite3.Connection, chosen: str, *values: str, reason: Text, hint: Text, now_ms: int
    ) -> int:
        forgotten = "" if self._keep_content() else ", message = NULL, title = ''"
        unsure = text("outbox.perhaps_ended", reason=reason), text("outbox.perhaps_hint")
        ends = ((Stage.PERHAPS, "IS NOT", *unsure), (Stage.DISCARDED, "IS", reason, hint))
        return sum(
            connection.execute(
                f"UPDATE deliveries SET stage = ?, reason = ?, hint = ?, updated_ms = ?{forgotten} WHERE {OPEN} "
                f"AND {chosen} AND lost_ms {known} NULL",
                (stage.value, text_to_column(why), text_to_column(what), now_ms, *values),
            ).rowcount
            for stage, known, why, what in ends
        )

    def requeue_interrupted(self, robot: str, *, now_ms: int) -> int:
        """At start: what was in flight when the process died goes again, under the same id. Returns how many."""
        with self._database.transaction(Part.DELIVERIES) as connection:
            return connection.execute(
                "UPDATE deliveries SET stage = 'queued', lost_ms = COALESCE(lost_ms, updated_ms), updated_ms = ?, "
                f"due_ms = ? WHERE {OPEN} AND robot = ? AND stage = 'sending'",
                (now_ms, now_ms, robot),
            ).rowcount

    def prune(self, *, before_ms: int, most: int = -1) -> int:
        """Delete settled messages with their attempts, decisions and approvals older than the owner's retention.

        At most so many of each kind (-1: all), the oldest first. Returns how many rows of all kinds went.
        """
        old = "created_ms < ? AND stage NOT IN ('queued', 'sending', 'held') ORDER BY created_ms LIMIT ?"
        settled = "created_ms < ? AND state != 'waiting' ORDER BY created_ms LIMIT ?"
        with self._database.transaction(Part.DELIVERIES, Part.AUDIT, Part.APPROVALS, waits=False) as connection:
            gone = connection.execute(f"SELECT seq, id FROM deliveries WHERE {old}", (before_ms, most)).fetchall()
            connection.executemany("DELETE FROM attempts WHERE delivery_id = ?", [(row["id"],) for row in gone])
            # in one statement: each makes a part of the index of words for itself
            seqs = json.dumps([row["seq"] for row in gone])
            connection.execute("DELETE FROM deliveries WHERE seq IN (SELECT value FROM json_each(?))", (seqs,))
            approvals = connection.execute(
                f"DELETE FROM approvals WHERE id IN (SELECT id FROM approvals WHERE {settled})", (before_ms, most)
            )
            audit = audit_rows.prune(connection, before_ms=before_ms, most=most)
            return len(gone) + approvals.rowcount + audit
