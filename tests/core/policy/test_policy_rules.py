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
        ("regex", "((a{1000}){1000}){1000}", "bad_pattern"),
        ("regex", r"\pL{900}", "big_pattern"),
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
        ("content", "neq", "", "out_of_bounds"),
        ("content", "eq", "a" * 100_001, "out_of_bounds"),
        ("content", "contains", "a" * 100_001, "out_of_bounds"),
        ("robot", "eq", "r" * 65, "out_of_bounds"),
        ("robot", "in", ["r" * 65, ""], None),
        ("content", "regex", "(?s).*", "matches_everything"),
        ("content", "regex", "a*", "matches_everything"),
        ("content", "regex", "^", "matches_everything"),
        ("content", "regex", r"[\s\S]", "matches_everything"),
        ("content", "regex", "^.{1,20}$", None),
        ("robot", "regex", "[^A-Z]", None),
        ("content", "regex", r"\P{Greek}", None),
        ("content", "regex", "[^a]", None),
        ("content", "regex", "^(?:[^s]|s[^e])", None),
        ("content", "regex", "[a]|[^a]", "matches_everything"),
        ("content", "regex", "(?i)[a-z]|[^a-z]", "matches_everything"),
        ("content", "regex", "a", None),
        ("atMobiles", "contains", "1" * 33, "wrong_kind"),
        ("atMobiles", "contains", None, "wrong_kind"),
        ("atMobiles", "eq", [1], "out_of_bounds"),
        ("atMobiles", "contains", "13800000000", None),
        ("atMobiles", "eq", [], None),
        ("atMobiles.0", "regex", "^138", None),
        ("atMobiles.0", "exists", True, None),
        ("atMobiles.49", "exists", True, None),
        ("atMobiles.50", "exists", True, "never_there"),
        ("atMobiles.50", "exists", False, "never_there"),
        ("atMobiles.99999999999999999999", "eq", "13800000000", "never_there"),
        ("atMobiles", "contains", "boss", "wrong_kind"),
        ("atMobiles.0", "neq", "138", "out_of_bounds"),
        ("atUserIds", "contains", "all", "wrong_kind"),
        ("atUserIds", "contains", "@All", "wrong_kind"),
        ("atUserIds.0", "in", ["所有人", "a b"], "out_of_bounds"),
        ("atUserIds", "contains", "alla", None),
        ("content", "regex", ".", "matches_everything"),
        ("content", "regex", r"\S", "matches_everything"),
        ("content", "eq", " \n", "out_of_bounds"),
        ("content", "regex", "a^b", "matches_nothing"),
        ("content", "regex", "$x", "matches_nothing"),
        ("content", "regex", r"\r\n", "matches_nothing"),
        ("content", "regex", r"^\s*$", "matches_nothing"),
        ("content", "regex", "(?m)b$.^a", "matches_nothing"),
        ("content", "regex", "(?m)b$\n^a", None),
        ("content", "regex", r"^(?s:.){1,500}$", None),
        ("content", "contains", "\r", "out_of_bounds"),
        ("robot", "regex", ".{65}", "matches_nothing"),
        ("robot", "regex", ".{64}", None),
        ("atMobiles.0", "regex", "[a-z]", "matches_nothing"),
        ("atMobiles.0", "regex", r"^\+86", None),  # 86 with no hyphen: no number of another country begins so
        ("atUserIds.0", "regex", "^@", "matches_nothing"),
        ("atUserIds.0", "regex", "^(?i:all)$", "matches_nothing"),
        ("atUserIds.0", "regex", "^(all|boss)$", None),
        ("content", "contains", "\0", "out_of_bounds"),
        ("robot", "neq", "a\x7f", "out_of_bounds"),
        ("robot", "eq", " ", None),
    ],
)
def test_a_comparison_that_says_the_same_about_every_call_is_a_fault(
    path: str, op: str, value: object, what: str | None
) -> None:
    found = [each for each in whats(condition(op, value, f"args.{path}")) if each != "as_re2"]
    assert found == ([] if what is None else [what])


