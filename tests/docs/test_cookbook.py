"""docs/policy-cookbook.md, in both languages: each recipe is read without fault, and decides as is written under it."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tray_app.core.kernel.windows import Window
from tray_app.core.policy.evaluate import Call, decide
from tray_app.core.policy.file.reader import findings_in, read_policy
from tray_app.core.policy.verdict import Allow, Ask, CounterKey, Deny, Throttle
from tray_app.tools.facts import facts

ROOT = Path(__file__).parents[2]
PAGES = [(ROOT / "docs" / name).read_text("utf-8") for name in ("policy-cookbook.md", "policy-cookbook.zh-CN.md")]
SCHEMA = json.loads((ROOT / "assets" / "policy" / "policy.schema.json").read_text("utf-8"))
RECIPES = {part.partition("\n")[0]: part for page in PAGES for part in page.split("\n## ")[1:]}
OUTCOMES = {Allow: "allowed", Ask: "asks", Deny: "denied", Throttle: "throttled"}
IN_ENGLISH = {"允许": "allowed", "询问": "asks", "拒绝": "denied", "限流": "throttled"}
ROW = re.compile(r"^\| `(\w+)` \| `([^`]+)` \| (\w+) \|$", re.MULTILINE)


def source_of(recipe: str) -> str:
    (source,) = re.findall(r"```json\n(.*?)```", RECIPES[recipe], re.DOTALL)
    return str(source)


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_is_read_without_fault_or_remark(recipe: str) -> None:
    assert findings_in(source_of(recipe), tools=facts()) == ()
    Draft202012Validator(SCHEMA).validate(json.loads(source_of(recipe)))


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_decides_as_the_page_says(recipe: str) -> None:
    policy = read_policy(source_of(recipe), tools=facts())
    tools = facts()
    counters = dict[CounterKey, Window]()
    said, got = [], []
    for tool, arguments, outcome in ROW.findall(RECIPES[recipe]):
        call = Call(tool=tool, risk=tools[tool].risk, arguments=json.loads(arguments), grant="claude-code", session="s")
        decided = decide(policy, call, counters, now_ms=1_000)
        counters.update(decided.counters)
        said.append((tool, arguments, IN_ENGLISH.get(outcome, outcome)))
        got.append((tool, arguments, OUTCOMES[type(decided.verdict)]))
    assert len(said) > 1
    assert got == said
