"""Rules that cannot be meant, and rules that have no effect as the file stands: faults and remarks."""

import json

import pytest

from tests.support.policies import TOOLS
from tray_app.adapters.files.texts import catalog
from tray_app.core.kernel.texts import Language
from tray_app.core.policy.file.findings import InvalidPolicy
from tray_app.core.policy.file.reader import findings_in, read_policy
from tray_app.core.policy.model import Policy

WORDS = catalog(Language.EN)
TEXT = "dingtalk_send_text"


def of_tool(**said: object) -> str:
    return json.dumps({"version": "1", "tools": {TEXT: said}})


def whats(source: str) -> list[str]:
    return [finding.what.key.removeprefix("policy.") for finding in findings_in(source, tools=TOOLS)]


def said_of(source: str) -> list[str]:
    return [WORDS(finding.what) for finding in findings_in(source, tools=TOOLS)]


def condition(op: str, value: object, path: str = "args.robot") -> str:
    return of_tool(require=[{"path": path, "op": op, "value": value}])


@pytest.mark.parametrize(
    ("op", "value", "what"),
    [
        ("eq", {}, "want_comparable"),
        ("neq", [[1]], "want_scalars"),
        ("eq", "\ud800", "want_comparable"),
        ("in", "dev", "want_list"),
        ("in", [], "never_in"),
        ("not_in", [], "always_not_in"),
        ("lt", "3", "want_number"),
        ("gte", True, "want_number"),
        ("regex", 3, "want_pattern"),
        ("regex", "(", "bad_pattern"),
        ("regex", "", "matches_everything"),
        ("regex", "((a{1000}){1000}){1000}", "big_pattern"),
        ("regex", "a" * 1_001, "big_pattern"),
        ("contains", "", "contains_nothing"),
        ("contains", ["a"], "want_scalar"),
        ("exists", "yes", "want_flag"),
    ],
)
def test_a_value_must_fit_its_comparison(op: str, value: object, what: str) -> None:
    assert whats(condition(op, value)) == [what]


def test_numbers_too_big_to_compare_are_refused() -> None:
    assert whats(condition("lt", 1).replace('"value": 1', '"value": 1e999')) == ["want_number"]


@pytest.mark.parametrize("path", ["content", "args", "args.", "args..x", "state.x", ""])
def test_a_path_begins_with_args(path: str) -> None:
    assert whats(condition("eq", 1, path)) == ["want_path"]


def test_elements_of_lists_have_numbers() -> None:
    card = {"require": [{"path": "args.buttons.0.url", "op": "regex", "value": "^https://example[.]com/"}]}
    assert said_of(json.dumps({"version": "1", "tools": {"dingtalk_send_action_card": card}})) == []
    card["require"][0]["path"] = "args.buttons.*.url"  # nothing would ever be there
    said = said_of(json.dumps({"version": "1", "tools": {"dingtalk_send_action_card": card}}))
    assert said[0].endswith('did you mean "args.buttons.0.url"?')
    card["require"][0]["path"] = "args.buttons.0.ulr"
    said = said_of(json.dumps({"version": "1", "tools": {"dingtalk_send_action_card": card}}))
    assert said[0].endswith('did you mean "args.buttons.0.url"?')


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (
            {"limits": [{"counter": "c", "max": 1, "window": 60}, {"counter": "c", "max": 2, "window": "minute"}]},
            "same_limit",
        ),
        (
            {
                "rate_limit": {"max": 1, "window": 5},
                "limits": [{"counter": f"{TEXT}_rate", "max": 1, "window": 5, "scope": "grant"}],
            },
            "same_limit",
        ),
        (
            {
                "require": [{"path": "args.robot", "op": "eq", "value": "a"}],
                "deny_if": [{"path": "args.robot", "op": "eq", "value": "a"}],
            },
            "same_condition",
        ),
        ({"require": [{"path": "args.content", "op": "exists", "value": True}]}, "always_there"),
        ({"limits": [{"counter": " ", "max": 1, "window": 1}]}, "want_counter"),
        ({"limits": [{"max": 1, "window": 1}]}, "missing"),
        ({"action": "ask"}, "want_choice"),
        ({"reason": 5}, "want_words"),
        ({"rate_limit": {"max": 1, "window": 60, "scope": "grant"}}, "unknown_key"),
    ],
)
def test_rules_that_cannot_be_meant_are_faults(said: dict[str, object], what: str) -> None:
    assert whats(of_tool(**said)) == [what]
    with pytest.raises(InvalidPolicy):
        read_policy(of_tool(**said), tools=TOOLS)


