"""`[notices]` of settings.toml: general rules, rules of a project on top, and words for what is wrong."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.settings import read
from tests.support.words import said
from tray_app.core.kernel.errors import InvalidSettings
from tray_app.core.messages.message import Mentions
from tray_app.core.settings.notices import (
    EndRule,
    LastingRule,
    NoticeKind,
    NoticeRules,
    NoticeSettings,
    QuietHours,
    WaitingRule,
)
from tray_app.core.settings.routes import Subject


def notices(**table: Any) -> NoticeSettings:
    return read({"notices": table}).notices


def test_nothing_written_means_waiting_failures_and_long_sessions_are_told() -> None:
    assert notices() == NoticeSettings()
    on = {kind: rule.enabled for kind, rule in NoticeSettings().rules.items()}
    assert on == {
        NoticeKind.SESSION_END: True,
        NoticeKind.TASK_DONE: False,
        NoticeKind.WAITING: True,
        NoticeKind.FAILURE: True,
    }


def test_a_project_changes_what_its_table_names_and_keeps_the_rest() -> None:
    found = notices(
        quiet_hours="22:00-08:00",
        waiting={"after_s": 30, "remind_minutes": 0, "robot": "ops", "at_mobiles": ["13800000000"], "idle": True},
        session_end={"min_minutes": 0.5},
        projects={"My App!": {"failure": False, "quiet_hours": "", "waiting": {"robot": "", "at_all": True}}},
    )
    waiting = WaitingRule(after_s=30, remind_minutes=0, idle=True, robot="ops", at_mobiles=("13800000000",))
    general = NoticeRules(
        quiet_hours=QuietHours(start=1_320, end=480), session_end=EndRule(min_minutes=0.5, each=True), waiting=waiting
    )
    mine = replace(waiting, robot="", at_all=True)
    own = replace(general, quiet_hours=QuietHours(start=0, end=0), waiting=mine, failure=LastingRule(enabled=False))
    assert (found.of(Subject()).rules, found.of(Subject(project="other")).quiet_hours) == (
        general.rules,
        general.quiet_hours,
    )
    assert dict(found.projects) == {"My App!": own}


def test_a_rule_says_its_times_in_milliseconds_and_whom_it_mentions() -> None:
    waiting = notices(waiting={"after_s": 30, "remind_minutes": 0.5, "at_user_ids": ["li"], "at_all": True}).waiting
    assert (waiting.after_ms, waiting.remind_ms) == (30_000, 30_000)
    assert waiting.mentions == Mentions(user_ids=("li",), everyone=True)
    assert notices(session_end={"min_minutes": 2.5}).session_end.after_ms == 150_000


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"waitng": True}, "notices.waitng is not a setting here; did you mean waiting?"),
        ({"waiting": {"after": 3}}, "notices.waiting.after is not a setting here; did you mean after_s?"),
        ({"waiting": "on"}, "notices.waiting must be a table"),
        ({"quiet_hours": "25:00-08:00"}, "notices.quiet_hours must be hours such as"),
        ({"failure": {"min_minutes": 3}}, "notices.failure.min_minutes is not a setting here"),
        ({"session_end": {"min_minutes": float("nan")}}, "notices.session_end.min_minutes must be a number from 0"),
        ({"failure": {"at_mobiles": ["hello"]}}, "notices.failure.at_mobiles must be a list of at most 50"),
        ({"failure": {"robot": "a b"}}, "notices.failure.robot must be named"),
        ({"projects": {"api": {"projects": {}}}}, "notices.projects.api.projects is not a setting here"),
        ({"projects": []}, "notices.projects must be at most 200 tables"),
    ],
)
def test_what_is_wrong_is_named(table: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        notices(**table)
    assert words in said(caught.value.reason)


_PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
_ANY = st.recursive(
    _PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
_NAMES = st.sampled_from(["quiet_hours", "projects", *NoticeKind]) | st.text(max_size=8)


@given(st.dictionaries(_NAMES, _ANY, max_size=4) | _ANY)
def test_whatever_is_written_is_read_or_refused_in_words(data: object) -> None:
    try:
        found = read({"notices": data}).notices
    except InvalidSettings:
        return
    assert set(found.rules) == set(NoticeKind)


def test_a_projects_rules_hold_for_its_worktrees_and_a_worktree_may_have_its_own() -> None:
    found = notices(
        projects={"shop": {"waiting": False}, "hotfix": {"waiting": {"after_s": 5}}, "": {"failure": False}}
    )
    assert not found.of(Subject(project="shop", worktree="fix-login")).waiting.enabled
    assert found.of(Subject(project="shop", worktree="hotfix")).waiting.after_s == 5
    assert found.of(Subject(project="web")).failure.enabled
    assert not found.of(Subject()).failure.enabled


@pytest.mark.parametrize(
    ("name", "muted"),
    [
        ("shop", True),
        ("Shop", True),
        ("sh*", True),
        ("FIX-login", True),
        ("/code/shop", True),
        ("/code/", True),
        ("~/trees", True),
        ("~/trees/fix-login/", True),
        ("**/shop", False),  # no folder and no name
        ("/code/sho", False),
        ("api", False),
        ("", False),
    ],
)
def test_a_project_is_named_by_folder_pattern_worktree_or_in_another_case(name: str, muted: bool) -> None:
    found = notices(projects={name: {"waiting": False}})
    subject = Subject(folder="/home/me/trees/fix-login", project="shop", worktree="fix-login", main_folder="/code/shop")
    assert found.of(subject, home="/home/me").waiting.enabled is not muted


def test_of_several_tables_the_one_that_says_it_most_exactly_holds() -> None:
    names = ["*", "sh*", "SHOP", "shop", "/code", "/code/shop", "fix-login"]
    subject = Subject(folder="/trees/fix-login", project="shop", worktree="fix-login", main_folder="/code/shop")
    for most in range(1, len(names) + 1):
        written = reversed(list(enumerate(names[:most], start=1)))
        found = notices(projects={name: {"waiting": {"after_s": seconds}} for seconds, name in written})
        assert found.of(subject).waiting.after_s == most


def test_phone_numbers_are_read_as_they_are_called() -> None:
    written = ["+8613800138000", "138-0013-8000", "\u202d+85251234567\u202c"]
    assert notices(failure={"at_mobiles": written}).failure.at_mobiles == ("13800138000", "+852-51234567")
    assert notices(failure={"at_user_ids": ["\ufeff@li "]}).failure.at_user_ids == ("li",)
    with pytest.raises(InvalidSettings) as caught:
        notices(failure={"at_mobiles": ["5123"]})
    assert '"+852-51234567"' in said(caught.value.reason)


@pytest.mark.parametrize("number", ["51234567", "010-12345678", "+86-010-12345678", "-----", "+86123456"])
def test_a_number_that_earlier_versions_took_is_left_out_alone_and_named(number: str) -> None:
    table = {"waiting": {"enabled": True, "at_mobiles": [number, "13800138000"], "at_user_ids": ["@", "li"]}}
    found = read({"notices": {**table, "quiet_hours": "22:00-08:00", "projects": {"api": table}}})
    for rules in (found.notices, found.notices.projects["api"]):
        assert (rules.waiting.at_mobiles, rules.waiting.at_user_ids) == (("13800138000",), ("li",))
        assert rules.quiet_hours.hold(0)
    assert len(found.left_out) == 4
    assert f'notices.waiting.at_mobiles holds "{number}"' in said(found.left_out[0])
    assert '"+852-51234567"' in said(found.left_out[0])


def test_what_is_left_out_is_no_key_of_the_file() -> None:
    with pytest.raises(InvalidSettings):
        read({"left_out": []})
