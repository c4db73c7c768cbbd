"""Reads a policy file: the whole and each tool's part, every fault at its place."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum

from tray_app.core.jsontext.spans import Node, NotJson, root
from tray_app.core.kernel.texts import text
from tray_app.core.policy.file.conditions import read_conditions
from tray_app.core.policy.file.findings import Findings, InvalidPolicy, PolicyFinding
from tray_app.core.policy.file.forms import paste_words
from tray_app.core.policy.file.values import (
    add_unknown,
    choice,
    elements,
    members,
    name_shown,
    read_limits,
    require,
    words,
)
from tray_app.core.policy.file.witnesses import general, passes
from tray_app.core.policy.model import Condition, Limit, Mode, Policy, Stance, ToolFacts, ToolPolicy

_RULES = ("rate_limit", "limits", "require", "deny_if", "require_approval_if")
_TOOL_KEYS = ("action", "reason", *_RULES)


def read_tool(node: Node, tool: ToolFacts, findings: Findings, *, hidden: bool) -> ToolPolicy:
    """Read one entry; an empty one allows the tool."""
    found = members(node, _TOOL_KEYS, findings)
    stance = choice(found.get("action"), Stance, Stance.ALLOW, findings)
    require = read_conditions(found.get("require"), tool, findings)
    deny_if = read_conditions(found.get("deny_if"), tool, findings)
    ask_if = read_conditions(found.get("require_approval_if"), tool, findings)
    _note_unreachable_limits(found, stance, findings, hidden=hidden)
    if not _note_repeated((*require, *deny_if, *ask_if), findings):
        _note_impossible(require, deny_if, tool, findings)
    counter = f"{tool.name}_rate"
    return ToolPolicy(
        stance=stance,
        reason=words(found.get("reason"), findings),
        limits=read_limits(found.get("limits"), found.get("rate_limit"), rate_counter=counter, findings=findings),
        require=tuple(condition for condition, _ in require),
        deny_if=tuple(condition for condition, _ in deny_if),
        ask_if=tuple(condition for condition, _ in ask_if),
    )


def _note_unreachable_limits(found: Mapping[str, Node], stance: Stance, findings: Findings, *, hidden: bool) -> None:
    """Note the rules that stand behind one that is always met first."""
    for key, rule in found.items():
        if hidden and (key in _RULES or (key == "action" and stance is not Stance.DENY)):
            findings.add(rule.begin, text("policy.behind_hide", key=key), remark=True)
        elif key in _RULES and stance is Stance.DENY:
            findings.add(rule.begin, text("policy.behind_deny", key=key), remark=True)
        elif key == "require_approval_if" and stance is Stance.ASK:
            findings.add(rule.begin, text("policy.behind_ask", key=key), remark=True)


def _note_repeated(conditions: Iterable[tuple[Condition, Node]], findings: Findings) -> bool:
    """Note what stands twice: required and refused at once, refused and asked, or merely said again."""
    seen: dict[tuple[object, ...], Node] = {}
    repeated = False
    for condition, node in conditions:
        key = (condition.path, condition.op, json.dumps(condition.value))
        if condition.path and key in seen:
            findings.add(node.at, text("policy.same_condition", line=findings.line(seen[key].at)))
            repeated = True
        seen.setdefault(key, node)
    return repeated


def _note_impossible(
    require: Sequence[tuple[Condition, Node]],
    deny_if: Sequence[tuple[Condition, Node]],
    tool: ToolFacts,
    findings: Findings,
) -> None:
    """Note conditions about one argument that no call meets together: the tool is refused, whatever is said."""
    for path in dict.fromkeys(condition.path for condition, _ in (*require, *deny_if)):
        wanted = [condition for condition, _ in require if condition.path == path]
        refused = [condition for condition, _ in deny_if if condition.path == path]
        together = len(wanted) + len(refused) > 1
        if general(path) in tool.arguments and together and not passes(wanted, refused, tool):
            last = [node for condition, node in (*require, *deny_if) if condition.path == path][-1]
            findings.add(last.at, text("policy.never_passes", name=f"args.{'.'.join(path)}"), idle=True)


MAX_CHARS = 262_144
_VERSION = "1"
_EVERYTHING = "*"
_BOM = "\ufeff"
_KEYS = ("$schema", "description", "version", "default", "mode", "hide", "all_tools", "tools")


class _Default(StrEnum):
    ALLOW = "allow"
    DENY = "deny"


def read_policy(source: str, *, tools: Mapping[str, ToolFacts], held: bool = False) -> Policy:
    """Read the text of a policy file; `tools` are all tools there are, by name. Raises InvalidPolicy.

    Where it `held` before, conditions that say the same about every call stop nothing: it means what it meant.
    """
    policy, found = _looked_at(source, tools)
    if policy is None or not all(one.remark or (held and one.idle) for one in found):
        raise InvalidPolicy(found)
    return policy


def findings_in(source: str, *, tools: Mapping[str, ToolFacts]) -> tuple[PolicyFinding, ...]:
    """Find all faults and remarks of a policy file's text, in its order."""
    return _looked_at(source, tools)[1]


