"""The history as the owner looks through it: pages, one message in full, export, sending again, discarding."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Protocol

from tray_app.core.delivery.delivery import FINAL, Delivery, Stage, step
from tray_app.core.history.query import Attempt, Choices, HistoryPage, HistoryQuery, read
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Catalog, text
from tray_app.core.messages import message as messages
from tray_app.core.policy.audit import AuditEntry
from tray_app.services.history.history import to_data
from tray_app.services.ports import Aside, Clock

_EXPORT_ROWS = 200
_MOST_COUNTED = 100_000


class HistoryRecords(Protocol):
    """The kept messages."""

    def find(self, delivery_id: str) -> Delivery | None:
        """One row."""
        ...

    def group(self, group_id: str) -> Sequence[Delivery]:
        """All parts of a message."""
        ...

    def save(self, delivery: Delivery) -> None:
        """Save a row's stage and texts, and those of the rows merged into it."""
        ...


class Search(Protocol):
    """Looks through them."""

    def search(self, query: HistoryQuery) -> HistoryPage:
        """A page of rows, newest first."""
        ...

    def count(self, query: HistoryQuery, *, most: int) -> int:
        """Count what filters find."""
        ...

    def attempts(self, delivery_id: str) -> Sequence[Attempt]:
        """All tries of a row."""
        ...

    def merged(self, digest_id: str) -> Sequence[Delivery]:
        """Rows that a digest says."""
        ...

    def choices(self) -> Choices:
        """What there is to choose from."""
        ...

    def complete(self) -> bool:
        """Whether words are searched in all rows yet."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePart:
    """One part of a message, and its tries."""

    row: Delivery
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDetail:
    """One message in full. `digest` is the message it was merged into, `merged` what was merged into it.

    `decision` is the audit's line about the call, where there is one. `can_resend` and `can_discard` say what may be
    asked for now; `arrived` whether sending it again would show it twice; `perhaps` whether it might, and `known`
    whether the chat service would know it again by its id.
    """

    parts: tuple[MessagePart, ...]
    digest: Delivery | None
    merged: tuple[Delivery, ...]
    decision: AuditEntry | None
    can_resend: bool
    can_discard: bool
    arrived: bool
    perhaps: bool
    known: bool


class HistoryQueries:
    """Every method may raise StoreUnavailable."""

    def __init__(
        self,
        *,
        records: HistoryRecords,
        search: Search,
        aside: Aside,
        clock: Clock,
        decided: Callable[[str], AuditEntry | None] = lambda _id: None,
        knows: Callable[[Delivery], bool] = lambda _row: False,
        changed: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        """`knows` says whether a row's chat service would know it again by its id.

        `decided` finds the audit's line about a message; `wake` tells who waits for a message that it is settled.
        """
        self._records = records
        self._search = search
        self._aside = aside
        self._clock = clock
        self._decided = decided
        self._knows = knows
        self._changed = changed
        self._wake = wake

    async def find(self, query: HistoryQuery) -> HistoryPage:
        """A page of rows, newest first."""
        return await self._aside(lambda: self._search.search(query))

    async def count(self, query: HistoryQuery) -> int | None:
        """How many rows the query has on all its pages; None where counting would take as long as reading them."""
        if query.words:
            return None
        return await self._aside(lambda: self._search.count(replace(query, before=None), most=_MOST_COUNTED))

    async def listing(
        self, given: Mapping[str, str], *, limit: int, day_ms: Callable[[date], int], catalog: Catalog
    ) -> dict[str, object]:
        """Give rows as `history --json` prints them, newest first, and `older`, the `before` of the next ones.

        `given` are the fields of a query; `full` is "1" for rows with their message. Raises TrayAppError where one of
        them cannot be meant.
        """
        asked = read(given, now_ms=self._clock.now_ms(), day_ms=day_ms)
        for name, fault in asked.faults.items():
            raise TrayAppError(text("history.option", name=name, fault=fault), text("history.option_hint"))
        page = await self.find(replace(asked.query, limit=limit))
        say = exported if given.get("full") == "1" else to_data
        return {"deliveries": [say(row.delivery, catalog) for row in page.rows], "older": page.older}

    async def choices(self) -> Choices:
        """What there is to choose from."""
        return await self._aside(self._search.choices)

    async def complete(self) -> bool:
        """Whether words are searched in all rows yet; right after an update older ones take a while."""
        return await self._aside(self._search.complete)

    async def detail(self, delivery_id: str) -> MessageDetail:
        """One message in full, whichever of its parts is named. Raises TrayAppError where there is none of that id."""
        found = self._found(delivery_id)
        rows = self._records.group(found.group_id)
        digest_id = next((row.digest_id for row in rows if row.digest_id), None)
        digest = None if digest_id is None else self._records.find(digest_id)
        doubtful = [row for row in rows if row.lost_ms is not None or row.stage is Stage.PERHAPS]
        attempts = await self._aside(lambda: [tuple(self._search.attempts(row.id)) for row in rows])
        merged = await self._aside(lambda: self._search.merged(found.id))
        return MessageDetail(
            parts=tuple(MessagePart(row=row, attempts=tries) for row, tries in zip(rows, attempts, strict=True)),
            digest=digest,
            merged=tuple(merged),
            decision=self._decided(found.group_id),
            can_resend=all(
                row.stage in FINAL and row.message is not None and not row.origin.is_private for row in rows
            ),
            can_discard=any(_discardable(row, digest) for row in rows),
            arrived=all(row.stage is Stage.SENT for row in rows),
            perhaps=bool(doubtful),
            known=all(self._knows(row) for row in doubtful),
        )

    def discard(self, delivery_id: str) -> None:
        """Take back what has not left yet. Raises TrayAppError where nothing of it waits any more."""
        rows = self._records.group(self._found(delivery_id).group_id)
        digest_id = next((row.digest_id for row in rows if row.digest_id), None)
        digest = None if digest_id is None else self._records.find(digest_id)
        waiting = [row for row in rows if _discardable(row, digest)]
        if not waiting:
            raise TrayAppError(text("history.not_discarded"), text("history.not_discarded_hint"))
        reason, hint = text("history.discarded_by_owner"), text("history.discarded_by_owner_hint")
        for row in waiting:
            gone = replace(row, stage=step(row.stage, Stage.DISCARDED), updated_ms=self._clock.now_ms())
            self._records.save(replace(gone, reason=reason, hint=hint))
        self._changed()
        self._wake()

    async def export(self, query: HistoryQuery, catalog: Catalog) -> AsyncIterator[list[dict[str, object]]]:
        """Give everything the query finds, newest first, some rows at a time: those of `--json`, and what was said."""
        older = query.before
        while True:
            rows, older = await self._aside(partial(self._exported, replace(query, before=older), catalog))
            yield rows
            if older is None:
                return

    def _exported(self, query: HistoryQuery, catalog: Catalog) -> tuple[list[dict[str, object]], int | None]:
        page = self._search.search(replace(query, limit=_EXPORT_ROWS))
        return [exported(row.delivery, catalog) for row in page.rows], page.older

    def _found(self, delivery_id: str) -> Delivery:
        found = self._records.find(delivery_id)
        if found is None:
            raise TrayAppError(text("outbox.unknown_delivery"), text("history.unknown_hint"))
        return found


def exported(row: Delivery, catalog: Catalog) -> dict[str, object]:
    """One row as plain JSON with its message: `--json`'s fields and `message`, None where the content is not kept."""
    return {**to_data(row, catalog), "message": None if row.message is None else messages.to_json(row.message)}


def _discardable(row: Delivery, digest: Delivery | None) -> bool:
    """Whether it waits by itself. What a digest says goes with the digest, unless that failed; a held one is denied."""
    merged = row.digest_id is not None and digest is not None and digest.stage is not Stage.FAILED
    return row.stage is Stage.QUEUED and not merged
