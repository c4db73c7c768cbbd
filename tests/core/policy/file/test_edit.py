"""Clicks in the table change the policy file's text, and of it only what they are about."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.policies import NAMES, policies
from tray_app.core.jsontext.edit import WrongShape
from tray_app.core.policy.file.edit import (
    ALL_TOOLS,
    key_of,
    with_default,
    with_hidden,
    with_limit,
    with_mode,
    with_most,
    with_stance,
)
from tray_app.core.policy.file.reader import read_policy
from tray_app.core.policy.file.writer import to_json
from tray_app.core.policy.model import Limit, LimitScope, Mode, Policy, Stance
from tray_app.tools.facts import facts

SEND, LINK = "dingtalk_send_text", "dingtalk_send_link"
SOURCE = """{ "version":"1",   "default": "deny",
\t"tools": {
\t\t"dingtalk_send_text": {"limits": [ {"counter": "a", "window": "minute", "max": 2},
\t\t\t{"window": 60, "max": 9, "scope": "global", "counter": "a"} ], "rate_limit": {"max": 5, "window": "hour"}}
\t}
}
"""


def read(source: str) -> Policy:
    return read_policy(source, tools=facts())


@given(policies(), st.sampled_from(NAMES), st.sampled_from([*Stance, None]))
def test_a_choice_holds_and_says_nothing_about_other_tools(policy: Policy, tool: str, stance: Stance | None) -> None:
    source = json.dumps(to_json(policy), indent=2)
    said = with_hidden(source, tool) if stance is None else with_stance(source, tool, stance, tools=NAMES)
    after = read(said)
    assert after.hides(tool) is (stance is None)
    assert stance is None or after.rules_of(tool).stance is stance
    for other in set(NAMES) - {tool}:
        assert (after.hides(other), after.rules_of(other)) == (policy.hides(other), policy.rules_of(other))
    assert (after.default, after.mode, after.limits) == (policy.default, policy.mode, policy.limits)


@given(policies(), st.sampled_from([Stance.ALLOW, Stance.DENY]), st.sampled_from(Mode))
def test_default_and_mode_hold(policy: Policy, default: Stance, mode: Mode) -> None:
    after = read(with_mode(with_default(json.dumps(to_json(policy)), default), mode))
    assert (after.default, after.mode, after.tools) == (default, mode, policy.tools)


@pytest.mark.parametrize(
    ("limit", "before", "after"),
    [
        (Limit(counter="a", window_ms=60_000, most=2), '"max": 2}', '"max": 7}'),
        (Limit(counter="a", window_ms=60_000, most=9, scope=LimitScope.GLOBAL), '"max": 9,', '"max": 7,'),
        (Limit(counter=f"{SEND}_rate", window_ms=3_600_000, most=5), '{"max": 5,', '{"max": 7,'),
    ],
)
def test_another_number_changes_that_number_alone(limit: Limit, before: str, after: str) -> None:
    assert SOURCE.count(before) == 1
    assert with_most(SOURCE, key_of(SEND, limit), 7) == SOURCE.replace(before, after)
    without = read(with_most(SOURCE, key_of(SEND, limit), None)).rules_of(SEND).limits
    assert without == tuple(one for one in read(SOURCE).rules_of(SEND).limits if one != limit)


def test_a_limit_that_is_not_there_changes_nothing() -> None:
    for key in (
        key_of(LINK, Limit(counter="a", window_ms=60_000, most=2)),
        key_of(SEND, Limit(counter="a", window_ms=1_000, most=2)),
        key_of(SEND, Limit(counter="b", window_ms=3_600_000, most=5)),
        key_of(ALL_TOOLS, Limit(counter="a", window_ms=60_000, most=2)),
    ):
        assert with_most(SOURCE, key, 7) == with_most(SOURCE, key, None) == SOURCE


@given(policies(), st.sampled_from([*NAMES, ALL_TOOLS]), st.sampled_from([60_000, 86_400_000]))
def test_a_new_limit_comes_to_the_others_and_opens_nothing(policy: Policy, where: str, window_ms: int) -> None:
    source = json.dumps(to_json(policy), indent=1)
    stance = policy.rules_of(where).stance
    said: dict[str, Any] = json.loads(with_limit(source, where, window_ms=window_ms, most=1, stance=stance))
    changed = said["all_tools"] if where == ALL_TOOLS else said["tools"][where]
    assert (changed["limits"][-1]["max"], changed["limits"][:-1]) == (1, _limits(to_json(policy), where))
    if where != ALL_TOOLS:
        assert Stance(changed["action"]) is stance


def _limits(said: dict[str, Any], where: str) -> list[Any]:
    found = said.get("all_tools", {}) if where == ALL_TOOLS else said["tools"].get(where, {})
    listed: list[Any] = found.get("limits", [])
    return listed


def test_what_has_another_shape_is_left_alone() -> None:
    with pytest.raises(WrongShape):
        with_stance('{"version": "1", "tools": []}', SEND, Stance.ALLOW)
    with pytest.raises(WrongShape):
        with_hidden('{"version": "1", "hide": {}}', SEND)
    assert with_hidden('{"hide": "*"}', SEND) == '{"hide": "*"}'
