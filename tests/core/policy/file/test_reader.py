"""What policy.json may say, and how everything that is wrong in it is named at once, at its place."""

import json
import sys
from pathlib import Path

import pytest

from tests.support.policies import TOOLS
from tray_app.adapters.files.texts import catalog
from tray_app.core.kernel.texts import Language
from tray_app.core.policy.file.findings import InvalidPolicy
from tray_app.core.policy.file.reader import MAX_CHARS, findings_in, read_policy
from tray_app.core.policy.model import Condition, Limit, LimitScope, Mode, Op, Policy, Stance, ToolPolicy

WORDS = catalog(Language.EN)
POLICY = Path(__file__).parents[4] / "assets" / "policy"
SESSION_END = "dingtalk_notify_session_end"
TEXT = "dingtalk_send_text"
TRAILING_COMMA = "2:17" if sys.version_info >= (3, 13) else "3:1"  # the comma itself, or what follows it


def read(source: str) -> Policy:
    return read_policy(source, tools=TOOLS)


def found(source: str) -> list[str]:
    """Everything that is wrong, as `line:column words`; `~` before a remark."""
    return [
        f"{'~' if finding.remark else ''}{finding.line}:{finding.column} {WORDS(finding.what)}"
        for finding in findings_in(source, tools=TOOLS)
    ]


def of_tool(**said: object) -> str:
    return json.dumps({"version": "1", "tools": {TEXT: said}})


def whats(source: str) -> list[str]:
    return [finding.what.key.removeprefix("policy.") for finding in findings_in(source, tools=TOOLS)]


def test_a_policy_from_the_catalogue_is_read_unchanged() -> None:
    limit = '{"counter":"dingtalk_notify_session_end_rate","window":"minute","max":30,"scope":"grant"}'
    source = '{"version":"1","default":"deny","tools":{"dingtalk_notify_session_end":{"limits":[' + limit + "]}}}"
    one = Limit(counter="dingtalk_notify_session_end_rate", window_ms=60_000, most=30, scope=LimitScope.GRANT)
    assert read(source) == Policy(default=Stance.DENY, tools={SESSION_END: ToolPolicy(limits=(one,))})
    assert found(source) == []


def test_every_key_is_read() -> None:
    source = json.dumps(
        {
            "$schema": "policy.schema.json",
            "description": "mine",
            "version": "1",
            "default": "allow",
            "mode": "observe",
            "hide": ["dingtalk_configure"],
            "all_tools": {"limits": [{"counter": "all", "window": 90, "max": 5, "scope": "global"}]},
            "tools": {
                TEXT: {
                    "action": "allow",
                    "reason": "why",
                    "rate_limit": {"max": 3, "window": "hour"},
                    "limits": [{"counter": "c", "window": "day", "max": 9, "scope": "session"}],
                    "require": [{"path": "args.robot", "op": "in", "value": ["dev", None, 1.5, True]}],
                    "deny_if": [{"path": "args.atMobiles.0", "op": "exists", "reason": "nobody"}],
                    "require_approval_if": [{"path": "args.content", "op": "regex", "value": "(?i)urgent"}],
                },
                "dingtalk_send_link": {"action": "deny"},
                "dingtalk_send_feed_card": {"action": "require_approval"},
            },
        }
    )
    text = ToolPolicy(
        reason="why",
        limits=(
            Limit(counter="c", window_ms=86_400_000, most=9, scope=LimitScope.SESSION),
            Limit(counter=f"{TEXT}_rate", window_ms=3_600_000, most=3, scope=LimitScope.GRANT),
        ),
        require=(Condition(path=("robot",), op=Op.IN, value=("dev", None, 1.5, True)),),
        deny_if=(Condition(path=("atMobiles", "0"), op=Op.EXISTS, value=True, reason="nobody"),),
        ask_if=(Condition(path=("content",), op=Op.REGEX, value="(?i)urgent"),),
    )
    assert read(source) == Policy(
        default=Stance.ALLOW,
        mode=Mode.OBSERVE,
        hide=frozenset({"dingtalk_configure"}),
        limits=(Limit(counter="all", window_ms=90_000, most=5, scope=LimitScope.GLOBAL),),
        tools={
            TEXT: text,
            "dingtalk_send_link": ToolPolicy(stance=Stance.DENY),
            "dingtalk_send_feed_card": ToolPolicy(stance=Stance.ASK),
        },
    )


def test_what_is_absent_is_strict_and_an_empty_entry_allows() -> None:
    assert read('{"version": "1"}') == Policy(default=Stance.DENY, mode=Mode.ENFORCE)
    assert read('{"version": "1", "tools": {"dingtalk_status": {}}}').tools == {"dingtalk_status": ToolPolicy()}


