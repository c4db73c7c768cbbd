"""Which answers fit a question: an answer to another one never does."""

import pytest

from tests.core.claude_code.test_questions import DB, EXTRAS, RULE, asked
from tray_app.core.claude_code.questions import read_question
from tray_app.core.questions.answers import UnknownAnswer, offered, reply_of
from tray_app.core.questions.question import MOST_WORDS, Allowed, Approved, Chosen, Denied, Reply, fits

COMMAND = read_question(asked(permission_suggestions=[RULE]))
ONE = read_question(asked("AskUserQuestion", {"questions": [DB]}))
TWO = read_question(asked("AskUserQuestion", {"questions": [DB, EXTRAS]}))
PLAN = read_question(asked("ExitPlanMode", {"plan": "x"}))
UNREAD = read_question(asked("ExitPlanMode", {}))
LONG = "x" * (MOST_WORDS + 1)
ALL = (COMMAND, ONE, TWO, PLAN, UNREAD)


@pytest.mark.parametrize(
    ("reply", "of"),
    [
        (Allowed(), [COMMAND]),
        (Allowed(0), [COMMAND]),
        (Allowed(1), []),
        (Allowed(-1), []),
        (Denied(), [*ALL]),
        (Denied(LONG), []),
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


def test_words_stand_for_replies() -> None:
    assert [word for word, _said in offered(UNREAD)] == ["deny"]
    assert [word for word, _said in offered(TWO)] == ["deny"]
    assert reply_of(ONE, "option-1") == Chosen((("Postgres",),))
    assert reply_of(ONE, "own", own=" mine ") == Chosen((("mine",),))
    assert reply_of(COMMAND, "deny", own=" use pnpm ") == Denied("use pnpm")
    assert reply_of(COMMAND, "always-0") == Allowed(0)


@pytest.mark.parametrize("word", ["", "own", "always-1", "always-x", "option-0", "approve", "Allow"])
def test_a_word_that_was_not_offered_stands_for_nothing(word: str) -> None:
    with pytest.raises(UnknownAnswer):
        reply_of(COMMAND, word, own="")
