"""Failures by their cause, and sending all of one cause again: what an hour with a wrong key left, in one click."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from tray_app.core.delivery.delivery import Delivery, Source, Stage
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.history.query import MOST_ROWS, HistoryQuery
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.services.history.queries import Search
from tray_app.services.ports import Aside

# what perhaps arrived is looked at one by one: sent again it might be there twice
FAILED = frozenset({Stage.FAILED, Stage.EXPIRED})
_BY_HAND = (Source.PAGE, Source.CLI)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureCause:
    """So many messages to one robot failed for one reason; `key` names it in a form."""

    key: str
    robot: str
    errcode: int | None
    reason: Text
    count: int


class BulkResend:
    """Lives on the engine's loop. Looks at the newest failures of a query, 500 rows at most."""

    def __init__(self, search: Search, aside: Aside, resend: Callable[[str], Awaitable[Receipt]]) -> None:
        """`resend` sends one kept message again, without a wait for its outcome. Raises TrayAppError."""
        self._search = search
        self._aside = aside
        self._resend = resend

    async def causes(self, query: HistoryQuery) -> Sequence[FailureCause]:
        """The causes among them, the commonest first. Raises StoreUnavailable."""
        found: dict[str, list[Delivery]] = {}
        for row in await self._aside(lambda: self._failures(query)):
            found.setdefault(_key(row), []).append(row)
        causes = [_cause(key, rows) for key, rows in found.items()]
        return sorted(causes, key=lambda one: -one.count)

    async def resend(self, query: HistoryQuery, key: str) -> tuple[int, Receipt | None]:
        """Send all of one cause again, the oldest first: how many were accepted, and the answer that ended it early.

        What the owner has sent again since is left out, so a second click sends nothing twice. Raises StoreUnavailable.
        """
        rows = [row for row in await self._aside(lambda: self._failures(query)) if _key(row) == key]
        sent = 0
        for row in reversed(rows):
            try:
                receipt = await self._resend(row.id)
            except TrayAppError:  # its words are not kept, or somebody was first
                continue
            if not receipt.accepted:
                return sent, receipt  # paused, or refused as all others would be
            sent += 1
        return sent, None

    def _failures(self, query: HistoryQuery) -> list[Delivery]:
        """One row of each message, newest first, without those that went out again since. Beside the loop."""
        asked = replace(query, stages=query.stages & FAILED or FAILED, before=None, limit=MOST_ROWS)
        rows = [one.delivery for one in self._search.search(asked).rows]
        rows = [row for row in rows if row.reason is not None and row.origin.source is not Source.DIGEST]
        rows = [row for row in rows if not row.origin.is_private]
        if not rows:
            return []
        since_ms = min(row.created_ms for row in rows)
        later = [
            one.delivery
            for source in _BY_HAND
            for one in self._search.search(HistoryQuery(source=source, since_ms=since_ms, limit=MOST_ROWS)).rows
        ]
        open_ = [row for row in rows if row.message is not None and not _again(row, later)]
        return list({row.group_id: row for row in open_}.values())


def _again(row: Delivery, later: Sequence[Delivery]) -> bool:
    """Whether the same went to the same robot by the owner's hand since."""
    return any(
        one.robot == row.robot and one.message == row.message and one.created_ms > row.created_ms for one in later
    )


def _key(row: Delivery) -> str:
    reason = "" if row.reason is None else row.reason.key
    return f"{row.robot}/{row.errcode or 0}/{reason}"


def _cause(key: str, rows: Sequence[Delivery]) -> FailureCause:
    newest = rows[0]
    reason = newest.reason or text("pages.test_failed")
    return FailureCause(key=key, robot=newest.robot, errcode=newest.errcode, reason=reason, count=len(rows))
