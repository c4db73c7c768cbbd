"""A decision: what the policy said to one call, as the line of the audit and as the answer to whoever called."""

from dataclasses import dataclass, replace

from tray_app.core.delivery.delivery import Origin
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.audit import AuditEntry, DecisionKind
from tray_app.core.policy.evaluate import Call, Decided
from tray_app.core.policy.verdict import Allow, Ask, Deny, Throttle, Verdict

_NAMED_WINDOWS = {60_000: "minute", 3_600_000: "hour", 86_400_000: "day"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDecision:
    """What the policy said to a call, and the line of the audit that says so."""

    call: Call
    verdict: Verdict
    entry: AuditEntry

    @property
    def refused(self) -> bool:
        """Whether the call ends here."""
        return isinstance(self.verdict, Deny | Throttle)


def audit_entry_of(decided: Decided, call: Call, origin: Origin, *, entry_id: str, now_ms: int) -> AuditEntry:
    """Write the line of the audit."""
    closest = decided.closest
    entry = AuditEntry(
        id=entry_id,
        at_ms=now_ms,
        tool=call.tool,
        client=origin.client,
        grant=call.grant,
        session=call.session,
        decision=DecisionKind.ALLOW,
        rule=decided.verdict.rule,
        counter="" if closest is None else closest.counter_key.counter,
        used=None if closest is None else closest.used,
        most=None if closest is None else closest.most,
    )
    return _with_verdict(entry, decided.verdict)


def refusal(decision: PolicyDecision) -> Receipt:
    """Answer a call that ends here: the owner's reason, the rule, the counter, and when another call makes sense."""
    entry, verdict = decision.entry, decision.verdict
    receipt = Receipt(
        status=Status.REFUSED,
        reason=entry.reason,
        hint=text("gate.denied_hint", rule=entry.rule),
        rule=entry.rule,
        counter=entry.counter,
        used=entry.used,
        most=entry.most,
    )
    if not isinstance(verdict, Throttle):
        return receipt
    seconds = max(1, -(-verdict.retry_after_ms // 1000))
    hint = text("gate.throttled_hint", seconds=seconds)
    return replace(receipt, status=Status.THROTTLED, hint=hint, retry_after_s=seconds)


def _with_verdict(entry: AuditEntry, verdict: Verdict) -> AuditEntry:
    match verdict:
        case Allow():
            entry = entry if verdict.would is None else replace(_with_verdict(entry, verdict.would), observed=True)
            return replace(entry, counted=verdict.counted)
        case Deny():
            return replace(entry, decision=DecisionKind.DENY, rule=verdict.rule, reason=verdict.reason)
        case Ask():
            asked = replace(entry, decision=DecisionKind.ASK, rule=verdict.rule, reason=verdict.reason)
            return replace(asked, counted=verdict.counted)
        case Throttle():
            return replace(
                entry,
                decision=DecisionKind.THROTTLE,
                rule=verdict.rule,
                reason=_limit_words(verdict),
                counter=verdict.counter_key.counter,
                used=verdict.used,
                most=verdict.most,
                retry_after_ms=verdict.retry_after_ms,
            )


def _limit_words(verdict: Throttle) -> Text:
    named = _NAMED_WINDOWS.get(verdict.counter_key.window_ms)
    if named is not None:
        return text(f"gate.limit_{named}", used=verdict.used, most=verdict.most)
    seconds = verdict.counter_key.window_ms // 1000
    return text("gate.limit_seconds", used=verdict.used, most=verdict.most, seconds=seconds)
