"""Fixed characters are found in stretches of a text as they are found in the whole."""

from collections.abc import Iterator

from hypothesis import example, given
from hypothesis import strategies as st

from tray_app.core.redaction.needles import STRETCH, NeedlePlaces, Needles

WORDS = ("pass", "aa", "a", "密码", "ssp", "-----begin")
NEEDLES = Needles(WORDS)
TEXTS = st.builds(
    lambda before, parts: "x" * before + "".join(parts),
    st.integers(STRETCH - 30, STRETCH + 5) | st.just(0),
    st.lists(st.sampled_from([*WORDS, " ", "é", "\ud83d", "p", "x" * (STRETCH - 3)]), max_size=12),
)


def one_after_another(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


@given(text=TEXTS)
@example(text="x" * (STRETCH - 1) + "-----begin")
@example(text="a" * (3 * STRETCH))
def test_every_place_is_found_once_and_in_order(text: str) -> None:
    present = NEEDLES.in_text(text)
    assert set(present) == {word for word in WORDS if word in text}
    for word, stretches in present.items():
        assert list(NeedlePlaces(text, word, stretches)) == list(one_after_another(text, word))


def test_upper_case_is_found_and_what_is_passed_over_is_not() -> None:
    assert NEEDLES.in_text("PASS") == {"pass": [0], "a": [0]}
    places = NeedlePlaces("pass pass pass pass", "pass", [0])
    seen = []
    for at in places:
        seen.append(at)
        places.skip_to = max(places.skip_to, at + 6)
    assert seen == [0, 10]
