"""The policy as a table of tools, and the tester beside it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tray_app.adapters.web.pages.policy.form import choice_of, limit_name
from tray_app.core.clients.client import BUILT_IN
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.kernel.words import short_name
from tray_app.core.policy.evaluate import Call, Decided
from tray_app.core.policy.file.edit import ALL_TOOLS
from tray_app.core.policy.limits import ClosestLimit
from tray_app.core.policy.model import SECOND_MS, WINDOWS_MS, Condition, Limit, Op, Policy
from tray_app.core.policy.own_words import own_words
from tray_app.core.policy.verdict import Allow, Ask, Deny, Throttle
from tray_app.core.policy.words import risk_words, rules_words, verdict_words
from tray_app.tools.facts import facts
from tray_app.tools.trial import call_of, example_of

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
    reason: Text | None


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
        reason=own_words(rules.reason) if rules.reason else None,
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
    if not condition.reason:
        return said
    return text("policy.condition_because", condition=said, reason=own_words(condition.reason))


_LONGEST = 200
_HINT = text("policy_page.args_hint")
EXAMPLES: Mapping[str, str] = {name: json.dumps(example_of(name), ensure_ascii=False, indent=2) for name in facts()}
_TOOL = "dingtalk_send_text"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialForm:
    """The tester's fields as they were typed."""

    tool: str = _TOOL
    args: str = EXAMPLES[_TOOL]
    client: str = BUILT_IN
    session: str = ""


FIRST = TrialForm()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialAnswer:
    """What would happen. `tone` colours it. `trouble`: the question itself cannot be asked."""

    tone: str
    words: Text | None = None
    rule: str = ""
    closest: ClosestLimit | None = None
    trouble: TrayAppError | None = None


def asked_in(form: Mapping[str, str]) -> TrialForm:
    """Read the fields."""
    return TrialForm(
        tool=form.get("tool", "")[:_LONGEST],
        args=form.get("args", ""),
        client=form.get("client", "")[:_LONGEST].strip(),
        session=form.get("session", "")[:_LONGEST].strip(),
    )


def answer(asked: TrialForm, would: Callable[[Call], Decided]) -> TrialAnswer:
    """Ask the policy."""
    try:
        decided = would(call_of(asked.tool, asked.args.strip() or "{}", client=asked.client, session=asked.session))
    except TrayAppError as trouble:
        hint = _HINT if trouble.hint.key == "policy.args_hint" else trouble.hint  # that one speaks of the command line
        return TrialAnswer(tone="bad", trouble=TrayAppError(trouble.reason, hint))
    verdict = decided.verdict
    tone = {Allow: "good", Ask: "wait", Throttle: "wait", Deny: "bad"}[type(verdict)]
    return TrialAnswer(tone=tone, words=verdict_words(verdict), rule=verdict.rule, closest=decided.closest)
