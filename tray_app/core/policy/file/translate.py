"""A paste made into a policy: mended, put together, and read strictly; what cannot be told asks the owner.

Nothing is weaker than it was pasted: of two that say different things the stricter one holds, and a rule that cannot be
kept makes its tool ask.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.file.findings import InvalidPolicy, PolicyFinding
from tray_app.core.policy.file.forms import JsonObject, described, is_rules, is_tools, recognise, tools_of
from tray_app.core.policy.file.intercept import from_intercept
from tray_app.core.policy.file.reader import findings_in, read_policy
from tray_app.core.policy.file.values import name_shown, near_name
from tray_app.core.policy.model import Risk, ToolFacts

_TOP = ("version", "description", "default", "mode", "hide", "all_tools", "tools")
_RULES = ("limits", "rate_limit", "require", "deny_if", "require_approval_if")
_ORDER = ("allow", "require_approval", "deny")


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """`what` was pasted; `source` is a whole `policy.json`; `notes` are for the owner to know before it is written."""

    what: Text
    source: str
    notes: tuple[Text, ...]


def translate(pasted: str, *, tools: Mapping[str, ToolFacts]) -> Translation:
    """Make a policy of what was pasted. Raises InvalidPolicy where it is nothing that is known."""
    found = recognise(pasted)
    if found is None:
        faults = [one for one in findings_in(pasted, tools=tools) if not one.remark]
        raise InvalidPolicy(faults or [PolicyFinding(line=1, column=1, what=text("policy.not_json"))])
    notes: list[Text] = []
    merged, *others = [_whole(document, tools, notes) for document in found.documents]
    for other in others:
        merged = _merged(merged, other, notes)
    policy = _strict(merged, tools, notes)
    ordered = {key: policy[key] for key in _TOP if key in policy}
    source = json.dumps({"$schema": "policy.schema.json"} | ordered, ensure_ascii=False, indent=2) + "\n"
    read_policy(source, tools=tools)
    return Translation(
        what=described(found),
        source=source,
        notes=tuple(note for at, note in enumerate(notes) if note not in notes[:at]),
    )


def _whole(document: JsonObject, tools: Mapping[str, ToolFacts], notes: list[Text]) -> JsonObject:
    """Make a whole policy of one document."""
    if _is_intercept(document):
        policy, more = from_intercept(document, list(tools))
        notes += more
    else:
        policy = {"tools": dict(document)} if is_tools(document) else dict(document)
        notes += [
            text("policy_import.left_out", place=name_shown(key)) for key in policy if key not in (*_TOP, "$schema")
        ]
    policy = {key: policy[key] for key in _TOP if key in policy} | {"version": "1"}
    if policy.get("default") != "allow":
        if policy.get("default", "deny") != "deny":
            notes.append(text("policy_import.denies"))
        policy["default"] = "deny"
    return policy


def _is_intercept(document: JsonObject) -> bool:
    return "approvals" in document or any(is_rules(entry) for entry in tools_of(document).values())


def _merged(one: JsonObject, other: JsonObject, notes: list[Text]) -> JsonObject:
    """Put two policies together: each tool as its own page says, the stricter of both where both name it."""
    merged = one | {"default": max(one["default"], other["default"], key=_ORDER.index)}
    if other.get("mode", "enforce") != "observe":
        merged.pop("mode", None)
    hidden = [one.get("hide", []), other.get("hide", [])]
    if any(hidden):
        merged["hide"] = "*" if "*" in hidden else list(dict.fromkeys([*_listed(hidden[0]), *_listed(hidden[1])]))
    if "all_tools" in other:
        limits = [*_limits(one.get("all_tools")), *_limits(other["all_tools"])]
        merged["all_tools"] = {"limits": _tightest(limits)}
    entries = dict(tools_of(one))
    for name, entry in tools_of(other).items():
        if name in entries and entries[name] != entry:
            notes.append(text("policy_import.named_twice", tool=name_shown(name)))
            entries[name] = _both(entries[name], entry)
        else:
            entries[name] = entry
    return merged | {"tools": entries}


def _both(one: object, other: object) -> JsonObject:
    """Hold a tool to both entries. An action that is None makes it ask, further on."""
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return {"action": None}
    both = {**other, **one}
    actions = [entry.get("action", "allow") for entry in (one, other)]
    clear = all(action in _ORDER for action in actions)
    for key in _RULES:
        if isinstance(one.get(key), list) and isinstance(other.get(key), list):
            both[key] = _tightest([*one[key], *other[key]])
        elif key in one and key in other and one[key] != other[key]:
            clear = False
    strictest = max((action for action in actions if action in _ORDER), key=_ORDER.index, default=None)
    both["action"] = strictest if clear or strictest == "deny" else None
    return both


def _tightest(rules: list[Any]) -> list[Any]:
    """Keep each rule once, and of limits that count the same the smallest."""
    kept: dict[str, Any] = {}
    for rule in rules:
        most = rule.get("max") if isinstance(rule, Mapping) else None
        said = {"scope": "grant"} | rule | {"max": 0} if isinstance(most, int) else rule
        same = json.dumps(said, sort_keys=True)
        if same not in kept or (isinstance(most, int) and most < kept[same]["max"]):
            kept[same] = rule
    return list(kept.values())


def _listed(hide: object) -> list[Any]:
    return hide if isinstance(hide, list) else []


def _limits(all_tools: object) -> list[Any]:
    found = all_tools.get("limits") if isinstance(all_tools, Mapping) else None
    return found if isinstance(found, list) else []


def _strict(policy: JsonObject, tools: Mapping[str, ToolFacts], notes: list[Text]) -> JsonObject:
    """Keep what can be read; a tool with a rule that cannot asks, and so does every tool for a rule of all."""
    meant = set[str]()
    hidden = policy.pop("hide", None)
    if hidden is not None:
        names = hidden if isinstance(hidden, list) else []
        written = dict.fromkeys(each if isinstance(each, str) else json.dumps(each) for each in names)
        policy["hide"] = "*" if hidden == "*" else _known(written, tools, meant, notes)
    ask_all = False
    for key in ("description", "mode", "hide", "all_tools"):
        if key in policy and (fault := _fault({key: policy[key]}, tools)) is not None:
            notes.append(text("policy_import.not_kept", place=key, why=fault))
            ask_all = ask_all or key in {"all_tools", "hide"}
            del policy[key]
    given = tools_of(policy)
    entries = {name: _entry(name, given[name], tools, notes) for name in _known(given, tools, meant, notes)}
    allows = policy["default"] == "allow"
    if allows:
        for name in (name for name, tool in tools.items() if tool.risk is Risk.CONFIGURE and name not in entries):
            notes.append(text("policy_import.sets_up", tool=name))
            entries[name] = _asking({})
    for name in sorted(tools if ask_all else meant):
        if name in entries or allows:  # else it is denied
            entries[name] = _asking(entries.get(name, {}))
    return policy | {"tools": entries}


def _known(
    given: Mapping[str, object], tools: Mapping[str, ToolFacts], meant: set[str], notes: list[Text]
) -> list[str]:
    """Keep the names that a tool has. Others are said; those that may be a slip for a tool put it into `meant`."""
    known: list[str] = []
    for name, entry in given.items():
        near = near_name(name, tools)
        if name in tools or (name == "*" and entry is None):
            known.append(name)
        elif near is None or entry in ({}, {"action": "allow"}):
            notes.append(text("policy_import.unknown", name=name_shown(name)))
        else:
            meant.add(near)
            notes.append(text("policy_import.unknown_near", name=name_shown(name), near=near))
    return known


def _entry(name: str, entry: object, tools: Mapping[str, ToolFacts], notes: list[Text]) -> JsonObject:
    """Keep of a tool's entry what can be read; where a part cannot, the tool asks."""
    if (fault := _fault({"tools": {name: entry}}, tools)) is None and isinstance(entry, dict):
        return entry
    kept: JsonObject = {}
    for key, value in entry.items() if isinstance(entry, Mapping) else ():
        wrong = _fault({"tools": {name: {key: value}}}, tools)
        if wrong is None:
            kept[key] = value
        else:
            notes.append(text("policy_import.asks_for", tool=name, what=name_shown(str(key)), why=wrong))
    asking = _asking(kept)
    if _fault({"tools": {name: asking}}, tools) is None and isinstance(entry, Mapping) and kept != entry:
        return asking
    if fault is not None:  # parts that do not go together, or no entry at all
        notes.append(text("policy_import.asks_for", tool=name, what=name, why=fault))
    return {"action": kept["action"] if kept.get("action") == "deny" else "require_approval"}


def _asking(entry: JsonObject) -> JsonObject:
    """Make an entry ask, if it does not deny; what asks always needs no condition for it."""
    kept = {key: value for key, value in entry.items() if key not in {"action", "require_approval_if"}}
    return {"action": "deny" if entry.get("action") == "deny" else "require_approval", **kept}


def _fault(part: JsonObject, tools: Mapping[str, ToolFacts]) -> Text | None:
    """Say what is wrong with a part of a policy, if anything."""
    source = json.dumps({"version": "1"} | part)
    return next((one.what for one in findings_in(source, tools=tools) if not one.remark), None)
