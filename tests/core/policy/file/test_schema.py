"""The JSON Schema for editors refuses nothing that the app takes, and knows the same tools, keys and comparisons."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.support.policies import NAMES, TOOLS, fuzzed, policies
from tray_app.core.policy.file.findings import InvalidPolicy
from tray_app.core.policy.file.reader import read_policy
from tray_app.core.policy.file.writer import to_json
from tray_app.core.policy.model import Op, Policy

POLICY = Path(__file__).parents[4] / "assets" / "policy"
SCHEMA = json.loads((POLICY / "policy.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def taken(source: str) -> bool:
    try:
        read_policy(source, tools=TOOLS)
    except InvalidPolicy:
        return False
    return True


def test_the_schema_is_one_and_names_every_tool_and_comparison() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert tuple(SCHEMA["properties"]["tools"]["properties"]) == NAMES
    assert SCHEMA["properties"]["hide"]["anyOf"][1]["items"]["enum"] == ["*", *NAMES]
    assert SCHEMA["$defs"]["condition"]["properties"]["op"]["enum"] == [*Op]


def test_everything_in_the_schema_is_described() -> None:
    objects = [SCHEMA, *SCHEMA["$defs"].values()]
    named = [(key, value) for one in objects for key, value in one.get("properties", {}).items()]
    named = [(key, value if "description" in value else SCHEMA["$defs"][value["$ref"][8:]]) for key, value in named]
    assert [key for key, value in named if "description" not in value] == []


def test_the_default_policy_fits() -> None:
    source = (POLICY / "default.json").read_text("utf-8")
    assert taken(source)
    assert VALIDATOR.is_valid(json.loads(source))


@settings(max_examples=40, deadline=None)
@given(policies())
def test_every_policy_fits(policy: Policy) -> None:
    assert list(VALIDATOR.iter_errors(to_json(policy))) == []


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**64))
def test_what_the_schema_refuses_is_refused(seed: int) -> None:
    source = fuzzed(random.Random(seed))
    if taken(source):
        assert list(VALIDATOR.iter_errors(json.loads(source.removeprefix("\ufeff")))) == []


@pytest.mark.parametrize("key", ["verison", "action", "value", "max", "counter", "default"])
def test_single_wrong_values_are_refused_by_both(key: str) -> None:
    wrong: dict[str, dict[str, object]] = {
        "verison": {"verison": "1"},
        "action": {"tools": {"dingtalk_send_text": {"action": "ask"}}},
        "value": {"tools": {"dingtalk_send_text": {"require": [{"path": "args.robot", "op": "in", "value": []}]}}},
        "max": {"all_tools": {"limits": [{"counter": "c", "window": 60, "max": 0}]}},
        "counter": {"all_tools": {"limits": [{"counter": " ", "window": 60, "max": 1}]}},
        "default": {"default": "require_approval"},
    }
    document = {"version": "1", **wrong[key]}
    assert not VALIDATOR.is_valid(document)
    assert not taken(json.dumps(document))
