"""The policy gate: asks the policy about each call, counts what passes, gives back what came to nothing, remembers why.

Counters live in memory, because every call asks them, and are rebuilt from the audit after a restart.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from tray_app.core.audit import Entry
from tray_app.core.decide import Call, decide, give_back
from tray_app.core.errors import StoreUnavailable
from tray_app.core.outbox import Delivery, Origin, Stage
from tray_app.core.policy import LONGEST_WINDOW_MS, Policy
from tray_app.core.ratelimit import Window, restored
from tray_app.core.verdict import Tally
from tray_app.services.passes import PassBook
from tray_app.services.ports import Clock
from tray_app.services.ruling import Ruling, entry_of

log = logging.getLogger(__name__)
_NOT_SENT = frozenset({Stage.FAILED, Stage.EXPIRED, Stage.DISCARDED, Stage.REFUSED})


class Records(Protocol):
    """The audit. Every method may raise StoreUnavailable."""

    def keep(self, entry: Entry) -> None:
        """Add a decision that has no message."""
        ...

    def counted_since(self, since_ms: int) -> Sequence[Entry]:
        """Decisions since then whose quota was not given back."""
        ...

    def give_back(self, entry_id: str) -> bool:
        """Note that a decision counts no more; False where that was noted before."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """What a decision has counted: when (steady ms), where."""

    at_ms: int
    tallies: tuple[Tally, ...]


class Gate:
    """Lives on the engine's loop. `judge` does not wait, so that parallel calls are counted one after the other."""

    def __init__(
        self,
        *,
        policy: Callable[[], Policy],
        records: Records,
        passes: PassBook,
        clock: Clock,
        new_id: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        """Nothing is read yet; `changed` hears of each decision."""
        self._policy = policy
        self._records = records
        self._passes = passes
        self._clock = clock
        self._new_id = new_id
        self._changed = changed
        self._counters: dict[Tally, Window] = {}
        self._counted: dict[str, _Counted] = {}  # by the decision's id, oldest first
        self._deliveries: dict[str, str] = {}  # the decision behind a message
        self._loaded = False

    def load(self) -> None:
        """Rebuild the counters from the audit, once. A database that cannot be read is asked again at the next call."""
        if self._loaded:
            return
        now_ms, steady_ms = self._clock.now_ms(), self._clock.steady_ms()
        try:
            entries = self._records.counted_since(now_ms - LONGEST_WINDOW_MS)
        except StoreUnavailable:
            return
        self._loaded = True
        ages: dict[Tally, list[int]] = {}
        for entry in entries:
            age_ms = now_ms - entry.at_ms
            self._remember(entry, steady_ms - max(0, age_ms))
            for tally in entry.counted:
                ages.setdefault(tally, []).append(age_ms)
        for tally, found in ages.items():
            before = restored(found, now_ms=steady_ms, window_ms=tally.window_ms)
            since = self._counters.get(tally, Window())
            self._counters[tally] = Window((*before.times, *since.times))

    def judge(self, call: Call, origin: Origin) -> Ruling:
        """Decide, and count at once what is let through or asked. Whoever asks must keep the ruling's entry."""
        self.load()
        now_ms = self._clock.steady_ms()
        decided = decide(self._policy(), call, self._counters, passes=self._passes.now(), now_ms=now_ms)
        self._counters.update(decided.counters)
        self._passes.used(decided.verdict, call)
        entry = entry_of(decided, call, origin, entry_id=self._new_id(), now_ms=self._clock.now_ms())
        if entry.counted:
            self._remember(entry, now_ms)
        return Ruling(call=call, verdict=decided.verdict, entry=entry)

    def bind(self, ruling: Ruling, delivery_id: str) -> Ruling:
        """Say which message it is about, so that a send that fails gives its quota back."""
        if ruling.entry.id in self._counted:
            self._deliveries[delivery_id] = ruling.entry.id
        return replace(ruling, entry=replace(ruling.entry, delivery_id=delivery_id))

    def keep(self, ruling: Ruling) -> None:
        """Keep a decision that has no message; without a database it is in the log alone."""
        try:
            self._records.keep(ruling.entry)
        except StoreUnavailable:
            log.warning("the decision %s about %s could not be kept", ruling.entry.decision, ruling.entry.tool)
        self._changed()

    def give_back(self, entry_id: str) -> None:
        """What a decision let through came to nothing: it counts no more. Once, however often this is said."""
        counted = self._counted.pop(entry_id, None)
        if counted is None:
            return
        for tally in counted.tallies:
            self._counters[tally] = give_back(self._counters.get(tally, Window()), counted.at_ms)
        try:
            self._records.give_back(entry_id)
        except StoreUnavailable:
            log.warning("that a failed send does not count could not be kept; after a restart it counts again")

    def came_to_nothing(self, delivery_id: str) -> None:
        """A message will not be sent: what it counted is free again."""
        entry_id = self._deliveries.pop(delivery_id, None)
        if entry_id is not None:
            self.give_back(entry_id)

    def settled(self, row: Delivery) -> None:
        """Hear what became of a message."""
        if row.stage in _NOT_SENT:
            self.came_to_nothing(row.group_id)
        elif row.stage is Stage.SENT and row.part == row.parts:
            self._deliveries.pop(row.group_id, None)

    def used(self, *, counter: str, window_ms: int) -> int:
        """How many calls count now for the holder closest to the limit."""
        now_ms = self._clock.steady_ms()
        return max(
            (
                window.used(now_ms, window_ms=window_ms)
                for tally, window in self._counters.items()
                if tally.counter == counter and tally.window_ms == window_ms
            ),
            default=0,
        )

    def _remember(self, entry: Entry, at_ms: int) -> None:
        oldest_ms = at_ms - LONGEST_WINDOW_MS
        while self._counted and next(iter(self._counted.values())).at_ms <= oldest_ms:
            del self._counted[next(iter(self._counted))]
        self._counted[entry.id] = _Counted(at_ms=at_ms, tallies=entry.counted)
        if entry.delivery_id:
            self._deliveries[entry.delivery_id] = entry.id