@pytest.mark.parametrize(
    ("path", "op", "value", "what"),
    [
        ("atAll", "eq", "true", "wrong_kind"),
        ("atAll", "neq", 1, "wrong_kind"),
        ("atAll", "in", ["true", 1], "wrong_kind"),
        ("atAll", "contains", True, "wrong_kind"),
        ("atAll", "regex", "true", "wrong_kind"),
        ("atAll", "eq", None, "wrong_kind"),
        ("content", "gt", 20, "wrong_kind"),
        ("content", "contains", 5, "wrong_kind"),
        ("content", "eq", ["a"], "wrong_kind"),
        ("atMobiles", "eq", "13800000000", "wrong_kind"),
        ("atMobiles", "regex", "^138", "wrong_kind"),
        ("atMobiles.0", "not_in", [13800000000], "wrong_kind"),
        ("atAll", "eq", False, None),
        ("atAll", "in", [True, "true"], None),
        ("content", "in", [1, "a"], None),
        ("content", "neq", "", None),
        ("atMobiles", "contains", "13800000000", None),
        ("atMobiles", "eq", [], None),
        ("atMobiles.0", "regex", "^138", None),
    ],
)
def test_a_comparison_that_says_the_same_about_every_call_is_a_fault(
    path: str, op: str, value: object, what: str | None
) -> None:
    assert whats(condition(op, value, f"args.{path}")) == ([] if what is None else [what])


def test_an_argument_with_few_values_is_compared_with_one_of_them() -> None:
    def about(value: str) -> list[str]:
        rule = {"deny_if": [{"path": "args.status", "op": "eq", "value": value}]}
        return said_of(json.dumps({"version": "1", "tools": {"dingtalk_notify_task_complete": rule}}))

    assert about("failed") == []
    assert about("failure") == [
        "args.status is always one of success, failed, warning, so this comparison says the same about every call"
    ]


def test_a_number_is_counted_in_any_way() -> None:
    rule = {"deny_if": [{"path": "args.filesCount", "op": op, "value": 5} for op in ("eq", "neq", "lt", "gte")]}
    assert whats(json.dumps({"version": "1", "tools": {"dingtalk_notify_session_end": rule}})) == []


def test_what_cannot_be_read_is_not_compared_with_other_conditions() -> None:
    rules = [
        {"path": "args.robot", "op": "regex", "value": "("},
        {"path": "args.robot", "op": "regex", "value": "["},
        {"path": "args.robot", "op": "equals", "value": "a"},
        {"path": "args.robot", "op": "same", "value": "a"},
        {"path": "args.robot", "op": "eq"},
        {"path": "args.robot", "op": "eq"},
    ]
    assert whats(of_tool(require=rules)) == [*["bad_pattern"] * 2, *["want_choice"] * 2, *["missing"] * 2]


def test_a_limit_that_all_tools_already_has_is_never_reached() -> None:
    limit = {"counter": "c", "window": "minute", "max": 5}
    document = {"version": "1", "all_tools": {"limits": [limit]}, "tools": {TEXT: {"limits": [limit]}}}
    assert whats(json.dumps(document)) == ["behind_all_tools"]
    document["tools"] = {TEXT: {"limits": [{**limit, "max": 4}]}}
    assert whats(json.dumps(document)) == []


RULE = [{"path": "args.atAll", "op": "eq", "value": True}]
LIMIT = [{"counter": "c", "window": "minute", "max": 5}]


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ({"tools": {TEXT: {"action": "deny", "require_approval_if": RULE}}}, "behind_deny"),
        ({"tools": {TEXT: {"action": "require_approval", "require_approval_if": RULE}}}, "behind_ask"),
        ({"hide": [TEXT], "tools": {TEXT: {"deny_if": RULE}}}, "behind_hide"),
        ({"hide": [TEXT], "tools": {TEXT: {"action": "allow"}}}, "behind_hide"),
        ({"hide": "*", "tools": {TEXT: {}}}, "behind_hide_all"),
        ({"all_tools": {"limits": LIMIT}}, "behind_deny_all"),
    ],
)
def test_rules_behind_a_switch_are_remarked_and_the_file_is_used_all_the_same(
    document: dict[str, object], what: str
) -> None:
    source = json.dumps({"version": "1", **document})
    assert whats(source) == [what]
    assert [finding.remark for finding in findings_in(source, tools=TOOLS)] == [True]
    assert isinstance(read_policy(source, tools=TOOLS), Policy)


@pytest.mark.parametrize("source", ["", "\ufeff", " \n\t\r\n"])
def test_an_empty_file_is_called_empty(source: str) -> None:
    assert whats(source) == ["empty"]
