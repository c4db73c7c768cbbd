"""Intercept's rules, tool by tool, as ours: what has no counterpart makes the tool ask the owner, and is named.

Read from Intercept's POLICY.md and its configuration (v1.1.0). All conditions of all rules of a tool must hold, and
those of `"*"` too. Its counters belong to the state database, so they count all clients together; its windows are the
calendar's, ours slide, which lets no more through.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.file.forms import JsonObject, tools_of

EVERY = "*"
_TOP = frozenset({"version", "description", "default", "hide", "tools", "$schema"})
_RULE = frozenset({"name", "description", "action", "rate_limit", "conditions", "on_deny", "state", "approval_timeout"})
_STATE = frozenset({"counter", "window", "increment"})
_RATE = re.compile(r"([1-9][0-9]{0,6})\s*/\s*(minute|hour|day)")
_MOST = {"lte": 0, "lt": -1}


@dataclass(slots=True)
class RuleSet:
    """What the rules of one tool come to; `untold` are the places of what has no counterpart."""

    action: str = "allow"
    reason: str = ""
    limits: list[JsonObject] = field(default_factory=list)
    require: list[JsonObject] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)

    def stricter(self, action: str) -> None:
        """Take the stricter of two actions."""
        order = ("allow", "require_approval", "deny")
        self.action = max(self.action, action, key=order.index)

    def entry(self) -> JsonObject:
        """Give it as a tool's entry of `policy.json`."""
        said: JsonObject = {"action": self.action}
        named = (("reason", self.reason), ("limits", self.limits), ("require", self.require))
        return said | {key: value for key, value in named if value}


def from_intercept(document: JsonObject, names: Sequence[str]) -> tuple[JsonObject, list[Text]]:
    """Translate one document; `names` are the tools there are. Gives the policy and what the owner should know."""
    notes = [text("policy_import.left_out", place=key) for key in document if key not in _TOP]
    tools = tools_of(document)
    every = _read(tools.get(EVERY), EVERY)
    default = "deny" if document.get("default", "allow") != "allow" or every.action == "deny" else "allow"
    policy: JsonObject = {"version": "1", "default": default, "tools": {}}
    if isinstance(document.get("description"), str):
        policy["description"] = document["description"]
    if "hide" in document:
        policy["hide"] = document["hide"]
    if every.limits:
        policy["all_tools"] = {"limits": every.limits}
    for name in [*names, *(name for name in tools if name not in names and name != EVERY)]:
        if name in tools or (default == "allow" and (every.require or every.untold or every.action != "allow")):
            rules = _read(tools.get(name), name)
            rules.stricter(every.action)
            rules.reason = rules.reason or every.reason
            rules.require += every.require
            rules.untold += every.untold
            policy["tools"][name] = _careful(rules, name, notes)
    return policy, notes


def _careful(rules: RuleSet, name: str, notes: list[Text]) -> JsonObject:
    if rules.untold:
        rules.stricter("require_approval")
        notes += [text("policy_import.asks", tool=name, what=place) for place in dict.fromkeys(rules.untold)]
    return rules.entry()


def _read(entry: object, name: str) -> RuleSet:
    found = RuleSet()
    if entry is None:
        return found
    if not isinstance(entry, Mapping):
        found.untold.append(name)
        return found
    prefix = f"{EVERY}." if name == EVERY else ""
    rules = entry.get("rules", [] if "rules" in entry else [entry])
    if "rules" in entry:
        found.untold += [f"{prefix}{key}" for key in entry if key not in {"rules", "description"}]
    if not isinstance(rules, list):
        found.untold.append(f"{prefix}rules")
        return found
    for index, rule in enumerate(rules):
        place = f"{prefix}rules[{index}]" if "rules" in entry else f"{prefix}rule"
        if isinstance(rule, Mapping):
            _add_rule(found, rule, name, place)
        else:
            found.untold.append(place)
    return found


def _add_rule(found: RuleSet, rule: Mapping[str, Any], name: str, place: str) -> None:
    said = rule.get("on_deny")
    words = said if isinstance(said, str) else ""
    found.reason = found.reason or words
    found.untold += [f"{place}.{key}" for key in rule if key not in _RULE]
    match rule.get("action", "evaluate"):
        case "deny":
            found.stricter("deny")
        case "require_approval":
            found.stricter("require_approval")
        case "evaluate" | "allow":
            pass
        case _:
            found.untold.append(f"{place}.action")
    if "rate_limit" in rule:
        _add_rate(found, rule["rate_limit"], name, f"{place}.rate_limit")
    conditions = rule.get("conditions", [])
    if not isinstance(conditions, list):
        found.untold.append(f"{place}.conditions")
        return
    if rule.get("action") not in {"deny", "require_approval"}:  # those hold always: the stricter reading
        counted = list(_conditions(found, conditions, rule, name, place, words))
        if "state" in rule and not any(counted):
            found.untold.append(f"{place}.state")


def _add_rate(found: RuleSet, rate: object, name: str, place: str) -> None:
    match rate:
        case str() if read := _RATE.fullmatch(rate.strip()):
            most, window = int(read[1]), read[2]
        case {"max": int(most), "window": int() | str() as window, **more} if not more:
            pass
        case _:
            found.untold.append(place)
            return
    counter = "all_rate" if name == EVERY else f"{name}_rate"
    _add_limit(found, {"counter": f"{counter}_{window}", "window": window, "max": most, "scope": "global"})


def _add_limit(found: RuleSet, limit: JsonObject) -> None:
    """Of two that count the same the smaller one holds."""
    for other in found.limits:
        if all(other[key] == limit[key] for key in ("counter", "window", "scope")):
            other["max"] = min(other["max"], limit["max"])
            return
    found.limits.append(limit)


def _conditions(
    found: RuleSet, conditions: Sequence[object], rule: Mapping[str, Any], name: str, place: str, words: str
) -> Iterator[bool]:
    """Add them; yields for each whether it was the one that bounds the rule's own counter."""
    for index, condition in enumerate(conditions):
        where = f"{place}.conditions[{index}]"
        path = condition.get("path") if isinstance(condition, Mapping) else None
        if not isinstance(condition, Mapping) or not isinstance(path, str):
            found.untold.append(where)
        elif path.startswith("state."):
            limit = _limit_of(condition, path, rule.get("state"), name)
            if limit is None:
                found.untold.append(where)
            else:
                _add_limit(found, limit)
            yield limit is not None
        else:
            said = {key: condition[key] for key in condition}
            found.require.append(said | ({"reason": words} if words and "reason" not in said else {}))


def _limit_of(condition: Mapping[str, Any], path: str, state: object, name: str) -> JsonObject | None:
    """Read a bound of the rule's own counter as a limit; None where it is anything else."""
    if not isinstance(state, Mapping) or not state.keys() <= _STATE or state.get("increment", 1) != 1:
        return None
    owner = "_global" if name == EVERY else name
    value, counter, window = condition.get("value"), state.get("counter"), state.get("window")
    if path != f"state.{owner}.{counter}" or condition.get("op") not in _MOST or type(value) is not int:
        return None
    most = value + _MOST[condition["op"]]
    return {"counter": f"{owner}.{counter}", "window": window, "max": most, "scope": "global"} if most > 0 else None
