"""What stands below `tools.NAME` in `policy.json`, and which of it could never have an effect."""

import json
from collections.abc import Iterable, Mapping

from tray_app.core.json_nodes import Node
from tray_app.core.policy import Condition, Stance, ToolPolicy
from tray_app.core.policy_conditions_reader import read_conditions
from tray_app.core.policy_faults import Findings
from tray_app.core.policy_limits_reader import read_limits
from tray_app.core.policy_values_reader import choice, members, words
from tray_app.core.texts import text
from tray_app.core.tool_facts import ToolFacts

_RULES = ("rate_limit", "limits", "require", "deny_if", "require_approval_if")
_KEYS = ("action", "reason", *_RULES)


def read_tool(node: Node, tool: ToolFacts, findings: Findings, *, hidden: bool) -> ToolPolicy:
    """Read one entry; an empty one allows the tool."""
    found = members(node, _KEYS, findings)
    stance = choice(found.get("action"), Stance, Stance.ALLOW, findings)
    require = read_conditions(found.get("require"), tool, findings)
    deny_if = read_conditions(found.get("deny_if"), tool, findings)
    ask_if = read_conditions(found.get("require_approval_if"), tool, findings)
    _note_unreachable(found, stance, findings, hidden=hidden)
    _note_repeated((*require, *deny_if, *ask_if), findings)
    counter = f"{tool.name}_rate"
    return ToolPolicy(
        stance=stance,
        reason=words(found.get("reason"), findings),
        limits=read_limits(found.get("limits"), found.get("rate_limit"), rate_counter=counter, findings=findings),
        require=tuple(condition for condition, _ in require),
        deny_if=tuple(condition for condition, _ in deny_if),
        ask_if=tuple(condition for condition, _ in ask_if),
    )


def _note_unreachable(found: Mapping[str, Node], stance: Stance, findings: Findings, *, hidden: bool) -> None:
    """Note the rules that stand behind one that is always met first."""
    for key, rule in found.items():
        if hidden and (key in _RULES or (key == "action" and stance is not Stance.DENY)):
            findings.add(rule.begin, text("policy.behind_hide", key=key), remark=True)
        elif key in _RULES and stance is Stance.DENY:
            findings.add(rule.begin, text("policy.behind_deny", key=key), remark=True)
        elif key == "require_approval_if" and stance is Stance.ASK:
            findings.add(rule.begin, text("policy.behind_ask", key=key), remark=True)


def _note_repeated(conditions: Iterable[tuple[Condition, Node]], findings: Findings) -> None:
    """Note what stands twice: required and refused at once, refused and asked, or merely said again."""
    seen: dict[tuple[object, ...], Node] = {}
    for condition, node in conditions:
        key = (condition.path, condition.op, json.dumps(condition.value))
        if condition.path and key in seen:
            findings.add(node.at, text("policy.same_condition", line=findings.line(seen[key].at)))
        seen.setdefault(key, node)
