"""Codes are short, read alike by everybody, and never a word or a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.phone.codes import ALPHABET, begins_like_code, code_in, codes_among, new_code
from tray_app.core.phone.typed import VERBS


@given(st.integers(0, 2**32), st.sets(st.text(ALPHABET, min_size=4, max_size=4), max_size=50))
def test_a_code_is_new_and_is_read_back_in_any_spelling(seed: int, taken: set[str]) -> None:
    state = seed

    def pick(below: int) -> int:
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % below

    code = new_code(pick, taken=taken)
    assert code not in taken
    wide = "".join(chr(ord(char) + 0xFEE0) for char in code)
    assert [code_in(said) for said in (code, code.lower(), wide)] == [code] * 3


def test_no_word_or_number_is_a_code() -> None:
    assert [code_in(word) for word in ("1234", "DENY", "help", "K7Q", "K7QPX", "K0QP", "", *VERBS)] == [""] * (
        7 + len(VERBS)
    )


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("用 k7qp，不用Ｍ４ＴＸ和A2AA", {"K7QP", "M4TX", "A2AA"}),
        ("K7QPX xK7QP 1K7QP K7QP1", set()),
        ("DENY 2345 K0QP K7Q", set()),
        ("", set()),
    ],
)
def test_codes_are_found_among_words(words: str, found: set[str]) -> None:
    assert codes_among(words) == found


@pytest.mark.parametrize(
    "words", ["K7OP", "k7q", "K7QPP, please", " Ｋ７ ＱＰ", "k7-qp 用", "K7.QP", "K 7 Q P", "K7QP"]
)
def test_what_may_be_a_misspelt_code_is_seen(words: str) -> None:
    assert begins_like_code(words)


@pytest.mark.parametrize(
    "words",
    [
        "use pnpm",
        "use 3 workers",
        "vue 3",
        "用 K7 QP",
        "to do",
        "K7",
        "K7QPXY",
        "python3",
        "no go 2x",
        "12 34",
        "",
        "2",
    ],
)
def test_ordinary_words_are_not_taken_for_one(words: str) -> None:
    assert not begins_like_code(words)
