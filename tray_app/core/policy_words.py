"""How a policy is said to people: risks, stances, limits, conditions, whole verdicts."""

from collections.abc import Callable, Iterator
from typing import assert_never

from tray_app.core.conditions import shown
from tray_app.core.policy import WINDOWS_MS, Condition, Limit, Risk, Stance, ToolPolicy
from tray_app.core.texts import Text, text
from tray_app.core.verdict import Allow, Ask, Deny, Throttle, Verdict

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
    return text("policy.condition_because", condition=shown(condition), reason=condition.reason)


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
