"""The history as it is looked through, wired; what keeps its index of words complete and lean while the app runs."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from tray_app.adapters.store.file.search_index import MANY_PAGES
from tray_app.adapters.store.history import HistoryRows
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.delivery.delivery import Delivery
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.services.history.bulk import BulkResend
from tray_app.services.history.queries import HistoryQueries
from tray_app.services.ports import Clock

_PAUSE_S = 0.05  # between two bits of work of about 10 ms: calls and pages go on meanwhile
_LOOK_S = 60.0
_FEW_ROWS, _MANY_ROWS = 20, 400  # deleted at once, by how long the last ones took
_SHORT_MS, _LONG_MS = 4, 10


def _bit(size: int, took_ms: int, most: int) -> int:
    """How much to do at once next, by how long the last bit took."""
    return max(1, size // 2) if took_ms > _LONG_MS else min(2 * size, most) if took_ms < _SHORT_MS else size


class HistoryParts:
    """`queries` is what pages ask."""

    def __init__(
        self,
        store: SqliteStore,
        *,
        clock: Clock,
        knows: Callable[[Delivery], bool],
        changed: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        """`knows` as in `HistoryQueries`.

        `changed` and `wake` hear of a message that was discarded, `changed` also of an index that is complete.
        """
        self._store, self._look, self._clock = store, store.look, clock
        self._changed = changed
        self.queries = HistoryQueries(
            records=store,
            search=HistoryRows(store.reads),
            aside=store.reads.run,
            clock=clock,
            decided=store.audit.of_delivery,
            knows=knows,
            changed=changed,
            wake=wake,
        )

    def bulk(self, resend: Callable[[str], Awaitable[Receipt]]) -> BulkResend:
        """What sends all failures of one cause again."""
        return BulkResend(HistoryRows(self._store.reads), self._store.reads.run, resend)

    async def index(self) -> None:
        """Bring an older file's rows into the index bit by bit, also after that was damaged; runs until cancelled."""
        more = False
        while True:
            worked, more = more, False
            with contextlib.suppress(StoreUnavailable):
                more = self._look.index_older()
                await self._store.lasting()  # which folds a long log into the file, beside the loop
            if worked and not more:
                self._changed()  # a page that is open says that it was not done
            await asyncio.sleep(_PAUSE_S if more else _LOOK_S)

    async def prune(self, *, before_ms: int) -> None:
        """Delete what is older than the owner's retention, bit by bit. Raises StoreUnavailable."""
        most, gone, any_gone = _FEW_ROWS, 1, False
        while gone:
            began_ms = self._clock.steady_ms()
            gone = self._store.prune(before_ms=before_ms, most=most)
            took_ms = self._clock.steady_ms() - began_ms
            most = _bit(most, took_ms, _MANY_ROWS)
            any_gone = any_gone or bool(gone)
            await self._store.lasting()
            await asyncio.sleep(_PAUSE_S if gone else 0)
        if any_gone:
            self._changed()
            await self._tidy(whole=True)  # what was deleted leaves the index's pages, too

    async def merge(self) -> None:
        """Merge what calls have written into the index, which no commit of theirs does; runs until cancelled."""
        while True:
            await self._look.untidy()
            with contextlib.suppress(StoreUnavailable):
                await self._tidy(whole=False)

    async def _tidy(self, *, whole: bool) -> None:
        """Merge what there is much of in the index, or the whole, bit by bit. Raises StoreUnavailable."""
        pages, more, first = MANY_PAGES, True, whole
        while more:
            began_ms = self._clock.steady_ms()
            more = self._look.tidy(first=first, pages=pages)
            pages, first = _bit(pages, self._clock.steady_ms() - began_ms, MANY_PAGES), False
            if whole:
                await self._store.lasting()  # which folds a long log into the file; else calls do
            await asyncio.sleep(_PAUSE_S if more else 0)