@pytest.mark.parametrize(
    ("path", "op", "value", "what"),
    [
        ("buttons.0", "exists", True, "always_there"),
        ("buttons.0.url", "exists", False, "always_there"),
        ("buttons.1.url", "exists", True, None),
        ("buttons.9.title", "eq", "x", None),
        ("buttons.10.title", "eq", "x", "never_there"),
        ("buttons", "exists", True, "always_there"),
        ("buttons", "neq", [], "out_of_bounds"),
        ("buttons.0.title", "regex", ".", "matches_everything"),
        ("buttons.0.title", "eq", "  ", "out_of_bounds"),
        ("buttons.0.title", "regex", "a  b", "matches_nothing"),
        ("buttons.0.title", "regex", "a b", None),
        ("buttons.0.title", "contains", "a  b", "out_of_bounds"),
        ("buttons.0.title", "contains", "\n", "out_of_bounds"),
        ("title", "regex", "^ | $", "matches_nothing"),
        ("buttons.0.url", "regex", "^ https", "matches_nothing"),
        ("buttons.0.url", "contains", " ", "out_of_bounds"),
        ("buttons.0.url", "eq", "https://a b/", "out_of_bounds"),
        ("buttons.0.url", "neq", "nowhere", "out_of_bounds"),
        ("buttons.0.url", "not_in", ["<", " "], "out_of_bounds"),
        ("buttons.0.url", "in", ["<", " https://a/ "], None),
        ("buttons.0.url", "contains", "ci", None),
        ("buttons.0.url", "regex", "^https://ci[.]example[.]com/", None),
    ],
)
def test_elements_are_there_as_the_list_has_them(path: str, op: str, value: object, what: str | None) -> None:
    rule = {"deny_if": [{"path": f"args.{path}", "op": op, "value": value}]}
    found = whats(json.dumps({"version": "1", "tools": {"dingtalk_send_action_card": rule}}))
    assert [each for each in found if each != "as_re2"] == ([] if what is None else [what])


def test_an_argument_with_few_values_is_compared_with_one_of_them() -> None:
    def about(value: str) -> list[str]:
        rule = {"deny_if": [{"path": "args.status", "op": "eq", "value": value}]}
        return said_of(json.dumps({"version": "1", "tools": {"dingtalk_notify_task_complete": rule}}))

    assert about("failed") == []
    assert about("failure") == [
        "args.status is always one of success, failed, warning, so this comparison says the same about every call"
    ]


def of_end(
    name: str, *rules: tuple[str, object], of: str = "deny_if", tool: str = "dingtalk_notify_session_end"
) -> list[str]:
    """What is wrong with comparisons of one argument."""
    listed = [{"path": f"args.{name}", "op": op, "value": value} for op, value in rules]
    return whats(json.dumps({"version": "1", "tools": {tool: {of: listed}}}))


@pytest.mark.parametrize(
    ("op", "value", "known"),
    [
        ("eq", 1.2, False),
        ("neq", 0.5, False),
        ("in", [1.5, -1], False),
        ("lt", 0, False),
        ("gte", 0, False),
        ("gt", -1, False),
        ("lte", 1_000_000_000, False),
        ("gt", 1_000_000_000, False),
        ("eq", 3.0, True),
        ("lt", 1, True),
        ("gte", 0.5, True),
        ("in", [1.5, 2], True),
    ],
)
def test_a_number_is_compared_with_what_it_can_be(op: str, value: object, *, known: bool) -> None:
    assert of_end("filesCount", (op, value)) == ([] if known else ["out_of_bounds"])


@pytest.mark.parametrize(
    ("op", "value", "known"),
    [
        ("in", ["success", "failed", "warning"], False),
        ("not_in", ["success", "failed", "warning", "x"], False),
        ("regex", "^(success|failed|warning)$", False),
        ("regex", "^Success$", False),
        ("contains", "zzz", False),
        ("in", ["success", "failed"], True),
        ("regex", "^f", True),
        ("contains", "s", True),
    ],
)
def test_a_choice_is_compared_with_some_of_its_values(op: str, value: object, *, known: bool) -> None:
    found = of_end("status", (op, value), tool="dingtalk_notify_task_complete")
    assert [each for each in found if each != "as_re2"] == ([] if known else ["wrong_choice"])


