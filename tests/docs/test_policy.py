"""docs/policy.md: its examples are read, and it names every key, comparison and command there is."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tray_app.core.policy.file.reader import findings_in
from tray_app.tools.facts import facts

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "policy.md").read_text("utf-8")
SCHEMA = json.loads((ROOT / "assets" / "policy" / "policy.schema.json").read_text("utf-8"))
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("source", EXAMPLES)
def test_an_example_is_read_without_fault_or_remark_and_fits_the_schema(source: str) -> None:
    assert findings_in(source, tools=facts()) == ()
    Draft202012Validator(SCHEMA).validate(json.loads(source))


def test_there_are_examples_the_same_in_both_languages() -> None:
    chinese = (ROOT / "docs" / "policy.zh-CN.md").read_text("utf-8")
    assert len(EXAMPLES) == 2
    assert re.findall(r"```json\n(.*?)```", chinese, re.DOTALL) == EXAMPLES


def keys(schema: dict[str, Any]) -> Iterator[str]:
    for name, of in schema.get("properties", {}).items():
        if not name.startswith("dingtalk_"):
            yield name
            yield from keys(of)


def test_every_key_stands_in_a_table() -> None:
    tables = re.findall(r"^\| key \|.*\n(?:\|.*\n)+", PAGE, re.MULTILINE)
    rows = {name for table in tables for name in re.findall(r"^\| `([$\w]+)` \|", table, re.MULTILINE)}
    named = {name for part in (SCHEMA, *SCHEMA["$defs"].values()) for name in keys(part)}
    assert rows == named


def test_every_comparison_and_bound_is_named() -> None:
    condition, limit = SCHEMA["$defs"]["condition"], SCHEMA["$defs"]
    table = PAGE.partition("| `op` | `value` |")[2].partition("\n\n")[0]
    assert set(condition["properties"]["op"]["enum"]) <= set(re.findall(r"`(\w+)`", table))
    assert f"1 to {limit['max']['maximum']}" in PAGE
    assert f"1 to {limit['window']['anyOf'][1]['maximum']} seconds" in PAGE


def test_every_tool_of_the_default_policy_is_explained() -> None:
    default = json.loads((ROOT / "assets" / "policy" / "default.json").read_text("utf-8"))
    asked = {name for name, said in default["tools"].items() if said["action"] == "require_approval"}
    assert asked == {"dingtalk_configure"}
    with_everybody = {name for name, tool in facts().items() if "atAll" in tool.arguments}
    assert {name for name, said in default["tools"].items() if "require_approval_if" in said} == with_everybody
    assert default["tools"].keys() == facts().keys()
