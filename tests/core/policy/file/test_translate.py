"""Pastes that people make: told apart, translated, and never weaker than they were."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tray_app.assets import asset
from tray_app.core.kernel.texts import Language
from tray_app.core.policy.file.findings import InvalidPolicy
from tray_app.core.policy.file.forms import PolicyForm, Repair, recognise
from tray_app.core.policy.file.reader import findings_in, read_policy
from tray_app.core.policy.file.translate import translate
from tray_app.core.policy.model import Policy, Stance
from tray_app.tools.facts import facts

WORDS = catalogs()[Language.EN]
TOOLS = facts()
TEXT, LINK, SET_UP = "dingtalk_send_text", "dingtalk_send_link", "dingtalk_configure"
LIMIT = {"counter": f"{TEXT}_rate", "window": "minute", "max": 30, "scope": "grant"}
CATALOGUE: dict[str, Any] = {"version": "1", "default": "deny", "tools": {TEXT: {"limits": [LIMIT]}}}
PAGE = json.dumps(CATALOGUE)
LINK_PAGE = json.dumps({"version": "1", "default": "deny", "tools": {LINK: {}}})
INTERCEPT = """
# intercept scan, 2026-03
version: "1"
default: deny
hide: [dingtalk_send_feed_card]
tools:
  "*":
    rules:
      - rate_limit: 60/minute
        on_deny: "Too many calls"
  dingtalk_send_text:
    rules:
      - name: slowly
        rate_limit: 5/hour
        on_deny: "Five an hour: enough"
      - conditions:
          - {path: args.content, op: regex, value: "^[^$]+$"}
        on_deny: no dollars
      - conditions:
          - {path: state.dingtalk_send_text.daily, op: lte, value: 20}
        state: {counter: daily, window: day}
  dingtalk_send_link:
    rules:
      - action: require_approval
  dingtalk_configure:
    rules:
      - action: deny
        on_deny: never
