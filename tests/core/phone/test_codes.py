"""Codes are short, read alike by everybody, and never a word or a number."""

from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.phone.codes import ALPHABET, code_in, new_code
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