@pytest.mark.parametrize("hide", ["*", ["*"], ["*", "dingtalk_status"]])
def test_a_star_hides_everything(hide: object) -> None:
    assert read(json.dumps({"version": "1", "hide": hide})).hide_all


def test_all_faults_are_named_at_once_with_line_column_and_nearest_name() -> None:
    source = """{
  "defualt": "deny", "version": 1,
  "hide": ["dingtalk_statu"],
  "tools": {
    "dingtalk_send_txt": {},
    "dingtalk_send_text": {
      "limits": [{"counter": "a", "window": "week", "max": 0}],
      "deny_if": [{"path": "args.contnet", "op": "equals", "value": 1}]
    }
  }
}
"""
    expected = [
        '2:3 There is no key "defualt" here; did you mean "default"?',
        '2:33 The only version there is: "1" (in quotes)',
        '3:12 There is no tool "dingtalk_statu"; did you mean "dingtalk_status"?',
        '5:5 There is no tool "dingtalk_send_txt"; did you mean "dingtalk_send_text"?',
        '7:45 "minute", "hour", "day" or a whole number of seconds from 1 to 86400 belongs here',
        "7:60 A whole number from 1 to 1000000 belongs here",
        '8:28 The tool has no argument "args.contnet"; did you mean "args.content"?',
        "8:50 One of these belongs here: " + ", ".join(f'"{op}"' for op in Op),
    ]
    assert found(source) == found("\ufeff" + source) == found(source.replace("\n", "\r\n")) == expected
    with pytest.raises(InvalidPolicy) as caught:
        read(source)
    assert WORDS(caught.value.reason) == (
        'policy.json, line 2: There is no key "defualt" here; did you mean "default"? (and 7 more)'
    )
    assert len(caught.value.findings) == 8


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("", "1:1"),
        ('{\n  "version": "1",\n}', TRAILING_COMMA),
        ('{"version": NaN}', "1:13"),
        ("[" * 9_999, "1:1"),
        ("\0", "1:1"),
    ],
)
def test_what_is_no_json_says_where(source: str, place: str) -> None:
    assert [line.split()[0] for line in found(source)] == [place]


@pytest.mark.parametrize("document", ["null", "[]", '"x"', "7", '{"tools": []}', '{"version": "1", "version": "1"}'])
def test_what_is_no_policy_is_refused(document: str) -> None:
    with pytest.raises(InvalidPolicy):
        read(document)


def test_a_file_too_long_is_not_looked_at() -> None:
    assert found(" " * MAX_CHARS + "{}") == [f"1:1 The file is too long; at most {MAX_CHARS} characters are read"]


def test_no_list_is_longer_than_anybody_writes() -> None:
    limits = [{"counter": str(number), "window": 5, "max": 5} for number in range(101)]
    assert whats(of_tool(limits=limits[:100])) == []
    assert whats(of_tool(limits=limits)) == ["too_many"]
    assert whats(json.dumps({"version": "1", "hide": [TEXT] * 101})) == ["too_many"]
    conditions = [{"path": "args.robot", "op": "eq", "value": number} for number in range(101)]
    assert whats(of_tool(require=conditions)) == ["too_many"]


def test_names_are_repeated_short_and_on_one_line() -> None:
    assert len(found(json.dumps({"version": "1", "x" * 500 + "\n": 1}))[0]) < 250


def test_more_faults_than_anybody_reads_are_not_counted_out() -> None:
    assert len(found(json.dumps({f"key{number}": 1 for number in range(2_000)}))) == 200


FAULTS: dict[str, dict[str, object]] = {
    "unknown argument": {"deny_if": [{"path": "args.robt", "op": "eq", "value": "secret"}]},
    "unknown key": {"deny_if": [{"path": "args.robot", "op": "eq", "value": "secret", "reasn": "x"}]},
    "wrong type": {"deny_if": [{"path": "args.robot", "op": "lt", "value": "secret"}]},
    "too many": {"deny_if": [{"path": "args.robot", "op": "eq", "value": str(number)} for number in range(101)]},
}


@pytest.mark.parametrize("form", [r"x{}\d", "x{}\r"], ids=["remarks", "idle"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_crowd_of_remarks_or_idle_conditions_hides_a_fault(form: str, fault: dict[str, object]) -> None:
    crowd = [{"path": "args.content", "op": "regex", "value": form.format(number)} for number in range(210)]
    tools = {TEXT: {"require": crowd[:70], "deny_if": crowd[70:140], "require_approval_if": crowd[140:]}}
    behind = json.dumps({"version": "1", "tools": {**tools, "dingtalk_send_feed_card": fault}})
    assert len(findings_in(behind, tools=TOOLS)) == 201
    with pytest.raises(InvalidPolicy):
        read_policy(behind, tools=TOOLS, held=True)


def test_the_default_policy_is_without_fault_and_remark() -> None:
    assert found((POLICY / "default.json").read_text("utf-8")) == []
