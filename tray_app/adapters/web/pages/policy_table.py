"""The rows of the policy page's table: each tool with its risk, its choice, its limits and counters, its conditions."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tray_app.adapters.web.pages.policy_form import choice_of, limit_name
from tray_app.core.lines import short_name
from tray_app.core.policy import SECOND_MS, WINDOWS_MS, Condition, Limit, Op, Policy
from tray_app.core.policy_limit_edit import ALL_TOOLS
from tray_app.core.policy_words import risk_words, rules_words
from tray_app.core.texts import Text, text
from tray_app.tools.facts import facts

_MOST_SHOWN = 120
_NAMES = {length: name for name, length in WINDOWS_MS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow:
    """One limit: the field that holds its number, what it is in words, and how many calls count now."""

    name: str
    most: int
    used: int
    per: Text
    counter: str
    scope: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRow:
    """One tool. `listed`: the file names it, else the default holds. `words`: reason and conditions."""

    name: str
    short: str
    risk: str
    risk_words: Text
    choice: str
    listed: bool
    limits: tuple[LimitRow, ...]
    words: tuple[Text, ...]
    reason: str


def rows(policy: Policy, used: Callable[[Limit], int]) -> tuple[ToolRow, ...]:
    """Give all tools in their usual order."""
    return tuple(_row(policy, name, used) for name in facts())


def limits_of_all(policy: Policy, used: Callable[[Limit], int]) -> tuple[LimitRow, ...]:
    """Give the limits of all tools together."""
    return tuple(_limits(ALL_TOOLS, policy.limits, used))


def _row(policy: Policy, name: str, used: Callable[[Limit], int]) -> ToolRow:
    rules, risk = policy.rules_of(name), facts()[name].risk
    return ToolRow(
        name=name,
        short=short_name(name),
        risk=risk.value,
        risk_words=risk_words(risk),
        choice=choice_of(policy, name),
        listed=name in policy.tools,
        limits=tuple(_limits(name, rules.limits, used)),
        words=tuple(rules_words(rules, _condition)),
        reason=rules.reason,
    )


def _limits(where: str, limits: tuple[Limit, ...], used: Callable[[Limit], int]) -> Iterator[LimitRow]:
    for limit in limits:
        yield LimitRow(
            name=limit_name(where, limit),
            most=limit.most,
            used=used(limit),
            per=_per(limit.window_ms),
            counter=limit.counter,
            scope=text(f"policy.scope_{limit.scope.value}"),
        )


def _per(window_ms: int) -> Text:
    named = _NAMES.get(window_ms)
    return text(f"policy.per_{named}") if named else text("policy.per_seconds", seconds=window_ms // SECOND_MS)


def _condition(condition: Condition) -> Text:
    """Say a condition without the file's own spelling: `atAll is true`."""
    path = ".".join(condition.path)
    if condition.op is Op.EXISTS:
        said = text("policy_page.is_given" if condition.value else "policy_page.is_not_given", path=path)
    else:
        value = json.dumps(condition.value, ensure_ascii=False)
        value = value if len(value) <= _MOST_SHOWN else value[: _MOST_SHOWN - 1] + "…"
        said = text(f"policy_page.op_{condition.op.value}", path=path, value=value)
    return text("policy.condition_because", condition=said, reason=condition.reason) if condition.reason else said
