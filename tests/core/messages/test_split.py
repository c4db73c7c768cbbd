"""Where long texts are cut."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tray_app.core.messages.markdown import is_border, shortened, split_text

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


def test_the_last_of_several_list_items_or_paragraphs_is_cut_at() -> None:
    items = [f"- {'x' * 8}\n" for _ in range(7)]
    assert split_text("".join(items), budget=60, cost=utf8) == ("".join(items[:5]).rstrip(), "".join(items[5:]))
    paragraphs = "a" * 45 + "\n\nbbb\n \nccc\n- ddd\n" + "e" * 30
    assert split_text(paragraphs, budget=65, cost=utf8)[0] == "a" * 45 + "\n\nbbb"


@pytest.mark.parametrize(("before", "more"), [(47, ""), (46, "\n- b\nccc")])
def test_a_list_item_is_looked_for_in_the_last_quarter(before: int, more: str) -> None:
    text = "a" * before + "\n- b\nccc\n" + "d" * 60

    assert split_text(text, budget=65, cost=utf8)[0] == "a" * before + more


def test_the_indent_of_a_list_survives_the_cut() -> None:
    text = "- first " + "x" * 30 + "\n  - second " + "y" * 30

    assert split_text(text, budget=50, cost=utf8) == ("- first " + "x" * 30, "  - second " + "y" * 30)


@pytest.mark.parametrize("budget", [20, 21, 22, 23, 24])
def test_a_long_line_is_cut_between_words(budget: int) -> None:
    parts = split_text(" ".join(["word"] * 30), budget=budget, cost=utf8)

    full = " ".join(["word"] * (5 if budget == 24 else 4))
    assert set(parts[:-1]) == {full}
    assert set(parts[-1].split(" ")) == {"word"}


def test_a_long_line_is_cut_after_its_punctuation() -> None:
    assert split_text("中" * 8 + "，" + "文" * 20, budget=36, cost=utf8) == (
        "中" * 8 + "，",
        "文" * 12,
        "文" * 8,
    )


def test_the_end_of_a_word_in_the_first_half_is_too_early_to_cut() -> None:
    assert split_text("a" * 20 + " " + "b" * 79, budget=50, cost=utf8) == ("a" * 20 + " " + "b" * 29, "b" * 50)


def test_a_comma_that_carries_an_accent_is_no_end_of_a_word() -> None:
    text = "a" * 30 + ",\u0301" + "b" * 60

    assert split_text(text, budget=50, cost=utf8)[0] == text[:49]


def test_an_accented_letter_behind_the_first_is_not_cut_even_where_the_part_is_short() -> None:
    letter = "e" + "\u0301" * 3

    assert split_text("a" + letter, budget=7, cost=utf8) == ("a", letter)


def test_white_space_at_a_cut_falls_away_and_the_next_lines_indent_stays() -> None:
    assert split_text("w" * 50 + " \n  - X", budget=50, cost=utf8) == ("w" * 50, "  - X")
    assert split_text("w" * 50 + " \t X", budget=50, cost=utf8) == ("w" * 50, "X")
    assert split_text("X" * 100, budget=50, cost=utf8) == ("X" * 50, "X" * 50)


def test_a_rest_that_just_fits_is_not_cut_again() -> None:
    rest = "a" * 30 + " " + "b" * 19

    assert split_text("x" * 50 + "\n" + rest, budget=50, cost=utf8) == ("x" * 50, rest)


def test_a_short_head_does_not_make_a_part_of_its_own_before_a_line_that_must_be_cut() -> None:
    parts = split_text("Log:\n" + "x" * 100, budget=60, cost=utf8)

    assert parts[0].startswith("Log:\nxxx")


def test_a_line_that_fits_a_part_of_its_own_is_not_cut_to_fill_the_one_before() -> None:
    assert split_text("Head\n" + "x" * 58, budget=60, cost=utf8) == ("Head", "x" * 58)


def test_a_line_that_must_be_cut_begins_a_part_where_the_one_before_is_not_too_empty() -> None:
    assert split_text("a" * 30 + "\n" + "b" * 110, budget=60, cost=utf8) == ("a" * 30, "b" * 60, "b" * 50)


@pytest.mark.parametrize(("before", "is_cut_there"), [(14, True), (13, False)])
def test_a_line_begins_a_part_where_a_quarter_of_the_one_before_is_filled(before: int, *, is_cut_there: bool) -> None:
    parts = split_text("a" * before + "\n" + "b" * 200, budget=62, cost=utf8)

    assert parts[0] == ("a" * before if is_cut_there else "a" * before + "\n" + "b" * (61 - before))


def test_a_line_that_just_fits_a_part_of_its_own_gets_one() -> None:
    assert split_text("Head\n" + "x" * 60 + "\nend", budget=60, cost=utf8) == ("Head", "x" * 60, "end")
    assert split_text("Head\n" + "x" * 61 + "\nend", budget=60, cost=utf8)[0] == "Head\n" + "x" * 55


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


def test_a_text_that_just_fits_is_not_shortened() -> None:
    assert shortened("中文", budget=6, cost=utf8) == "中文"


def test_a_shortened_text_ends_with_a_word_and_keeps_its_start() -> None:
    assert shortened(" aaa bbbb cccc dddd", budget=13, cost=utf8) == " aaa bbbb…"


def test_shortening_into_no_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        shortened("some text", budget=2, cost=utf8)


MARKED = ["a\u0300", "क\u093e", "\u1100\u1160", "\u1112\u11ff", "👋🏻", "👋🏿", "🏴\U000e0020\U000e007f", "🇦🇿"]


@pytest.mark.parametrize("whole", [FAMILY, WAVE, "🇨🇳", ACCENT, HANGUL, "\r\n", "1\ufe0f\u20e3", *MARKED])
def test_no_border_lies_within_a_character(whole: str) -> None:
    assert [index for index in range(len(whole) + 1) if is_border(whole, index)] == [0, len(whole)]


def test_a_border_lies_between_two_flags() -> None:
    assert is_border(FLAGS, 2)
    assert not is_border(FLAGS, 1)
    assert is_border("\u0301a", 0)
    assert is_border("ab", 1)
    assert unicodedata.name(FLAGS[2]) == "REGIONAL INDICATOR SYMBOL LETTER D"
