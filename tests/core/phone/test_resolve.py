"""An answer is for the thing whose code it carries; without one it denies the only one there is, and no more."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.phone_scenes import CHOICE, CHOICES, COMMAND, PLAN, told
from tray_app.core.phone.codes import ALPHABET
from tray_app.core.phone.resolve import Meant, Partly, Resolved, Told, Unclear, resolve
from tray_app.core.phone.typed import COMMANDS, VERBS, Answered, Verb, read

LATER = 6_000
NAMES = ("K7QP", "M4TX", "A2AA")
KINDS = (COMMAND, CHOICE, CHOICES, PLAN)


def said(written: str, *waiting: Told, waits: int | None = None, at_ms: int = LATER) -> Resolved:
    answered = read(written)
    assert isinstance(answered, Answered)
    return resolve(answered, waiting, waits=len(waiting) if waits is None else waits, at_ms=at_ms)


def word(written: str, one: Told) -> tuple[str, str] | Unclear:
    """What it is to this one, written behind its code."""
    found = said(f"K7QP {written}", one)
    assert not isinstance(found, Partly)
    assert not isinstance(found, Meant) or found.told is one
    return (found.word, found.own) if isinstance(found, Meant) else found


@pytest.mark.parametrize(
    ("written", "of", "meant"),
    [
        ("允许", COMMAND, ("allow", "")),
        ("1", COMMAND, ("allow", "")),
        ("2", COMMAND, ("deny", "")),
        ("3", COMMAND, Unclear.UNFIT),  # what lasts is not offered here
        ("0", COMMAND, Unclear.UNFIT),
        ("拒绝 用 pnpm", COMMAND, ("deny", "用 pnpm")),
        ("2 用 pnpm", COMMAND, ("deny", "用 pnpm")),
        ("1 but first the tests", COMMAND, Unclear.NO_WORDS),
        ("允许，但先测试", COMMAND, Unclear.NO_WORDS),
        ("hello", COMMAND, Unclear.UNFIT),
        ("K7QP", COMMAND, Unclear.UNFIT),
        ("2", CHOICE, ("option-1", "")),
        ("允许", CHOICE, Unclear.UNFIT),
        ("拒绝", CHOICE, ("deny", "")),
        ("use MySQL", CHOICE, ("own", "use MySQL")),
        ("拒绝", CHOICES, ("deny", "")),
        ("同意", PLAN, ("approve", "")),
        ("2", PLAN, ("deny", "")),  # accepting edits is not offered here
        ("use MySQL", PLAN, Unclear.UNFIT),
    ],
)
def test_it_gives_one_of_the_answers_that_are_offered(
    written: str, of: object, meant: tuple[str, str] | Unclear
) -> None:
    [prompt] = [each for each in KINDS if each is of]
    assert word(written, told(prompt)) == meant


@pytest.mark.parametrize("prompt", KINDS)
def test_what_stays_at_the_computer_can_be_denied_here_and_nothing_else(prompt: object) -> None:
    [one] = [told(each, here=True, lasting=True) for each in KINDS if each is prompt]
    words = {word(written, one) for written in (*VERBS, *map(str, range(12)), "use MySQL", "own")}
    assert {each for each in words if not isinstance(each, Unclear)} <= {("deny", "")}
    assert word("允许", one) is Unclear.HERE


def test_what_lasts_is_offered_where_the_owner_says_so() -> None:
    assert word("2", told(COMMAND, lasting=True)) == ("always-0", "")
    assert word("允许", told(COMMAND, lasting=True)) == ("allow", "")
    assert word("2", told(PLAN, lasting=True)) == ("approve_edits", "")


@pytest.mark.parametrize(
    ("written", "chosen"),
    [
        ("K7QP 2; 1,2", (("Postgres",), ("SQLite", "Postgres"))),
        ("K7QP 1；2", (("SQLite",), ("Postgres",))),
        ("K7QP 1\n2", (("SQLite",), ("Postgres",))),
        ("1; 2 K7QP", (("SQLite",), ("Postgres",))),
        ("１；１、２　ｋ７ｑｐ。", (("SQLite",), ("SQLite", "Postgres"))),
        ("K7QP 1; 1 2", (("SQLite",), ("SQLite", "Postgres"))),
        ("K7QP 1; 1、2.", (("SQLite",), ("SQLite", "Postgres"))),
        ("K7QP 1; 1和2", (("SQLite",), ("SQLite", "Postgres"))),
        ("K7QP 1; 2 and 1", (("SQLite",), ("Postgres", "SQLite"))),
        ("K7QP 1; both", (("SQLite",), ("both",))),
        ("K7QP use MySQL; 2", (("use MySQL",), ("Postgres",))),
        ("K7QP 用 MySQL\n第 8 版；１", (("用 MySQL\n第 8 版",), ("SQLite",))),
        ("K7QP 1.; 2。", (("SQLite",), ("Postgres",))),
        (f"K7QP 1; {'x' * 2_000}", (("SQLite",), ("x" * 2_000,))),
        ("2 K7QP; 1", None),
        ("K7QP 1,2; 1", None),  # the first takes one
        ("K7QP 1; 3", None),
        ("K7QP 1; 1,1", None),
        ("K7QP 1; 0", None),
        ("K7QP 1; 1-2", None),
        ("K7QP 1; 2 but with MySQL", None),
        ("K7QP ; 1", None),
        ("K7QP 1; 2; 1", None),
        ("K7QP a; b; c", None),
        ("允许 K7QP 1; 2", None),
        (f"K7QP 1; {'x' * 2_001}", None),
    ],
)
def test_several_questions_are_answered_by_numbers_or_own_words(written: str, chosen: object) -> None:
    found = said(written, told(CHOICES))
    assert (found.chosen if isinstance(found, Meant) else None) == chosen
    assert isinstance(found, Meant) is (not isinstance(found, Unclear))


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("K7QP 2", "Postgres"),
        ("2 K7QP", "Postgres"),
        ("K7QP 1; ", "SQLite"),
        ("K7QP use MySQL", "use MySQL"),
        ("K7QP use MySQL\nversion 8", "use MySQL\nversion 8"),
        ("K7QP 3", None),
        ("K7QP 1,2", None),
        ("K7QP 2 with care", None),
        ("K7QP 1-2", None),
        ("K7QP ？", None),
        ("K7QP", None),
    ],
)
def test_of_several_questions_the_next_one_is_answered_alone(written: str, answer: str | None) -> None:
    one = told(CHOICES)
    found = said(written, one)
    assert found == (Unclear.UNFIT if answer is None else Partly(told=one, chosen=((answer,),)))


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("K7QP 1,2", ("SQLite", "Postgres")),
        ("K7QP 2 1", ("Postgres", "SQLite")),
        ("K7QP none; or MySQL", ("none; or MySQL",)),
        ("K7QP none\nof them", ("none\nof them",)),
        ("K7QP 1; 2", None),
    ],
)
def test_the_last_question_takes_all_that_is_written(written: str, answer: tuple[str, ...] | None) -> None:
    one = replace(told(CHOICES), given=(("own words",),))
    alone = replace(one, given=(), waiting=replace(one.waiting, choices=one.waiting.choices[1:]))
    for each in (one, alone):
        found = said(written, each)
        assert found == (
            Unclear.UNFIT if answer is None else Meant(told=each, word="chosen", chosen=(*each.given, answer))
        )


@pytest.mark.parametrize("prompt", KINDS)
@pytest.mark.parametrize("written", [*VERBS, *map(str, range(1, 6)), "1; 2", "own", "use MySQL", "hello"])
def test_without_a_code_nothing_is_allowed_or_chosen(written: str, prompt: object) -> None:
    [one] = [told(each, lasting=True) for each in KINDS if each is prompt]
    found = said(written, one)
    denied = Meant(told=one, word="deny")
    assert found == (denied if VERBS.get(written) is Verb.DENY else Unclear.WHICH)


def test_without_a_code_only_the_only_one_is_denied() -> None:
    one, other = told(code="K7QP"), told(CHOICE, code="M4TX")
    assert said("拒绝 用 pnpm", one) == Meant(told=one, word="deny", own="用 pnpm")
    assert said("拒绝", one, other) is Unclear.WHICH
    assert said("拒绝", one, waits=2) is Unclear.WHICH  # another one waits that was not told yet
    assert said("拒绝", waits=1) is Unclear.WHICH  # it was not told here
    assert said("允许") is Unclear.NONE
    assert said("允许 M4TZ", one) is Unclear.UNKNOWN
    assert said("拒绝", one, at_ms=4_999) is Unclear.WHICH  # written before this one was told
    assert said("拒绝", one, at_ms=5_000) == Meant(told=one, word="deny")
    assert said("拒绝", one, at_ms=0) is Unclear.WHICH
    assert said("允许 K7QP", one, other, at_ms=0) == Meant(told=one, word="allow")


@pytest.mark.parametrize(
    "written", ["允许 K7QP M4TX", "拒绝 K7QP\n允许 M4TX", "1 K7QP 2 m4tx", "K7QP ＭySQL，不是Ｍ４ＴＸ"]
)
def test_a_message_with_several_codes_answers_none(written: str) -> None:
    for kind in KINDS:
        one, other = told(kind, code="K7QP"), told(code="M4TX")
        assert said(written, one, other) is Unclear.SEVERAL
        assert said(written, other, one) is Unclear.SEVERAL
        assert said(written, one) is not Unclear.SEVERAL  # the other is nothing that waits


def test_a_code_that_is_said_twice_is_said_once() -> None:
    assert said("K7QP K7QP", told(CHOICE)) is Unclear.UNFIT
    assert said("允许 K7QP k7qp", told()) == Meant(told=told(), word="allow")


@pytest.mark.parametrize(
    "written",
    [
        "拒绝 M4TX 这个",
        "拒绝 用 M4TX",
        "拒绝 允许 M4TX",
        "拒绝 K7 QP",
        "拒绝 K 7 Q P",
        "deny K70P please",
        "拒绝 K7Q",
        "拒绝 k7op",
    ],
)
def test_a_denial_that_may_be_of_something_else_denies_nothing(written: str) -> None:
    assert said(written, told(code="K7QP")) in {Unclear.WHICH, Unclear.UNKNOWN}


def test_a_denial_may_name_what_it_is_for_behind_its_words() -> None:
    assert said("拒绝 用 K7QP", told()) == Meant(told=told(), word="deny", own="用 K7QP")


PIECES = st.sampled_from(
    [*VERBS, *COMMANDS, *NAMES, "M4TX", "k7qp", "1", "2", "use pnpm", ",", " ", "\n", "暂停", "1h"]
)
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=7).map(" ".join) | st.lists(PIECES, max_size=5).map("".join)


@given(TEXTS, st.lists(st.sampled_from(KINDS), max_size=3), st.integers(0, 3), st.sampled_from([0, 4_999, LATER]))
def test_no_text_answers_what_it_does_not_name_unless_it_denies_the_only_one(
    written: str, prompts: list[object], untold: int, at_ms: int
) -> None:
    kinds = [next(each for each in KINDS if each is one) for one in prompts]
    tolds = [told(prompt, code=code) for prompt, code in zip(kinds, NAMES, strict=False)]
    answered = read(written)
    if not isinstance(answered, Answered):
        return
    found = resolve(answered, tolds, waits=len(tolds) + untold, at_ms=at_ms)
    if isinstance(found, Meant | Partly):
        names_it = found.told.code in written.upper()
        only = tolds == [found.told] and not untold and at_ms >= found.told.told_ms
        assert names_it or (isinstance(found, Meant) and found.word == "deny" and only)
    if isinstance(found, Meant):
        assert found.word in {*(each.word for each in found.told.waiting.answers), "own", "chosen"}


@given(st.text(ALPHABET, min_size=4, max_size=4), TEXTS)
def test_a_code_that_is_over_answers_nothing(code: str, written: str) -> None:
    answered = read(f"允许 {code} {written}")
    assert isinstance(answered, Answered)
    if answered.code == code:
        others = [told(code=name) for name in NAMES if name != code]
        assert resolve(answered, others, waits=len(others), at_ms=LATER) is Unclear.UNKNOWN


def test_answers_are_found_by_their_word() -> None:
    waiting = told(CHOICE).waiting
    assert waiting.answer("option-1") is waiting.answers[1]
    assert waiting.answer("allow") is None