def _looked_at(source: str, tools: Mapping[str, ToolFacts]) -> tuple[Policy | None, tuple[PolicyFinding, ...]]:
    source = source.removeprefix(_BOM)
    if len(source) > MAX_CHARS:
        return None, (PolicyFinding(line=1, column=1, what=text("policy.too_long", most=MAX_CHARS)),)
    if not source.strip():
        return None, (PolicyFinding(line=1, column=1, what=text("policy.empty")),)
    try:
        node = root(source)
    except NotJson as fault:
        pasted = paste_words(source)
        line, column = (fault.line, fault.column) if pasted is None else (1, 1)
        return None, (PolicyFinding(line=line, column=column, what=pasted or text("policy.not_json")),)
    findings = Findings(source)
    policy = _read(node, tools, findings)
    found = findings.all()
    if any(not finding.remark for finding in found) and (pasted := paste_words(source)) is not None:
        found = (PolicyFinding(line=1, column=1, what=pasted), *found)
    return policy, found


def _read(node: Node, tools: Mapping[str, ToolFacts], findings: Findings) -> Policy:
    found = members(node, _KEYS, findings)
    require(node, found, "version", findings=findings)
    for key in ("$schema", "description"):
        words(found.get(key), findings)
    if "version" in found and found["version"].value() != _VERSION:
        findings.add(found["version"].at, text("policy.want_version"))
    hidden = _hide(found.get("hide"), tools, findings)
    policy = Policy(
        default=Stance(choice(found.get("default"), _Default, _Default.DENY, findings)),
        mode=choice(found.get("mode"), Mode, Mode.ENFORCE, findings),
        hide=hidden - {_EVERYTHING},
        hide_all=_EVERYTHING in hidden,
        limits=_all_tools(found.get("all_tools"), findings),
        tools=_tools(found.get("tools"), tools, hidden, findings),
    )
    _note_unreachable(policy, found, tools, findings)
    return policy


def _hide(node: Node | None, tools: Mapping[str, ToolFacts], findings: Findings) -> frozenset[str]:
    if node is None:
        return frozenset()
    if node.value() == _EVERYTHING:
        return frozenset({_EVERYTHING})
    names = set[str]()
    for item in elements(node, findings):
        name = item.value()
        if not isinstance(name, str):
            findings.add(item.at, text("policy.want_tool"))
        elif name != _EVERYTHING and name not in tools:
            add_unknown(item.at, name, tools, findings, what="tool")
        elif name in names:
            findings.add(item.at, text("policy.twice", key=name_shown(name)))
        else:
            names.add(name)
    return frozenset(names)


def _all_tools(node: Node | None, findings: Findings) -> tuple[Limit, ...]:
    found = {} if node is None else members(node, ("limits",), findings)
    return read_limits(found.get("limits"), None, rate_counter="", findings=findings)


def _tools(
    node: Node | None, tools: Mapping[str, ToolFacts], hidden: Collection[str], findings: Findings
) -> Mapping[str, ToolPolicy]:
    if node is None or not node.is_object:
        if node is not None:
            findings.add(node.at, text("policy.want_object"))
        return {}
    read: dict[str, ToolPolicy] = {}
    for entry in node:
        name = entry.key
        if name not in tools:
            add_unknown(entry.begin, name, tools, findings, what="tool")
        elif name in read:
            findings.add(entry.begin, text("policy.twice", key=name_shown(name)))
        else:
            read[name] = read_tool(entry, tools[name], findings, hidden=name in hidden)
    return read


def _note_unreachable(
    policy: Policy, found: Mapping[str, Node], tools: Mapping[str, ToolFacts], findings: Findings
) -> None:
    """Note what no call ever comes to."""
    if policy.hide_all:
        for key in ("tools", "all_tools"):
            if key in found and tuple(found[key]):
                findings.add(found[key].begin, text("policy.behind_hide_all", key=key), remark=True)
        return
    called = any(policy.rules_of(name).stance is not Stance.DENY for name in tools if name not in policy.hide)
    if policy.limits and not called:
        findings.add(found["all_tools"].begin, text("policy.behind_deny_all", key="all_tools"), remark=True)
    for name, tool in policy.tools.items():
        for limit in tool.limits:
            wider = any(
                (limit.counter, limit.window_ms, limit.scope) == (other.counter, other.window_ms, other.scope)
                and limit.most >= other.most
                for other in policy.limits
            )
            if wider and limit.window_ms:
                entry = next(entry for entry in found["tools"] if entry.key == name)
                findings.add(entry.begin, text("policy.behind_all_tools", tool=name, counter=limit.counter))