@pytest.mark.parametrize(
    ("require", "deny_if", "path", "possible"),
    [
        ([("eq", "a"), ("eq", "b")], [], "robot", False),
        ([("in", ["a", "b"]), ("not_in", ["a", "b"])], [], "robot", False),
        ([("eq", "a")], [("in", ["a", "b"])], "robot", False),
        ([("exists", False), ("eq", "a")], [], "robot", False),
        ([], [("exists", True), ("exists", False)], "robot", False),
        ([("contains", "x"), ("contains", "y")], [], "content", True),
        ([("contains", "xy")], [("contains", "x")], "content", False),
        ([("eq", "abc"), ("regex", "^b")], [], "content", False),
        ([("in", ["ab", "b"]), ("regex", "^b")], [], "content", True),
        ([("in", ["abc", "abd"])], [("regex", "^ab[cd]$")], "robot", False),
        ([("regex", "a"), ("regex", "^b")], [], "content", True),  # what patterns find together is not worked out
        ([("contains", "x"), ("contains", "y")], [("contains", "z")], "content", True),
        ([("contains", "a"), ("contains", "b")], [("contains", "ab")], "content", True),
        ([("contains", "hello")], [("eq", "hello")], "content", True),
        ([("contains", "13800138000")], [("eq", ["13800138000"])], "atMobiles", True),
        ([("contains", "13800138000"), ("contains", "13800138001")], [("contains", "13800138002")], "atMobiles", True),
        ([("contains", "13800138000")], [("contains", "+8613800138000")], "atMobiles", False),
        ([("contains", "u1")], [("contains", "@u1")], "atUserIds", False),
        ([("eq", "Release 12")], [("eq", "Release  12 ")], "title", False),
        ([("neq", 5), ("neq", 6), ("gte", 5), ("lt", 8)], [], "filesCount", True),
        ([("neq", 5), ("neq", 6), ("neq", 7), ("gte", 5), ("lt", 8)], [], "filesCount", False),
        ([("eq", True), ("eq", False)], [], "atAll", False),
        ([], [("eq", True), ("eq", False)], "atAll", True),  # it may be left out
        ([("in", ["a", "b"]), ("neq", "a")], [], "robot", True),
    ],
)
def test_conditions_that_no_call_gets_past_together_are_a_fault(
    require: list[tuple[str, object]], deny_if: list[tuple[str, object]], path: str, *, possible: bool
) -> None:
    def of(rules: list[tuple[str, object]]) -> list[dict[str, object]]:
        return [{"path": f"args.{path}", "op": op, "value": value} for op, value in rules]

    tools = {"title": "dingtalk_send_markdown", "filesCount": "dingtalk_notify_session_end"}
    rules = {tools.get(path, TEXT): {"require": of(require), "deny_if": of(deny_if)}}
    found = [each for each in whats(json.dumps({"version": "1", "tools": rules})) if each != "as_re2"]
    assert found == ([] if possible else ["never_passes"])


def test_numbers_that_no_call_gets_past_together_are_a_fault() -> None:
    assert of_end("filesCount", ("lt", 5), ("gt", 5), of="require") == ["never_passes"]
    assert of_end("filesCount", ("gt", 4), ("lt", 6), of="require") == []
    assert of_end("filesCount", ("gt", 4), ("lt", 5), of="require") == ["never_passes"]
    assert of_end("filesCount", ("lt", 5), ("gte", 5)) == []  # it may be left out


def test_the_same_name_twice_in_hide_is_a_fault() -> None:
    assert whats('{"version": "1", "hide": ["dingtalk_status", "dingtalk_status"]}') == ["twice"]


@pytest.mark.parametrize(
    ("pattern", "remarks"),
    [
        (r"\d+", True),
        (r"^a$", True),
        (r"(?i)\bx\b", True),
        (r"\\d", False),
        (r"[$]a", False),
        (r"\$5", False),
        ("a|b", False),
    ],
)
def test_a_pattern_that_other_engines_read_wider_is_remarked_on(pattern: str, *, remarks: bool) -> None:
    assert whats(condition("regex", pattern, "args.content")) == (["as_re2"] if remarks else [])


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
