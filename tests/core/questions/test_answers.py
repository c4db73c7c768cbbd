"""Which answers fit a question: an answer to another one never does."""

from dataclasses import replace

import pytest

from tests.support.asked import DB, EXTRAS, RULE, asked
from tray_app.core.claude_code.questions import read_question
from tray_app.core.kernel.texts import Text, text
from tray_app.core.questions.answers import UnknownAnswer, offered, reply_of, to_data
from tray_app.core.questions.question import (
    MOST_WORDS,
    AgentPrompt,
    AgentQuestion,
    Allowed,
    Approved,
    Chosen,
    Denied,
    Over,
    QuestionKind,
    Reply,
    fits,
    over_by,
)

COMMAND = read_question(asked(permission_suggestions=[RULE]))
ONE = read_question(asked("AskUserQuestion", {"questions": [DB]}))
TWO = read_question(asked("AskUserQuestion", {"questions": [DB, EXTRAS]}))
PLAN = read_question(asked("ExitPlanMode", {"plan": "x"}))
UNREAD = read_question(asked("ExitPlanMode", {}))
LONGEST = "x" * MOST_WORDS
LONG = LONGEST + "x"
ALL = (COMMAND, ONE, TWO, PLAN, UNREAD)


@pytest.mark.parametrize(
    ("reply", "of"),
    [
        (Allowed(), [COMMAND]),
        (Allowed(0), [COMMAND]),
        (Allowed(1), []),
        (Allowed(-1), []),
        (Denied(), [*ALL]),
        (Denied(LONGEST), [*ALL]),
        (Denied(LONG), []),
        (Denied("\udfff"), []),
        (Denied("no \udcff"), []),
        (Chosen((("\ud800",),)), []),
        (Approved(), [PLAN]),
        (Approved(accept_edits=True), [PLAN]),
        (Chosen((("own",),)), [ONE]),
        (Chosen((("a", "b"),)), []),
        (Chosen((("a",), ("b", "c"))), [TWO]),
        (Chosen((("a",), ())), []),
        (Chosen((("a",), (" ",))), []),
        (Chosen((("a",), (LONG,))), []),
        (Chosen((("a",), ("b", "c", "d", "e"))), []),
        (Chosen(()), []),
    ],
)
def test_a_reply_fits_its_own_kind_of_question_alone(reply: Reply, of: list[object]) -> None:
    assert [one for one in ALL if fits(one, reply)] == of


@pytest.mark.parametrize(
    ("prompt", "answers"),
    [
        (
            COMMAND,
            [
                ("allow", text("questions.allow")),
                ("always-0", COMMAND.suggestions[0]),
                ("deny", text("questions.deny")),
            ],
        ),
        (
            ONE,
            [
                ("option-0", text("questions.option", label="SQLite")),
                ("option-1", text("questions.option", label="Postgres")),
                ("deny", text("questions.decline")),
            ],
        ),
        (TWO, [("deny", text("questions.decline"))]),
        (
            PLAN,
            [
                ("approve", text("questions.approve")),
                ("approve_edits", text("questions.approve_edits")),
                ("deny", text("questions.reject")),
            ],
        ),
        (UNREAD, [("deny", text("questions.reject"))]),
    ],
)
def test_these_answers_are_offered_in_these_words(prompt: AgentPrompt, answers: list[tuple[str, Text]]) -> None:
    assert list(offered(prompt)) == answers


@pytest.mark.parametrize(
    ("prompt", "word", "own", "reply"),
    [
        (COMMAND, "allow", "", Allowed()),
        (COMMAND, "always-0", "", Allowed(0)),
        (COMMAND, "deny", "", Denied()),
        (COMMAND, "deny", " use pnpm ", Denied("use pnpm")),
        (ONE, "option-1", "", Chosen((("Postgres",),))),
        (ONE, "own", " mine ", Chosen((("mine",),))),
        (ONE, "option-0", "and more", Chosen((("SQLite",),))),
        (PLAN, "approve", "", Approved()),
        (PLAN, "approve_edits", "", Approved(accept_edits=True)),
        (PLAN, "deny", "no", Denied("no")),
    ],
)
def test_words_stand_for_replies(prompt: AgentPrompt, word: str, own: str, reply: Reply) -> None:
    assert reply_of(prompt, word, own=own) == reply
    assert over_by(reply) is (Over.DENIED if word == "deny" else Over.ALLOWED)


@pytest.mark.parametrize("prompt", [COMMAND, TWO, PLAN])
def test_own_words_choose_where_there_is_one_choice_alone(prompt: AgentPrompt) -> None:
    with pytest.raises(UnknownAnswer):
        reply_of(prompt, "own", own="mine")


def test_without_words_it_is_denied_without_words() -> None:
    assert reply_of(COMMAND, "deny") == Denied()


def test_own_words_say_something() -> None:
    with pytest.raises(UnknownAnswer):
        reply_of(ONE, "own", own=" ")


def test_as_data_it_has_these_names() -> None:
    asked_for = AgentQuestion(
        id="q1", agent="claude-code", project="shop", prompt=replace(ONE, sub_agent="x"), asked_ms=1, expires_ms=2
    )
    assert to_data(asked_for) == {
        "id": "q1",
        "agent": "claude-code",
        "project": "shop",
        "session": ONE.session,
        "sub_agent": "x",
        "tool": "AskUserQuestion",
        "kind": QuestionKind.CHOICE,
        "details": [{"label": text("questions.field_question"), "value": ONE.details[0][1]}],
        "answers": [
            {"word": "option-0", "label": text("questions.option", label="SQLite")},
            {"word": "option-1", "label": text("questions.option", label="Postgres")},
            {"word": "deny", "label": text("questions.decline")},
        ],
        "asked_ms": 1,
        "expires_ms": 2,
    }


@pytest.mark.parametrize("word", ["", "own", "always-1", "always-x", "option-0", "approve", "Allow"])
def test_a_word_that_was_not_offered_stands_for_nothing(word: str) -> None:
    with pytest.raises(UnknownAnswer):
        reply_of(COMMAND, word, own="")
