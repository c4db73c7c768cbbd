"""Where long texts are cut."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tray_app.core.messages.markdown import fence_after, is_border, shortened, split_text

FAMILY = "👩\u200d👩\u200d👧\u200d👦"
WAVE = "👋🏽"
FLAGS = "🇨🇳🇩🇪"
ACCENT = "e\u0301"
HANGUL = "\u1112\u1161\u11ab"


def utf8(text: str) -> int:
    return len(text.encode())


def bare(text: str) -> str:
    return "".join(text.split())


SOLID = ["word", "中文句子，", FAMILY, WAVE, FLAGS, ACCENT, HANGUL, "- item", "# head", "> quote", "x" * 30]
WORDS = st.sampled_from([*SOLID, "\n", "\n\n", " ", "  \n"])
TEXTS = st.lists(WORDS, max_size=80).map("".join) | st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(text=TEXTS, budget=st.integers(4, 120))
@example(text="\n" * 50, budget=4)
@example(text="a" + " " * 40 + "b", budget=8)
def test_parts_fit_the_budget_and_lose_nothing_but_white_space(text: str, budget: int) -> None:
    parts = split_text(text, budget=budget, cost=utf8)

    assert all(utf8(part) <= budget for part in parts)
    assert bare("".join(parts)) == bare(text)


@given(text=TEXTS)
def test_a_text_that_fits_stays_one_part_unchanged(text: str) -> None:
    assert split_text(text, budget=utf8(text), cost=utf8, fences=True) == (text,)


WHOLE = [FAMILY, WAVE, "🇨🇳", "🇩🇪", ACCENT, HANGUL, "中", "a", "é"]


@given(pieces=st.lists(st.sampled_from(WHOLE), min_size=10, max_size=60))
def test_what_a_reader_takes_for_one_character_is_never_cut(pieces: list[str]) -> None:
    parts = split_text("".join(pieces), budget=40, cost=utf8)

    rest = iter(pieces)
    for part in parts:
        built = ""
        while len(built) < len(part):
            built += next(rest)
        assert built == part


@given(before=st.integers(0, 6), lines=st.integers(1, 60), after=st.integers(0, 6), budget=st.integers(60, 300))
def test_a_code_block_that_is_cut_is_closed_and_opened_again(before: int, lines: int, after: int, budget: int) -> None:
    code = [f"    line {number}" for number in range(lines)]
    text = "\n".join([*["prose"] * before, "```python", *code, "```", *["prose"] * after])

    parts = split_text(text, budget=budget, cost=utf8, fences=True)

    seen = []
    for part in parts:
        assert utf8(part) <= budget
        assert "```python\n```" not in part
        fence = ""
        for line in part.split("\n"):
            was, fence = fence, fence_after(fence, line)
            if was and fence:
                seen.append(line)
        assert fence == ""
    assert seen == code


def test_lines_are_kept_whole_where_they_can_be() -> None:
    lines = [f"line {number} of some text" for number in range(40)]

    parts = split_text("\n".join(lines), budget=100, cost=utf8)

    assert [line for part in parts for line in part.split("\n")] == lines


def test_a_cut_falls_before_a_paragraph_rather_than_within_it() -> None:
    first, second = "a" * 40 + "\n" + "b" * 40, "c" * 20 + "\n" + "d" * 20

    assert split_text(f"{first}\n\n{second}", budget=110, cost=utf8) == (first, second)


def test_a_cut_falls_before_a_list_item_rather_than_within_it() -> None:
    items = [f"- item {number}\n  and its second line" for number in range(8)]

    parts = split_text("\n".join(items), budget=120, cost=utf8)

    assert all(part.startswith("- item") for part in parts)


def test_the_indent_of_a_list_survives_the_cut() -> None:
    text = "- first " + "x" * 30 + "\n  - second " + "y" * 30

    assert split_text(text, budget=50, cost=utf8) == ("- first " + "x" * 30, "  - second " + "y" * 30)


def test_a_long_line_is_cut_between_words() -> None:
    text = " ".join(["word"] * 30)

    parts = split_text(text, budget=24, cost=utf8)

    assert {word for part in parts for word in part.split(" ")} == {"word"}


def test_a_short_head_does_not_make_a_part_of_its_own_before_a_line_that_must_be_cut() -> None:
    parts = split_text("Log:\n" + "x" * 100, budget=60, cost=utf8)

    assert parts[0].startswith("Log:\nxxx")


def test_a_line_that_fits_a_part_of_its_own_is_not_cut_to_fill_the_one_before() -> None:
    assert split_text("Head\n" + "x" * 58, budget=60, cost=utf8) == ("Head", "x" * 58)


def test_a_line_that_must_be_cut_begins_a_part_where_the_one_before_is_not_too_empty() -> None:
    assert split_text("a" * 30 + "\n" + "b" * 110, budget=60, cost=utf8) == ("a" * 30, "b" * 60, "b" * 50)


def test_a_code_block_is_not_opened_again_only_to_be_closed() -> None:
    text = "```python\n" + "x" * 42 + "\n```\n" + "y" * 50

    assert split_text(text, budget=60, cost=utf8, fences=True) == (
        "```python\n" + "x" * 42 + "\n```",
        "y" * 50,
    )


def test_of_a_code_blocks_first_line_only_the_start_is_repeated() -> None:
    parts = split_text("```" + "i" * 100 + "\n" + "code\n" * 60, budget=200, cost=utf8, fences=True)

    assert {part.split("\n")[0] for part in parts[1:]} == {"```" + "i" * 40}


@pytest.mark.parametrize("char", "`~")
def test_a_line_drawn_with_fence_marks_opens_no_block(char: str) -> None:
    parts = split_text(char * 500, budget=60, cost=utf8, fences=True)

    assert "".join(parts) == char * 500


def test_a_budget_that_holds_no_character_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        split_text("中文", budget=2, cost=utf8)


def test_an_endless_heap_of_accents_is_cut_rather_than_kept_in_one_part() -> None:
    parts = split_text("a" + "\u0301" * 500, budget=100, cost=utf8)

    assert all(utf8(part) <= 100 for part in parts)


@given(text=TEXTS, budget=st.integers(8, 100))
def test_shortened_texts_fit_and_say_that_they_were_cut(text: str, budget: int) -> None:
    short = shortened(text, budget=budget, cost=utf8)

    if utf8(text) <= budget:
        assert short == text
    else:
        assert utf8(short) <= budget
        assert short.endswith("…")
        assert text.startswith(short[:-1])


def test_shortening_into_no_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        shortened("some text", budget=2, cost=utf8)


@pytest.mark.parametrize("whole", [FAMILY, WAVE, "🇨🇳", ACCENT, HANGUL, "\r\n", "1\ufe0f\u20e3"])
def test_no_border_lies_within_a_character(whole: str) -> None:
    assert [index for index in range(len(whole) + 1) if is_border(whole, index)] == [0, len(whole)]


def test_a_border_lies_between_two_flags() -> None:
    assert is_border(FLAGS, 2)
    assert unicodedata.name(FLAGS[2]) == "REGIONAL INDICATOR SYMBOL LETTER D"
