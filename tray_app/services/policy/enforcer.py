"""The policy's enforcer: asks it about each call, counts what passes, refunds what came to nothing, remembers why.

Counters live in memory, because every call asks them, and are rebuilt from the audit after a restart.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from tray_app.core.delivery.delivery import FINAL, Delivery, Origin, Source, Stage
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.windows import Window, restored
from tray_app.core.policy.audit import AuditEntry, careful_age_ms
from tray_app.core.policy.compiled import CompiledPolicy
from tray_app.core.policy.evaluate import OVERRIDE_ONCE, Call, Decided, decide_by, refund
from tray_app.core.policy.model import LONGEST_WINDOW_MS, LimitScope
from tray_app.core.policy.verdict import Ask, CounterKey
from tray_app.services.policy.decision import PolicyDecision, audit_entry_of
from tray_app.services.policy.overrides import OwnerOverrides
from tray_app.services.policy.permit import Ledger, Permit
from tray_app.services.ports import Clock

log = logging.getLogger(__name__)
_TIDY_FROM = 1_000  # counters; fewer are not worth looking through


class DecisionLog(Protocol):
    """The audit. Every method may raise StoreUnavailable."""

    def keep(self, entry: AuditEntry) -> None:
        """Add a decision that has no message."""
        ...

    def latest_ms(self) -> int | None:
        """When the last decision was kept."""
        ...

    def counted_since(self, since_ms: int) -> Sequence[AuditEntry]:
        """Decisions since then whose quota was not refunded."""
        ...

    def refund(self, entry_id: str) -> bool:
        """Note that a decision counts no more; False where that was noted before."""
        ...

    def at_rest(self, delivery_ids: Collection[str]) -> Mapping[str, bool]:
        """Find those that are settled, and whether they came to nothing; unknown ones are left out."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """What a decision has counted, and when (steady ms), until it is known what became of the call."""

    entry_id: str
    at_ms: int
    counter_keys: tuple[CounterKey, ...]
    call: Call | None = None  # where it has used up a pass for one call


class PolicyEnforcer:
    """Lives on the engine's loop. A permit is had without waiting, so parallel calls are counted one by one."""

    def __init__(
        self,
        *,
        rules: Callable[[], CompiledPolicy],
        records: DecisionLog,
        overrides: OwnerOverrides,
        clock: Clock,
        new_id: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        """Nothing is read yet; `changed` hears of each decision."""
        self._rules = rules
        self._records = records
        self._overrides = overrides
        self._clock = clock
        self._new_id = new_id
        self._changed = changed
        self._counters: dict[CounterKey, Window] = {}
        self._open: dict[str, _Counted] = {}  # by the message's id; by the decision's where there is none (yet)
        self._loaded = False
        self._before_load: set[str] = set()
        self._tidy_at = _TIDY_FROM
        self._ledger = Ledger(
            bind=self._bind, refund_unkept=self._take_out, keep=self._keep, refund=self.refund, spend=self.spend
        )

    def load(self) -> None:
        """Rebuild the counters from the audit, once. A database that cannot be read is asked again at the next call."""
        if self._loaded:
            return
        now_ms, steady_ms = self._clock.now_ms(), self._clock.steady_ms()
        try:
            latest_ms = self._records.latest_ms() or 0
            begin_ms = min(self._clock.least_shown_ms(LONGEST_WINDOW_MS), max(now_ms, latest_ms) - LONGEST_WINDOW_MS)
            entries = self._records.counted_since(begin_ms)
        except StoreUnavailable:
            return
        self._loaded = True
        latest_age_ms = self._clock.age_ms(latest_ms)
        ages: dict[CounterKey, list[int]] = {}
        for entry in entries:
            if entry.id in self._before_load:
                continue
            age = careful_age_ms(self._clock.age_ms(entry.at_ms), latest_age_ms=latest_age_ms)
            if entry.delivery_id:
                counted = _Counted(entry_id=entry.id, at_ms=steady_ms - age, counter_keys=entry.counted)
                self._open.setdefault(entry.delivery_id, counted)
            for counter_key in entry.counted:
                ages.setdefault(counter_key, []).append(age)
        for counter_key, found in ages.items():
            before = restored(found, now_ms=steady_ms, window_ms=counter_key.window_ms)
            since = self._counters.get(counter_key, Window())
            self._counters[counter_key] = Window(tuple(sorted((*before.times, *since.times))))
        self._before_load.clear()
        self.refund_settled()

    @contextmanager
    def permit(self, call: Call, origin: Origin) -> Iterator[Permit]:
        """Decide, and count at once what is let through or asked; at the end refund what nobody answers for."""
        permit = Permit(self._decided(call, origin), self._ledger)
        try:
            yield permit
        finally:
            permit.close()

    def would(self, call: Call) -> Decided:
        """Say what would be decided now; nothing is counted, used up or kept."""
        self.load()
        overrides = self._overrides.now()
        return decide_by(self._rules(), call, self._counters, overrides=overrides, now_ms=self._clock.steady_ms())

    def needs_session(self, call: Call) -> bool:
        """Whether it matters which session calls: one of its limits counts sessions, or the owner would be asked."""
        rules = self._rules().of(call.tool)
        by_session = any(rule.limit.scope is LimitScope.SESSION for rule in rules.limits)
        return by_session or isinstance(self.would(call).verdict, Ask)

    def spend(self, delivery_id: str) -> None:
        """The call has come to what it was for: what it counted stays."""
        self._open.pop(delivery_id, None)

    def refund(self, delivery_id: str) -> None:
        """What was let through came to nothing: it counts no more. Once, however often this is said."""
        counted = self._open.get(delivery_id)
        if counted is None:
            return
        self._take_out(delivery_id)
        try:
            self._records.refund(counted.entry_id)
        except StoreUnavailable:
            log.warning("that a call came to nothing could not be kept; it is seen at the next start")

    def settled(self, row: Delivery) -> None:
        """Hear what became of a row. A message of which any part was not sent, for sure, is refunded."""
        if row.origin.source is Source.DIGEST and row.stage in FINAL:
            self.refund_settled()
        elif row.stage in FINAL and row.stage not in {Stage.SENT, Stage.PERHAPS}:
            self.refund(row.group_id)
        elif row.stage in FINAL and row.part == row.parts:
            self.spend(row.group_id)

    def refund_settled(self) -> None:
        """Look what became of messages that were settled in another's name: discarded together, or in a digest."""
        if not self._open:
            return
        try:
            at_rest = self._records.at_rest(self._open.keys())
        except StoreUnavailable:
            return
        for delivery_id, nothing in at_rest.items():
            if nothing:
                self.refund(delivery_id)
            else:
                self.spend(delivery_id)

    def used(self, *, counter: str, window_ms: int) -> int:
        """How many calls count now for the holder closest to the limit."""
        now_ms = self._clock.steady_ms()
        return max(
            (
                window.used(now_ms, window_ms=window_ms)
                for counter_key, window in self._counters.items()
                if counter_key.counter == counter and counter_key.window_ms == window_ms
            ),
            default=0,
        )

    def _decided(self, call: Call, origin: Origin) -> PolicyDecision:
        self.load()
        now_ms = self._clock.steady_ms()
        decided = decide_by(self._rules(), call, self._counters, overrides=self._overrides.now(), now_ms=now_ms)
        self._counters.update(decided.counters)
        self._overrides.used(decided.verdict, call)
        entry = audit_entry_of(decided, call, origin, entry_id=self._new_id(), now_ms=self._clock.now_ms())
        once = call if decided.verdict.rule == OVERRIDE_ONCE else None
        if entry.counted or once is not None:
            self._open[entry.id] = _Counted(entry_id=entry.id, at_ms=now_ms, counter_keys=entry.counted, call=once)
            if not self._loaded:
                self._before_load.add(entry.id)
        self._tidy(now_ms)
        return PolicyDecision(call=call, verdict=decided.verdict, entry=entry)

    def _bind(self, entry_id: str, delivery_id: str) -> None:
        counted = self._open.pop(entry_id, None)
        if counted is not None:
            self._open[delivery_id] = counted

    def _keep(self, entry: AuditEntry) -> None:
        try:
            self._records.keep(entry)
        except StoreUnavailable:
            log.warning("the decision %s about %s could not be kept", entry.decision, entry.tool)
        self._changed()

    def _take_out(self, open_id: str) -> None:
        counted = self._open.pop(open_id, None)
        if counted is None:
            return
        for counter_key in counted.counter_keys:
            self._counters[counter_key] = refund(self._counters.get(counter_key, Window()), counted.at_ms)
        if counted.call is not None:
            self._overrides.allow_once(counted.call.tool, counted.call.grant)

    def _tidy(self, now_ms: int) -> None:
        """Drop what has run out: each session has its own counters, and sessions come and go."""
        while self._open and (oldest := next(iter(self._open.items())))[1].at_ms <= now_ms - LONGEST_WINDOW_MS:
            del self._open[oldest[0]]
        if len(self._counters) >= self._tidy_at:
            kept = {
                each: window for each, window in self._counters.items() if window.used(now_ms, window_ms=each.window_ms)
            }
            self._counters = kept
            self._tidy_at = max(_TIDY_FROM, 2 * len(kept))
