"""The quota of a call: held by one handle, given back exactly once, whatever becomes of the call and in what order."""

import itertools
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.support.clock import StepClock
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.core.policy.audit import AuditEntry
from tray_app.core.policy.compiled import compile_policy
from tray_app.core.policy.evaluate import Call
from tray_app.core.policy.model import Limit, Policy, Risk, Stance, ToolPolicy
from tray_app.services.policy.enforcer import PolicyEnforcer
from tray_app.services.policy.overrides import OwnerOverrides
from tray_app.services.policy.permit import Permit, PermitUsed

DAY_MS = 86_400_000
MOST = 5
TOOL = "send"
LIMIT = Limit(counter="sends", window_ms=DAY_MS, most=MOST)
RULES = compile_policy(Policy(default=Stance.DENY, tools={TOOL: ToolPolicy(limits=(LIMIT,))}))


@dataclass
class Audit:
    """What the database keeps: entries, and which of them were given back. It may be out of order."""

    entries: dict[str, AuditEntry] = field(default_factory=dict)
    refunded: list[str] = field(default_factory=list)
    rest: dict[str, bool] = field(default_factory=dict)  # settled messages: whether they came to nothing
    works: bool = True
    state: object = None

    def keep(self, entry: AuditEntry) -> None:
        self._look()
        assert entry.id not in self.entries
        self.entries[entry.id] = entry

    def latest_ms(self) -> int | None:
        self._look()
        return max((entry.at_ms for entry in self.entries.values()), default=None)

    def counted_since(self, since_ms: int) -> Sequence[AuditEntry]:
        self._look()
        return [one for one in self.entries.values() if one.at_ms >= since_ms and one.id not in self.refunded]

    def refund(self, entry_id: str) -> bool:
        self._look()
        assert entry_id not in self.refunded
        self.refunded.append(entry_id)
        return True

    def at_rest(self, delivery_ids: Collection[str]) -> Mapping[str, bool]:
        self._look()
        return {each: self.rest[each] for each in delivery_ids if each in self.rest}

    def read_state(self, _key: str) -> object:
        return self.state

    def write_state(self, _key: str, value: object) -> None:
        self.state = value

    def _look(self) -> None:
        if not self.works:
            raise StoreUnavailable(text("store.disk_full", file="x"), text("store.disk_full_hint"))


def origin() -> Origin:
    return Origin(source=Source.MCP, tool=TOOL, grant="claude-code")


class Calls(RuleBasedStateMachine):
    """Calls that begin, are handed over, done, dropped, fail and are settled, in any order, over restarts."""

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.audit, self.ids = StepClock(), Audit(), itertools.count()
        self.open: dict[str, tuple[Permit, ExitStack]] = {}
        self.done: set[str] = set()  # kept, and being done
        self.under_way: dict[str, str] = {}  # message: entry
        self.counts: set[str] = set()  # by our own book
        self._start()

    def _start(self) -> None:
        overrides = OwnerOverrides(self.audit, self.clock, changed=lambda: None)
        self.enforcer = PolicyEnforcer(
            rules=lambda: RULES,
            records=self.audit,
            overrides=overrides,
            clock=self.clock,
            new_id=lambda: f"e{next(self.ids)}",
            changed=lambda: None,
        )
        self.enforcer.load()

    @rule()
    def begins(self) -> None:
        stack = ExitStack()
        call = Call(tool=TOOL, risk=Risk.WRITE, arguments={}, grant="claude-code")
        permit = stack.enter_context(self.enforcer.permit(call, origin()))
        assert permit.refused == (len(self.counts) >= MOST)
        if permit.refused:
            stack.close()
            return
        entry_id = permit.decision.entry.id
        self.open[entry_id] = (permit, stack)
        self.counts.add(entry_id)

    @precondition(lambda self: set(self.open) - self.done)
    @rule(data=st.data())
    def is_handed_over(self, data: st.DataObject) -> None:
        entry_id = data.draw(st.sampled_from(sorted(set(self.open) - self.done)))
        permit, stack = self.open.pop(entry_id)
        message = f"m-{entry_id}"
        self.audit.entries[entry_id] = permit.entry(message)
        permit.hand_over(message)
        stack.close()
        for again in (permit.refund, permit.keep, permit.spend, lambda: permit.hand_over(message)):
            with pytest.raises(PermitUsed):
                again()
        self.under_way[message] = entry_id

    @precondition(lambda self: set(self.open) - self.done)
    @rule(data=st.data())
    def is_being_done(self, data: st.DataObject) -> None:
        entry_id = data.draw(st.sampled_from(sorted(set(self.open) - self.done)))
        self.open[entry_id][0].keep()
        self.done.add(entry_id)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), how=st.sampled_from(["dropped", "failed", "refunded"]))
    def comes_to_nothing(self, data: st.DataObject, how: str) -> None:
        entry_id = data.draw(st.sampled_from(sorted(self.open)))
        permit, stack = self.open.pop(entry_id)
        if how == "refunded":
            permit.refund()
            with pytest.raises(PermitUsed):
                permit.refund()
        if how == "failed":
            with pytest.raises(RuntimeError), stack:
                raise RuntimeError
        stack.close()
        self.done.discard(entry_id)
        self.counts.discard(entry_id)

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def is_done(self, data: st.DataObject) -> None:
        entry_id = data.draw(st.sampled_from(sorted(self.done)))
        permit, stack = self.open.pop(entry_id)
        permit.spend()
        stack.close()
        self.done.discard(entry_id)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), nothing=st.booleans(), heard=st.sampled_from(["told", "twice", "looked up"]))
    def is_settled(self, data: st.DataObject, heard: str, *, nothing: bool) -> None:
        message = data.draw(st.sampled_from(sorted(self.under_way)))
        entry_id = self.under_way.pop(message)
        self.audit.rest[message] = nothing
        for _ in range(2 if heard == "twice" else 1):
            if heard == "looked up":
                self.enforcer.refund_settled()
            elif nothing:
                self.enforcer.refund(message)
            else:
                self.enforcer.spend(message)
        if nothing:
            self.counts.discard(entry_id)

    @precondition(lambda self: not self.open)
    @rule()
    def the_app_is_killed(self) -> None:
        self._start()

    @precondition(lambda self: not self.open)
    @rule()
    def a_day_passes(self) -> None:
        self.clock.step(DAY_MS)
        self.counts.clear()
        self.under_way.clear()

    @invariant()
    def what_counts_is_what_came_to_something_or_still_may(self) -> None:
        assert self.enforcer.used(counter="sends", window_ms=DAY_MS) == len(self.counts)
        assert len(self.audit.refunded) == len(set(self.audit.refunded))
        waiting = set(self.open) - self.done
        counted = {one.id for one in self.audit.entries.values() if one.counted} - set(self.audit.refunded)
        assert self.counts - waiting <= counted


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_without_a_database_it_is_given_back_all_the_same() -> None:
    machine = Calls()
    machine.begins()
    machine.audit.works = False
    machine.open.popitem()[1][1].close()
    assert machine.enforcer.used(counter="sends", window_ms=DAY_MS) == 0


def test_what_was_waived_is_in_the_audit_as_allowed_and_counts_nowhere() -> None:
    machine = Calls()
    machine.begins()
    entry_id, (permit, stack) = machine.open.popitem()
    permit.waive()
    stack.close()
    kept = machine.audit.entries[entry_id]
    assert kept == replace(permit.decision.entry, counted=())
    assert machine.enforcer.used(counter="sends", window_ms=DAY_MS) == 0
