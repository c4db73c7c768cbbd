"""The history as programs read it: rows as plain data in the reader's language, and sending one again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from tray_app.core.approvals.answer import LEAST_CHARS
from tray_app.core.delivery.delivery import FINAL, Delivery, Source, Stage
from tray_app.core.delivery.receipt import Receipt, Report
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.messages import message as messages
from tray_app.core.redaction.kinds import listed
from tray_app.services.submit.submit import Submitter


class HistoryStore(Protocol):
    """What is asked of the kept messages."""

    def find(self, delivery_id: str) -> Delivery | None:
        """One row."""
        ...

    def group(self, group_id: str) -> Sequence[Delivery]:
        """All parts of a message."""
        ...

    def beginning(self, begin: str, *, sessions: bool = False) -> Sequence[str]:
        """Up to three ids of messages (or of their sessions) that begin so."""
        ...


class History:
    """Reads; `resend()` alone changes anything, through the same door as every message."""

    def __init__(self, records: HistoryStore, notify: Submitter) -> None:
        """Wire the records and the door."""
        self._records = records
        self._notify = notify

    def report(self, delivery_id: str) -> Report:
        """Say what became of a message. Raises TrayAppError where there is none of that id."""
        rows = self._rows(delivery_id)
        receipt = self._notify.describe(rows)
        data: dict[str, object] = {
            "status": receipt.status.value,
            "delivery_id": receipt.delivery_id,
            "stage": rows[0].stage.value,
            "robot": receipt.robot,
            "tool": rows[0].origin.tool,
            "title": rows[0].title,
            "parts": len(rows),
            "attempts": sum(row.attempts for row in rows),
            "masked": [{"kind": each.kind, "count": each.count} for each in receipt.masked],
            "errcode": receipt.errcode,
            "said": next((row.said for row in rows if row.said), None),
            "retry_after_s": receipt.retry_after_s,
            "created_ms": rows[0].created_ms,
            "updated_ms": max(row.updated_ms for row in rows),
        }
        said = text(f"outbox.stage_{rows[0].stage.value}", title=rows[0].title, robot=receipt.robot)
        masked = text("redact.masked", found=listed(receipt.masked)) if receipt.masked else None
        return Report(data=data, words=tuple(words for words in (said, receipt.reason, receipt.hint, masked) if words))

    async def became(self, delivery_id: str) -> Receipt:
        """Wait a little for what becomes of a message. Raises TrayAppError where there is none of that id."""
        return await self._notify.became(self._rows(delivery_id))

    async def resend(self, delivery_id: str, *, source: Source, wait_s: float | None = None) -> Receipt:
        """Send a kept message again as a new delivery: its parts that did not arrive for sure, or all where all did.

        A part that perhaps arrived goes under the id that it had, as long as the chat service knows it by that.

        Raises TrayAppError where that is not possible. The answer is that of the last part, behind which all wait.
        """
        rows = self._rows(delivery_id)
        if any(row.stage not in FINAL for row in rows):
            raise TrayAppError(text("outbox.resend_open"), text("outbox.resend_open_hint"))
        if rows[0].origin.is_private:  # sent again it would be no answer of the app any more, and may hold a code
            raise TrayAppError(text("outbox.resend_private"), text("outbox.resend_private_hint"))
        again = [row for row in rows if row.stage is not Stage.SENT] or rows
        kept = [(row.message, row) for row in again if row.message is not None]
        if len(kept) < len(again):
            raise TrayAppError(text("outbox.resend_empty"), text("outbox.resend_empty_hint"))
        *first, (last, last_row) = kept
        robot, origin = again[0].robot, replace(again[0].origin, source=source, client="", call_id="")
        for message, row in first:
            await self._notify.send(message, robot=robot, origin=origin, wait_s=0, repeats=row)
        return await self._notify.send(last, robot=robot, origin=origin, wait_s=wait_s, repeats=last_row)

    def whole_id(self, begin: str) -> str:
        """The id that begins so. Raises TrayAppError where none does, or several do."""
        if self._records.find(begin) is not None:
            return begin
        found = self._records.beginning(begin) if len(begin) >= LEAST_CHARS else ()
        if not found:
            raise _unknown()
        return only_one(begin, found)

    def whole_session(self, begin: str) -> str:
        """The session whose id begins so, of those that have messages; as it was said where none does."""
        found = self._records.beginning(begin, sessions=True) if len(begin) >= LEAST_CHARS else ()
        return begin if begin in found or not found else only_one(begin, found)

    def kept(self, delivery_id: str) -> bool:
        """Whether a message can be sent again: all its parts are there with their words."""
        found = self._records.find(delivery_id)
        rows = () if found is None else self._records.group(found.group_id)
        return bool(rows) and all(row.message is not None and not row.origin.is_private for row in rows)

    def _rows(self, delivery_id: str) -> Sequence[Delivery]:
        found = self._records.find(delivery_id)
        if found is None:
            raise _unknown()
        return self._records.group(found.group_id)


def only_one(begin: str, found: Sequence[str]) -> str:
    """The one id of these. Raises TrayAppError that names them where there are several."""
    if len(found) > 1:
        ids = text("cli.verbatim", words=", ".join(found))
        raise TrayAppError(text("waiting.cli_several", count=len(found), begin=begin), ids)
    return found[0]


def _unknown() -> TrayAppError:
    return TrayAppError(text("outbox.unknown_delivery"), text("outbox.unknown_delivery_hint"))


def to_data(row: Delivery, catalog: Catalog) -> dict[str, object]:
    """One row as plain JSON; the names are stable (docs/seams.md)."""
    return {
        "id": row.id,
        "group_id": row.group_id,
        "part": row.part,
        "parts": row.parts,
        "stage": row.stage.value,
        "robot": row.robot,
        "tool": row.origin.tool,
        "source": row.origin.source.value,
        "client": row.origin.client,
        "grant": row.origin.grant,
        "session": row.origin.session,
        "project": row.origin.project,
        "kind": None if row.message is None else messages.kind_of(row.message),
        "title": row.title,
        "masked": [{"kind": kind, "count": count} for kind, count in row.masked],
        "decision": row.decision,
        "rule": row.rule,
        "attempts": row.attempts,
        "errcode": row.errcode,
        "said": row.said or None,
        "reason": _said(row.reason, catalog),
        "hint": _said(row.hint, catalog),
        "digest_id": row.digest_id,
        "sent_as": row.known_as,
        "created_ms": row.created_ms,
        "updated_ms": row.updated_ms,
        "due_ms": row.due_ms,
    }


def _said(what: Text | None, catalog: Catalog) -> str | None:
    return None if what is None else catalog(what)
