"""One call's permit: what the policy said to it, and the quota it holds until it is known what became of the call.

It is asked for once, as a context (`with enforcer.permit(call, origin) as permit:`), and cannot be forgotten or used
twice: leaving the context before anybody else answers for it refunds its quota, and writes that into the audit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from tray_app.core.delivery.receipt import Receipt
from tray_app.core.policy.audit import AuditEntry, DecisionKind
from tray_app.core.policy.verdict import Ask
from tray_app.services.policy.decision import PolicyDecision, refusal


class PermitUsed(RuntimeError):
    """Something was asked of a permit that its state no longer allows: a fault of the program."""


class _State(StrEnum):
    HELD = "held"  # it counts; the audit does not have it yet
    REFUNDED = "refunded"  # it counts nowhere; the audit does not have it yet
    KEPT = "kept"  # it counts, and the audit has it; the call is being done
    OVER = "over"  # somebody else answers for it, or nobody has to any more


_STEPS: Mapping[_State, Mapping[str, _State]] = {
    _State.HELD: {"refund": _State.REFUNDED, "keep": _State.KEPT, "hand over": _State.OVER},
    _State.REFUNDED: {"keep": _State.OVER, "hand over": _State.OVER},
    _State.KEPT: {"refund": _State.OVER, "spend": _State.OVER},
    _State.OVER: {},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What permits alone may ask of the enforcer, which counts. The first id is that of the decision.

    `bind`: what becomes of this message decides. `refund_unkept`: it counts no more; the audit never had it.
    `keep`: write it into the audit. `refund`: what the audit has came to nothing. `spend`: it came to what it was for.
    """

    bind: Callable[[str, str], None]
    refund_unkept: Callable[[str], None]
    keep: Callable[[AuditEntry], None]
    refund: Callable[[str], None]
    spend: Callable[[str], None]


class Permit:
    """Made by the enforcer alone; lives on the engine's loop."""

    def __init__(self, decision: PolicyDecision, ledger: Ledger) -> None:
        """It counts from now on, if the decision does."""
        self.decision = decision
        self._ledger = ledger
        self._state = _State.HELD

    @property
    def refused(self) -> bool:
        """Whether the call ends here."""
        return self.decision.refused

    @property
    def asks(self) -> bool:
        """Whether the owner has to be asked first."""
        return isinstance(self.decision.verdict, Ask)

    @property
    def receipt(self) -> Receipt:
        """The answer to a call that ends here."""
        return refusal(self.decision)

    def entry(self, delivery_id: str) -> AuditEntry:
        """Give the line of the audit, to be kept with this message; `hand_over` says that it was."""
        return replace(self.decision.entry, delivery_id=delivery_id)

    def hand_over(self, delivery_id: str) -> None:
        """The audit has it, kept with this message or approval: what becomes of that decides about its quota."""
        held = self._state is _State.HELD
        self._step("hand over")
        if held:
            self._ledger.bind(self.decision.entry.id, delivery_id)

    def refund(self) -> None:
        """Nothing comes of the call: it counts nowhere."""
        kept = self._state is _State.KEPT
        self._step("refund")
        if kept:
            self._ledger.refund(self.decision.entry.id)
            return
        self._ledger.refund_unkept(self.decision.entry.id)
        self.decision = replace(self.decision, entry=replace(self.decision.entry, counted=()))

    def keep(self) -> None:
        """Write it into the audit now: the call has no message, and is done next."""
        self._step("keep")
        self._ledger.keep(self.decision.entry)

    def waive(self) -> None:
        """Let the call through for nothing: it only asks how something is done."""
        entry = replace(self.decision.entry, decision=DecisionKind.ALLOW, reason=None)
        self.decision = replace(self.decision, entry=entry)
        self.refund()
        self.keep()

    def spend(self) -> None:
        """The call has come to what it was for: what it counted stays."""
        self._step("spend")
        self._ledger.spend(self.decision.entry.id)

    def close(self) -> None:
        """Refund what nobody else answers for. The enforcer says so at the end of the context."""
        if self._state in {_State.HELD, _State.KEPT}:
            self.refund()
        if self._state is _State.REFUNDED:
            self.keep()

    def _step(self, name: str) -> None:
        following = _STEPS[self._state].get(name)
        if following is None:
            msg = f"a permit that is {self._state} cannot {name}"
            raise PermitUsed(msg)
        self._state = following
