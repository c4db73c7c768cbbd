"""What may stand in `policy.json`: PolicyLayer's hosted format and a little more, read strictly, all faults at once."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from tray_app.core.json_nodes import Node, root
from tray_app.core.json_spans import NotJson
from tray_app.core.policy import Limit, Mode, Policy, Stance, ToolPolicy
from tray_app.core.policy_faults import Finding, Findings, InvalidPolicy
from tray_app.core.policy_limits_reader import read_limits
from tray_app.core.policy_tool_reader import read_tool
from tray_app.core.policy_values_reader import add_unknown, choice, elements, members, name_shown, require, words
from tray_app.core.texts import text
from tray_app.core.tool_facts import ToolFacts

MAX_CHARS = 262_144
_VERSION = "1"
_EVERYTHING = "*"
_BOM = "\ufeff"
_KEYS = ("$schema", "description", "version", "default", "mode", "hide", "all_tools", "tools")


class _Default(StrEnum):
    ALLOW = "allow"
    DENY = "deny"


def read_policy(source: str, *, tools: Mapping[str, ToolFacts]) -> Policy:
    """Read the text of a policy file; `tools` are all tools there are, by name. Raises InvalidPolicy."""
    policy, found = _looked_at(source, tools)
    if policy is None:
        raise InvalidPolicy(found)
    return policy


def findings_in(source: str, *, tools: Mapping[str, ToolFacts]) -> tuple[Finding, ...]:
    """Find all faults and remarks of a policy file's text, in its order."""
    return _looked_at(source, tools)[1]


def _looked_at(source: str, tools: Mapping[str, ToolFacts]) -> tuple[Policy | None, tuple[Finding, ...]]:
    source = source.removeprefix(_BOM)
    if len(source) > MAX_CHARS:
        return None, (Finding(line=1, column=1, what=text("policy.too_long", most=MAX_CHARS)),)
    if not source.strip():
        return None, (Finding(line=1, column=1, what=text("policy.empty")),)
    try:
        node = root(source)
    except NotJson as fault:
        return None, (Finding(line=fault.line, column=fault.column, what=text("policy.not_json")),)
    findings = Findings(source)
    policy = _read(node, tools, findings)
    found = findings.all()
    return (policy if all(finding.remark for finding in found) else None), found


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
