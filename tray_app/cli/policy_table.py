"""`policy show`: what holds for each tool, as a table or as JSON."""

from collections.abc import Iterator
from pathlib import Path

from tray_app.cli.console import Console
from tray_app.core.policy import Policy, ToolPolicy
from tray_app.core.policy_words import limit_words, risk_words, rules_words, stance_words
from tray_app.core.policy_writer import to_json, tool_to_json
from tray_app.core.texts import Text, text
from tray_app.tools.facts import facts


def show(policy: Policy, console: Console, *, path: Path, exists: bool) -> None:
    """Show the policy that holds, from the file at `path` or the default."""
    if console.as_json:
        tools = {name: {"risk": tool.risk.value, **_effective(policy, name)} for name, tool in facts().items()}
        console.give({"file": str(path), "exists": exists, "policy": to_json(policy), "tools": tools})
        return
    console.say(text("policy.holds_file" if exists else "policy.holds_default", path=str(path)))
    console.say(text(f"policy.mode_{policy.mode.value}"))
    console.say(text(f"policy.others_{policy.default.value}"))
    for limit in policy.limits:
        console.say(text("policy.all_limit", limit=limit_words(limit)))
    console.say()
    wide = max(len(name) for name in facts())
    for name, tool in facts().items():
        rules = policy.rules_of(name)
        stance = stance_words(rules.stance, hidden=policy.hides(name))
        console.say(f"{name:<{wide}}  {console.words(stance)}  ({console.words(risk_words(tool.risk))})")
        for line in _lines(rules):
            console.say(f"  {console.words(line)}")


def _effective(policy: Policy, name: str) -> dict[str, object]:
    return {"hidden": policy.hides(name), **tool_to_json(policy.rules_of(name))}


def _lines(rules: ToolPolicy) -> Iterator[Text]:
    if rules.reason:
        yield text("policy.with_reason", reason=rules.reason)
    yield from (limit_words(limit) for limit in rules.limits)
    yield from rules_words(rules)
