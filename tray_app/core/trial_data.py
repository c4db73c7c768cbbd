"""What would become of a call, as plain data; the names are stable (docs/seams.md)."""

from types import MappingProxyType

from tray_app.core.audit import Decision
from tray_app.core.decide import Call, Decided
from tray_app.core.policy_words import verdict_words
from tray_app.core.verdict import Allow, Ask, Deny, Throttle, Verdict

_DECISIONS = MappingProxyType(
    {Allow: Decision.ALLOW, Deny: Decision.DENY, Throttle: Decision.THROTTLE, Ask: Decision.ASK}
)


def to_data(call: Call, decided: Decided, *, live: bool) -> dict[str, object]:
    """Spell it; its texts are still to be said. `live`: with the counters of a running app, else with empty ones."""
    verdict, closest = decided.verdict, decided.closest
    return {
        "tool": call.tool,
        "risk": call.risk,
        **_verdict(verdict),
        "counter": None if closest is None else closest.counter,
        "used": None if closest is None else closest.used,
        "max": None if closest is None else closest.most,
        "retry_after_s": -(-verdict.retry_after_ms // 1_000) if isinstance(verdict, Throttle) else None,
        "live": live,
        "words": verdict_words(verdict),
    }


def _verdict(verdict: Verdict) -> dict[str, object]:
    counted = verdict.counted if isinstance(verdict, Allow | Ask) else ()
    return {
        "verdict": _DECISIONS[type(verdict)],
        "rule": verdict.rule,
        "reason": verdict.reason if isinstance(verdict, Deny | Ask) else None,
        "would": _verdict(verdict.would) if isinstance(verdict, Allow) and verdict.would is not None else None,
        "counters": [
            {"counter": tally.counter, "scope": tally.scope, "window_s": tally.window_ms // 1_000} for tally in counted
        ],
    }
