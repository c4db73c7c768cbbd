"""A policy worked out for calls: what each tool is held to, with all that no call can change done beforehand.

It is worked out once, when the policy is read, and asked at every call (`core.policy.evaluate`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.conditions import Check, check_of, shown, value_at
from tray_app.core.policy.model import Condition, Limit, Mode, Op, Policy, Stance, ToolPolicy
from tray_app.core.policy.own_words import own_words
from tray_app.core.policy.patterns import BadPattern, Patterns, compiled

HIDE = "hide"
DEFAULT = "default"
ArgumentPath: TypeAlias = tuple[str, ...]
_NO_PATH: ArgumentPath = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a rule looks at: the value at a path or, with `patterns`, which of them are found in it.

    Several rules share it, so that it is taken once for a call.
    """

    path: ArgumentPath
    patterns: Patterns | None = None

    def value(self, arguments: Mapping[str, object]) -> object:
        """Take it from a call's arguments."""
        value = value_at(arguments, self.path)
        return value if self.patterns is None else self.patterns.found_in(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Stops a call, for `reason`, unless `check` says `good` of a value. `name` is its place in the file.

    `at` tells of which value: its place among the tool's `looks`.
    """

    name: str
    reason: Text
    at: int
    check: Check
    good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRule:
    """A limit, and its place in the file."""

    name: str
    limit: Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRules:
    """What one tool is held to: rules that refuse, then limits, then rules that ask the owner.

    `name` says what allows a call that none of them stops; `looks` are what the rules look at.
    """

    name: str
    refuse: tuple[Rule, ...]
    limits: tuple[LimitRule, ...]
    ask: tuple[Rule, ...] = ()
    looks: tuple[Look, ...] = (Look(path=_NO_PATH),)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledPolicy:
    """The whole policy. `observes`: it refuses nothing; `other` holds for tools that it does not name."""

    observes: bool
    tools: Mapping[str, ToolRules]
    other: ToolRules

    def of(self, tool: str) -> ToolRules:
        """What holds for a tool."""
        return self.tools.get(tool, self.other)


def compile_policy(policy: Policy) -> CompiledPolicy:
    """Work a policy out."""
    return CompiledPolicy(
        observes=policy.mode is Mode.OBSERVE,
        tools={name: tool_rules(policy, name) for name in (*policy.tools, *policy.hide)},
        other=tool_rules(policy, ""),
    )


def tool_rules(policy: Policy, name: str) -> ToolRules:
    """Work out what a policy says to one tool."""
    tool, place = policy.tools.get(name), f"tools.{name}"
    limits = (*_limits(place, () if tool is None else tool.limits), *_limits("all_tools", policy.limits))
    outright = _outright(policy, name)
    if tool is None or outright is not None:
        refuse = () if outright is None else (outright,)
        return ToolRules(name=DEFAULT, refuse=refuse, limits=limits)
    writer = _Writer(tool)
    require = writer.rules(f"{place}.require", tool.require, good=True, ours="policy.unmet")
    deny = writer.rules(f"{place}.deny_if", tool.deny_if, good=False, ours="policy.met")
    ask: tuple[Rule, ...] = (_always(f"{place}.action", _words(tool.reason) or text("policy.asks")),)
    if tool.stance is not Stance.ASK:
        ask = writer.rules(f"{place}.require_approval_if", tool.ask_if, good=False, ours="policy.asks_if")
    return ToolRules(name=place, refuse=(*require, *deny), limits=limits, ask=ask, looks=writer.looks())


def _outright(policy: Policy, name: str) -> Rule | None:
    """What refuses every call of a tool, whatever its arguments."""
    tool = policy.tools.get(name)
    if policy.hides(name):
        return _always(HIDE, text("policy.hidden"))
    if tool is None:
        return None if policy.default is Stance.ALLOW else _always(DEFAULT, text("policy.not_listed"))
    if tool.stance is Stance.DENY:
        return _always(f"tools.{name}.action", _words(tool.reason) or text("policy.denied"))
    return None


def _always(name: str, reason: Text) -> Rule:
    """Stop every call."""
    return Rule(name=name, reason=reason, at=0, check=lambda _value: True, good=False)


class _Writer:
    """Writes the rules for one tool's conditions, and gathers what they look at."""

    def __init__(self, tool: ToolPolicy) -> None:
        self._tool = tool
        self._places: dict[tuple[ArgumentPath, bool], int] = {(_NO_PATH, False): 0}
        self._patterns: dict[ArgumentPath, list[str]] = {}

    def rules(self, place: str, conditions: Iterable[Condition], *, good: bool, ours: str) -> tuple[Rule, ...]:
        """Give one for each condition, with the owner's words for it or for its tool, else ours (a text's key)."""
        return tuple(
            self._rule(
                f"{place}[{number}]",
                condition,
                _words(condition.reason or self._tool.reason) or Text(ours, {"condition": shown(condition)}),
                good=good,
            )
            for number, condition in enumerate(conditions)
        )

    def looks(self) -> tuple[Look, ...]:
        """What all the rules that were written look at."""
        return tuple(
            Look(path=path, patterns=Patterns(self._patterns[path]) if searched else None)
            for path, searched in self._places
        )

    def _rule(self, name: str, condition: Condition, reason: Text, *, good: bool) -> Rule:
        pattern = _pattern(condition)
        if pattern is not None:
            self._patterns.setdefault(condition.path, []).append(pattern)
        at = self._places.setdefault((condition.path, pattern is not None), len(self._places))
        check = check_of(condition) if pattern is None else _is_found(pattern)
        return Rule(name=name, reason=reason, at=at, check=check, good=good)


def _pattern(condition: Condition) -> str | None:
    """Give what it looks for, where it looks for a good pattern."""
    if condition.op is not Op.REGEX or not isinstance(condition.value, str):
        return None
    try:
        compiled(condition.value)
    except BadPattern:
        return None
    return condition.value


def _is_found(pattern: str) -> Check:
    """Ask whether it is among those that were found."""
    return lambda found: pattern in found if isinstance(found, frozenset) else None


def _limits(place: str, limits: Iterable[Limit]) -> Iterable[LimitRule]:
    return (LimitRule(name=f"{place}.limits[{number}]", limit=limit) for number, limit in enumerate(limits))


def _words(reason: str) -> Text | None:
    """Give the owner's own words, if there are any."""
    return own_words(reason) if reason else None
