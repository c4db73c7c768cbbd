"""What Claude Code's PermissionRequest hook asks, whole, and the answers in the very form that it takes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.asked import DB, EXTRAS, RULE, asked
from tray_app.core.claude_code.questions import read_question
from tray_app.core.questions.answers import is_lasting, offered, reply_of
from tray_app.core.questions.question import Allowed, Approved, Chosen, Denied, NoQuestion, QuestionKind, fits

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=8,
)


def told(tool: str, given: object) -> list[tuple[str, str]]:
    return [(label.key.removeprefix("questions."), value) for label, value in read_question(asked(tool, given)).details]


@pytest.mark.parametrize(
    ("more", "sub_agent"),
    [
        ({"agent_id": "a1", "agent_type": "Explore"}, ("Explore", "a1")),
        ({"agent_id": "a1"}, ("-", "a1")),
        ({"agent_type": "reviewer"}, ("", "")),  # the whole session is of this type
    ],
)
def test_a_sub_agents_question_says_whose_it_is(more: dict[str, str], sub_agent: tuple[str, str]) -> None:
    prompt = read_question(asked(**more))
    assert (prompt.sub_agent, prompt.sub_agent_id) == sub_agent


@pytest.mark.parametrize(
    ("tool", "given", "details"),
    [
        ("Bash", {"command": "set -e\nrm -rf /srv/data"}, [("field_command", "set -e\nrm -rf /srv/data")]),
        (
            "Bash",
            {"command": "npm i", "description": "Install"},
            [("field_command", "npm i"), ("field_description", "Install")],
        ),
        (
            "Bash",
            {"command": "npm i", "run_in_background": True},
            [("field_command", "npm i"), ("field_input", '{\n  "run_in_background": true\n}')],
        ),
        (
            "Edit",
            {"file_path": "/a.py", "old_string": "a\nb\nc", "new_string": "a\nB\nc"},
            [("field_file", "/a.py"), ("field_change", " a\n-b\n+B\n c")],
        ),
        (
            "Edit",
            {"file_path": "/a.sql", "old_string": "-- old\n++x", "new_string": "--- new"},
            [("field_file", "/a.sql"), ("field_change", "--- old\n-++x\n+--- new")],
        ),
        (
            "MultiEdit",
            {
                "file_path": "/a.py",
                "edits": [{"old_string": "a", "new_string": "b"}, {"old_string": "c", "new_string": "d"}],
            },
            [("field_file", "/a.py"), ("field_change", "-a\n+b"), ("field_change", "-c\n+d")],
        ),
        (
            "Write",
            {"file_path": "/a.py", "content": "x = 1\n"},
            [("field_file", "/a.py"), ("field_content", "x = 1\n")],
        ),
        (
            "WebFetch",
            {"url": "https://a.b/c", "prompt": "p"},
            [("field_address", "https://a.b/c"), ("field_input", '{\n  "prompt": "p"\n}')],
        ),
        ("ExitPlanMode", {"plan": "# P\n1. x"}, [("field_plan", "# P\n1. x")]),
        ("ExitPlanMode", {}, []),
        ("mcp__db__drop", {"table": "用户"}, [("field_input", '{\n  "table": "用户"\n}')]),
        ("Bash", {"command": 7}, [("field_input", '{\n  "command": 7\n}')]),
        (
            "AskUserQuestion",
            {"questions": [DB]},
            [("field_question", "Which?\n- SQLite: One file\n- Postgres")],
        ),
    ],
)
def test_all_that_is_asked_about_is_told(tool: str, given: object, details: list[tuple[str, str]]) -> None:
    assert told(tool, given) == details


def test_on_one_line_too_no_line_of_it_is_left_out() -> None:
    prompt = read_question(asked(given={"command": "set -e\n\n  rm -rf /srv/data\n", "description": "Clean up"}))
    assert prompt.said == "set -e ⏎ rm -rf /srv/data ⏎ Clean up"
    edit = asked("Edit", {"file_path": "/a.py", "old_string": "a", "new_string": "b"})
    assert read_question(edit).said == "/a.py ⏎ -a ⏎ +b"


def decision(body: dict[str, Any], reply: object) -> object:
    prompt = read_question(body)
    answer: Any = prompt.answer(reply)  # type: ignore[arg-type]  # each case gives a reply
    assert answer["hookSpecificOutput"]["hookEventName"] == "PermissionRequest"
    return answer["hookSpecificOutput"]["decision"]


def test_each_answer_has_the_form_that_the_client_takes() -> None:
    command = asked(permission_suggestions=[RULE])
    assert decision(command, Allowed()) == {"behavior": "allow"}
    assert decision(command, Allowed(0)) == {"behavior": "allow", "updatedPermissions": [RULE]}
    assert decision(command, Denied()) == {"behavior": "deny"}
    assert decision(command, Denied("use pnpm")) == {"behavior": "deny", "message": "use pnpm"}
    both = {"questions": [DB, EXTRAS]}
    assert decision(asked("AskUserQuestion", both), Chosen((("SQLite",), ("Postgres", "own")))) == {
        "behavior": "allow",
        "updatedInput": {**both, "answers": {"Which?": "SQLite", "Extras?": "Postgres, own"}},
    }
    plan = asked("ExitPlanMode", {"plan": "x"})
    assert decision(plan, Approved()) == {"behavior": "allow", "updatedInput": {}}
    assert decision(plan, Approved(accept_edits=True)) == {
        "behavior": "allow",
        "updatedInput": {},
        "updatedPermissions": [{"type": "setMode", "mode": "acceptEdits", "destination": "session"}],
    }


@pytest.mark.parametrize(
    "suggestion",
    [
        {**RULE, "behavior": "deny"},
        {**RULE, "destination": "elsewhere"},
        {**RULE, "rules": []},
        {**RULE, "rules": [{"toolName": "Bash", "ruleContent": 7}]},
        {**RULE, "rules": [{"toolName": "Bash", "ruleContent": "x"}, {}]},
        {"type": "setMode", "mode": "bypassPermissions", "destination": "session"},
        {"type": "addDirectories", "directories": ["/a", 7], "destination": "session"},
        {"type": "replaceRules", "rules": RULE["rules"], "behavior": "allow", "destination": "session"},
        "everything",
    ],
)
def test_a_suggestion_that_cannot_be_said_whole_is_not_offered(suggestion: object) -> None:
    prompt = read_question(asked(permission_suggestions=[suggestion, RULE]))
    assert [word for word, _said in offered(prompt)] == ["allow", "always-0", "deny"]
    assert prompt.answer(Allowed(0)) == read_question(asked(permission_suggestions=[RULE])).answer(Allowed(0))


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        asked(hook_event_name="Stop"),
        asked(session_id="../x"),
        asked(session_id=""),
        asked(tool=""),
        asked(tool="Ba\nsh"),
        asked(given=[]),
        asked("AskUserQuestion", {}),
        asked("AskUserQuestion", {"questions": []}),
        asked("AskUserQuestion", {"questions": [DB, DB]}),
        asked("AskUserQuestion", {"questions": [{**DB, "options": [{"label": " "}]}]}),
        asked("AskUserQuestion", {"questions": ["Which?"]}),
    ],
)
def test_what_is_no_question_is_not_asked(wrong: object) -> None:
    with pytest.raises(NoQuestion):
        read_question(wrong)


@given(JUNK, JUNK)
def test_any_body_is_a_question_or_none_and_every_answer_offered_fits(given: object, suggestions: object) -> None:
    for tool in ("Bash", "Edit", "AskUserQuestion", "ExitPlanMode", "other"):
        try:
            prompt = read_question(asked(tool, given, permission_suggestions=suggestions))
        except NoQuestion:
            continue
        for word, _said in offered(prompt):
            reply = reply_of(prompt, word, own="words")
            assert fits(prompt, reply)
            assert prompt.answer(reply)
            assert prompt.kind is not QuestionKind.CHOICE or not is_lasting(word)
