"""The policy in words and as data: what it asks, what it would say to a call."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import assert_never

from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.audit import DecisionKind
from tray_app.core.policy.conditions import shown
from tray_app.core.policy.evaluate import Call, Decided
from tray_app.core.policy.model import WINDOWS_MS, Condition, Limit, Policy, Risk, Stance, ToolPolicy
from tray_app.core.policy.own_words import own_words
from tray_app.core.policy.verdict import Allow, Ask, Deny, Throttle, Verdict

_NAMES = {length: name for name, length in WINDOWS_MS.items()}
_STANCES = {Stance.ALLOW: "stance_allow", Stance.ASK: "stance_ask", Stance.DENY: "stance_deny"}


def risk_words(risk: Risk) -> Text:
    """Say what a tool can do: `sends`."""
    return text(f"policy.risk_{risk.value}")


def stance_words(stance: Stance, *, hidden: bool = False) -> Text:
    """Say what the owner says to a tool: `ask me`."""
    return text("policy.stance_hidden") if hidden else text(f"policy.{_STANCES[stance]}")


def limit_words(limit: Limit) -> Text:
    """Say a limit: `at most 30 a minute for each client (counter "a")`."""
    named = _NAMES.get(limit.window_ms)
    per = text("policy.per_seconds", seconds=limit.window_ms // 1_000) if named is None else text(f"policy.per_{named}")
    scope = text(f"policy.scope_{limit.scope.value}")
    return text("policy.limit", most=limit.most, per=per, scope=scope, counter=limit.counter)


def condition_words(condition: Condition) -> Text:
    """Say a condition, with its reason if it has one."""
    if not condition.reason:
        return text("policy.own_words", words=shown(condition))
    return text("policy.condition_because", condition=shown(condition), reason=own_words(condition.reason))


def rules_words(rules: ToolPolicy, say: Callable[[Condition], Text] = condition_words) -> Iterator[Text]:
    """Say a tool's conditions, one line each; `say` says a single one."""
    yield from (text("policy.must", condition=say(one)) for one in rules.require)
    yield from (text("policy.denied_if", condition=say(one)) for one in rules.deny_if)
    yield from (text("policy.asked_if", condition=say(one)) for one in rules.ask_if)


def verdict_words(verdict: Verdict) -> Text:
    """Say what happens to a call, by which rule and why."""
    match verdict:
        case Allow(would=Deny() | Throttle() | Ask() as would):
            return text("policy.would_observe", enforced=verdict_words(would))
        case Allow():
            return text("policy.would_allow", rule=verdict.rule)
        case Deny():
            return text("policy.would_deny", rule=verdict.rule, reason=verdict.reason)
        case Ask():
            return text("policy.would_ask", rule=verdict.rule, reason=verdict.reason)
        case Throttle():
            seconds = -(-verdict.retry_after_ms // 1_000)
            return text(
                "policy.would_throttle", rule=verdict.rule, used=verdict.used, most=verdict.most, seconds=seconds
            )
        case _:
            assert_never(verdict)


_DECISIONS = MappingProxyType(
    {Allow: DecisionKind.ALLOW, Deny: DecisionKind.DENY, Throttle: DecisionKind.THROTTLE, Ask: DecisionKind.ASK}
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
            {"counter": counter_key.counter, "scope": counter_key.scope, "window_s": counter_key.window_ms // 1_000}
            for counter_key in counted
        ],
    }


def asking(policy: Policy, tool: str) -> Mapping[str, Text]:
    """Give the reason of each such rule, by its path in the file, as `core.policy.evaluate` gives them."""
    found = policy.tools.get(tool)
    if found is None:
        return {}
    own = own_words(found.reason) if found.reason else None
    if found.stance is Stance.ASK:
        return {f"tools.{tool}.action": own or text("policy.asks")}
    return {
        f"tools.{tool}.require_approval_if[{at}]": own_words(condition.reason)
        if condition.reason
        else own or text("policy.asks_if", condition=shown(condition))
        for at, condition in enumerate(found.ask_if)
    }