"""


def translated(pasted: str) -> tuple[dict[str, Any], list[str]]:
    found = translate(pasted, tools=TOOLS)
    return json.loads(found.source), [WORDS(note) for note in found.notes]


def policy_of(pasted: str) -> Policy:
    return read_policy(translate(pasted, tools=TOOLS).source, tools=TOOLS)


SMART = PAGE.replace('"version"', "“version”").replace('"deny"', "‘deny’")
PASTES = [
    pytest.param(PAGE, PolicyForm.POLICY, (), id="a policy"),
    pytest.param(f"Here it is:\n```json\n{PAGE}\n```\nPaste it.", PolicyForm.POLICY, (Repair.FENCE,), id="fence"),
    pytest.param(f"```json\r\n{PAGE}\r\n```\r\nPaste it.\r\n", PolicyForm.POLICY, (Repair.FENCE,), id="on Windows"),
    pytest.param(f"// why\n{PAGE[:-1]} /* so */ }}", PolicyForm.POLICY, (Repair.COMMENTS,), id="comments"),
    pytest.param(SMART, PolicyForm.POLICY, (Repair.QUOTES,), id="smart quotes"),
    pytest.param(PAGE.replace("'", '"').replace('"', "'"), PolicyForm.POLICY, (Repair.QUOTES,), id="single quotes"),
    pytest.param(PAGE.translate(str.maketrans(",:", "，：")), PolicyForm.POLICY, (Repair.SIGNS,), id="full-width"),
    pytest.param(PAGE.replace("}]}}}", "},]},},}"), PolicyForm.POLICY, (Repair.COMMAS,), id="commas"),
    pytest.param(PAGE.replace(" ", "\u00a0"), PolicyForm.POLICY, (), id="blanks of a web page"),
    pytest.param(f"Your policy:\n\n{PAGE}\n\nSave it.", PolicyForm.POLICY, (Repair.AROUND,), id="words around"),
    pytest.param(f"const policy = {PAGE};", PolicyForm.POLICY, (Repair.AROUND,), id="a program's"),
    pytest.param(f"> {PAGE}\n>\n", PolicyForm.POLICY, (Repair.AROUND,), id="a reply's"),
    pytest.param(PAGE.replace('"', "&quot;"), PolicyForm.POLICY, (Repair.AROUND,), id="a web page's source"),
    pytest.param(f'{{"policy": {PAGE}}}', PolicyForm.POLICY, (Repair.AROUND,), id="under a key"),
    pytest.param(f"policy: {PAGE}", PolicyForm.YAML, (), id="under a key in YAML"),
    pytest.param(PAGE.replace('"version"', "version"), PolicyForm.POLICY, (Repair.QUOTES,), id="keys of JSON5"),
    pytest.param(PAGE.replace('"', "＂"), PolicyForm.POLICY, (Repair.QUOTES,), id="wide quotes"),
    pytest.param(f"[{PAGE}]", PolicyForm.POLICY, (Repair.AROUND,), id="a list of one"),
    pytest.param(json.dumps(CATALOGUE["tools"]), PolicyForm.TOOLS, (), id="bare tools"),
    pytest.param(json.dumps(CATALOGUE["tools"])[1:-1] + ",", PolicyForm.TOOLS, (Repair.COMMAS,), id="bare members"),
    pytest.param(json.dumps({"tools": CATALOGUE["tools"]}), PolicyForm.TOOLS, (), id="no version"),
    pytest.param(f"version: '1'\ntools:\n\t{TEXT}:\n\t\tlimits: [{LIMIT}]\n", PolicyForm.YAML, (), id="YAML with tabs"),
    pytest.param(f"version: '1'\ntools:\n  {TEXT}:\n    limits: [{LIMIT}]\n", PolicyForm.YAML, (), id="YAML"),
]


@pytest.mark.parametrize(("pasted", "form", "repairs"), PASTES)
def test_a_paste_of_one_page_means_what_the_page_means(
    pasted: str, form: PolicyForm, repairs: tuple[Repair, ...]
) -> None:
    found = recognise(pasted)
    assert found is not None
    assert (found.form, found.repairs) == (form, repairs)
    assert policy_of(pasted) == read_policy(PAGE, tools=TOOLS)
    assert translated(pasted)[1] == []


@pytest.mark.parametrize(("pasted", "form", "repairs"), PASTES)
def test_a_file_that_holds_one_says_which_it_is_instead_of_a_comma(
    pasted: str, form: PolicyForm, repairs: tuple[Repair, ...]
) -> None:
    first = next((WORDS(one.what) for one in findings_in(pasted, tools=TOOLS) if not one.remark), "")
    plain = form is PolicyForm.POLICY and set(repairs) <= {Repair.COMMAS}
    assert ("dingtalk-tray policy import" in first) is not plain
    assert ("missing or" in first) is (plain and pasted != PAGE)  # its place says more


def test_two_pages_in_one_allow_what_both_allow_and_hold_a_tool_of_both_to_both() -> None:
    assert recognise(f"{PAGE}\n{LINK_PAGE}").form is PolicyForm.PAGES  # type: ignore[union-attr]  # None fails too
    found, notes = translated(f"{PAGE}\n\n{LINK_PAGE}")
    assert (found["tools"], notes) == ({TEXT: {"limits": [LIMIT]}, LINK: {}}, [])
    slower = PAGE.replace("30", "10").replace('"limits"', '"action": "require_approval", "limits"')
    both, notes = translated(f"```\n{PAGE}\n```\nand\n```\n{slower}\n```")
    assert both["tools"] == {TEXT: {"action": "require_approval", "limits": [{**LIMIT, "max": 10}]}}
    assert notes == [f"{TEXT}: named more than once; the stricter rules hold together"]
    open_page = json.dumps({"version": "1", "default": "allow", "mode": "observe"})
    merged = translated(f"{open_page}{PAGE}")[0]
    assert (merged["default"], merged.get("mode")) == ("deny", None)


def test_intercepts_rules_become_ours() -> None:
    found, notes = translated(INTERCEPT)
    count = {"scope": "global"}
    assert notes == []
    assert found == {
        "$schema": "policy.schema.json",
        "version": "1",
        "default": "deny",
        "hide": ["dingtalk_send_feed_card"],
        "all_tools": {"limits": [{"counter": "all_rate_minute", "window": "minute", "max": 60, **count}]},
        "tools": {
            LINK: {"action": "require_approval", "reason": "Too many calls"},
            SET_UP: {"action": "deny", "reason": "never"},
            TEXT: {
                "action": "allow",
                "reason": "Five an hour: enough",
                "limits": [
                    {"counter": f"{TEXT}_rate_hour", "window": "hour", "max": 5, **count},
                    {"counter": f"{TEXT}.daily", "window": "day", "max": 20, **count},
                ],
                "require": [
                    {"path": "args.content", "op": "regex", "value": "^[^$]+$", "reason": "no dollars"},
                ],
            },
        },
    }


RULE = f"version: '1'\ndefault: deny\ntools:\n  {TEXT}:\n    rules:\n      - "
NO_COUNTERPART = {
    "increment_from": "{conditions: [{path: state.dingtalk_send_text.x, op: lte, value: 9}], "
    "state: {counter: x, window: day, increment_from: args.amount}}",
    "another tool's counter": "{conditions: [{path: state.dingtalk_send_link.x, op: lte, value: 9}]}",
    "a counter that nothing bounds": "{state: {counter: x, window: day}}",
    "a rate of weeks": "{rate_limit: 5/week}",
    "a rate of none": "{rate_limit: 0/hour}",
    "an action of tomorrow": "{action: sandbox}",
    "a key of tomorrow": "{transform: {}}",
    "no list": "{conditions: yes}",
    "an argument that is not there": "{conditions: [{path: args.amount, op: lte, value: 9}]}",
    "a comparison that is not there": "{conditions: [{path: args.content, op: like, value: x}]}",
    "no rule": "3",
}


@pytest.mark.parametrize("rule", NO_COUNTERPART.values(), ids=NO_COUNTERPART)
def test_what_has_no_counterpart_is_named_and_asks(rule: str) -> None:
    found, notes = translated(RULE + rule)
    assert policy_of(RULE + rule).rules_of(TEXT).stance is Stance.ASK
    assert notes
    assert all("every call asks you" in note for note in notes), found


def test_every_tool_is_held_to_the_rules_of_all() -> None:
    pasted = "default: allow\ntools:\n  '*':\n    rules: [{conditions: [{path: args.content, op: regex, value: ok}]}]\n"
    policy = policy_of(pasted)
    assert policy.rules_of(TEXT).require[0].path == ("content",)
    assert policy.rules_of(LINK).stance is Stance.ASK  # it has no such argument: Intercept would refuse each call
    assert all(
        policy_of("tools: {'*': {rules: [{action: deny}]}}").rules_of(name).stance is Stance.DENY for name in TOOLS
    )


def test_under_default_allow_setting_a_robot_up_asks_unless_it_is_named() -> None:
    found, notes = translated(json.dumps({"version": "1", "default": "allow"}) + PAGE.replace("deny", "allow"))
    assert found["tools"][SET_UP] == {"action": "require_approval"}
    assert notes == [f"{SET_UP}: not named; agents that set robots up ask you all the same"]
    assert SET_UP not in translated(PAGE)[0]["tools"]


def test_a_rule_for_a_name_that_may_be_a_slip_is_not_lost_silently() -> None:
    pasted = json.dumps({"default": "allow", "tools": {"dingtalk_send_txt": {"action": "deny"}, TEXT: {}, "x_y_z": {}}})
    found, notes = translated(pasted)
    assert found["tools"][TEXT] == {"action": "require_approval"}
    assert "dingtalk_send_txt: there is no such tool here; left out, and dingtalk_send_text asks you" in notes[0]
    assert "x_y_z: there is no such tool here; left out" in notes


def test_a_rule_of_all_tools_that_cannot_be_kept_makes_all_of_them_ask() -> None:
    policy = policy_of(json.dumps({"default": "allow", "tools": {TEXT: {}}, "all_tools": {"limits": [{"max": 5}]}}))
    assert {policy.rules_of(name).stance for name in TOOLS} == {Stance.ASK}


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "hello",
        "[1, 2]",
        '{"a": 1}',
        '{"tools": {}, "tools": {}}',
        f"tools:\n  {TEXT}: {{}}\n  {TEXT}: {{}}\n",
        "tools: &a {x: *a}",
        "tools: !!python/object/apply:os.system [ls]",
        "{" * 5_000,
        "[" * 100_000,
        "- " * 5_000,
    ],
    ids=lambda pasted: pasted[:20] or "nothing",
)
def test_what_is_nothing_known_is_refused_with_its_fault(pasted: str) -> None:
    with pytest.raises(InvalidPolicy):
        translate(pasted, tools=TOOLS)


PARTS = st.fixed_dictionaries(
    {},
    optional={
        "action": st.sampled_from(["allow", "deny", "require_approval", "maybe"]),
        "limits": st.lists(
            st.fixed_dictionaries(
                {"counter": st.just("c"), "window": st.sampled_from(["minute", "week"]), "max": st.integers(0, 9)}
            ),
            max_size=2,
        ),
        "deny_if": st.just([{"path": "args.content", "op": "contains", "value": "x"}]),
        "nonsense": st.just(1),
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {"tools": st.dictionaries(st.sampled_from([TEXT, LINK, SET_UP]), PARTS)},
    optional={"default": st.sampled_from(["allow", "deny"]), "version": st.just("1")},
)
ORDER = (Stance.ALLOW, Stance.ASK, Stance.DENY)


@given(documents=st.lists(DOCUMENTS, min_size=1, max_size=3))
def test_no_tool_is_freer_than_any_of_the_pastes_that_name_it_say(documents: list[dict[str, Any]]) -> None:
    policy = policy_of("\n".join(json.dumps(each) for each in documents))
    for document in documents:
        for name, entry in document["tools"].items():
            rules = policy.rules_of(name)
            said = entry.get("action", "allow")
            least = Stance(said) if said in set(Stance) else Stance.ASK
            kept = {(limit.counter, limit.window_ms) for limit in rules.limits}
            lost = any(
                limit["window"] == "week" or not limit["max"] or ("c", 60_000) not in kept
                for limit in entry.get("limits", ())
            )
            least = max(least, Stance.ASK if lost or "nonsense" in entry else least, key=ORDER.index)
            assert ORDER.index(rules.stance) >= ORDER.index(least)
            if "deny_if" in entry and rules.stance is Stance.ALLOW:
                assert rules.deny_if


def test_the_default_policy_is_taken_as_it_is() -> None:
    source = asset("policy/default.json").read_text("utf-8")
    assert policy_of(source) == read_policy(source, tools=TOOLS)
