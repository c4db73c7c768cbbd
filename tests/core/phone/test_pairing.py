"""A pairing code holds for ten minutes, once, and for few tries."""

import pytest

from tray_app.core.phone.codes import ALPHABET
from tray_app.core.phone.pairing import MOST_TRIES, VALID_MS, Offer, Tried, is_code, new_offer

WRONG = "K7QPM4TX"
LI, WANG = ("ding1", "li"), ("ding1", "wang")


@pytest.fixture
def offer() -> Offer:
    return new_offer(lambda below: 7 % below, steady_ms=1_000)


def test_a_code_is_drawn_sign_by_sign_for_ten_minutes() -> None:
    asked: list[int] = []

    def pick(below: int) -> int:
        asked.append(below)
        return len(asked)

    assert new_offer(pick, steady_ms=1_000) == Offer(code="345679AC", ends_ms=601_000)
    assert asked == [len(ALPHABET)] * 8


def test_the_code_pairs_once(offer: Offer) -> None:
    used, tried = offer.tried(f"配对 {offer.code.lower()}", LI)
    assert tried is Tried.RIGHT
    assert not used.holds(1_000)


@pytest.mark.parametrize(
    "written",
    ["{}", " {}. ", "pair {}", "Pair: {}", "配对{}", "配对：{}", "配對 {}", "“{}”", "\u200b{}\ufeff", "'pair {}'."],
)
def test_it_is_written_alone_or_behind_the_word_for_it(offer: Offer, written: str) -> None:
    assert offer.tried(written.format(offer.code), LI)[1] is Tried.RIGHT


def test_it_may_be_written_in_full_width_letters(offer: Offer) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in offer.code)
    assert offer.tried(f"　{wide}", LI)[1] is Tried.RIGHT


def test_it_ends_with_its_time_and_with_too_many_tries_of_one_sender(offer: Offer) -> None:
    assert offer.holds(1_000 + VALID_MS - 1)
    assert not offer.holds(1_000 + VALID_MS)
    for _ in range(MOST_TRIES):
        assert offer.holds(2_000)
        offer, tried = offer.tried(WRONG, LI)
        assert tried is Tried.WRONG
    assert offer.spent_by(LI)
    assert offer.tried(offer.code, LI) == (offer, Tried.SPENT)
    assert offer.tried(offer.code, WANG)[1] is Tried.RIGHT  # whom nobody can shut out


NO_TRY = [
    "hello",
    "",
    "K7QP",
    "K7QPM4TXX",
    "允许 K7QP",
    "we met at EUROPEAN",
    "pair up K7QPM4TX now",
    "pair a K7QPM4TX",
]


@pytest.mark.parametrize("written", NO_TRY)
def test_what_holds_no_such_code_is_no_try(offer: Offer, written: str) -> None:
    assert offer.tried(written, LI) == (offer, Tried.NOTHING)


@pytest.mark.parametrize(
    ("written", "looks"),
    [
        ("K7QPM4TX", True),
        ("“配對 k7qpm4tx”", True),
        ("\u200bＫ７ＱＰＭ４ＴＸ", True),
        ("EUROPEAN", False),
        ("PAYMENTD", False),  # of its letters alone, and without a digit: a word
        ("status 7", False),
        ("K7QP", False),
        ("", False),
    ],
)
def test_what_looks_like_a_pairing_code_has_a_digit(written: str, looks: bool) -> None:
    assert is_code(written) is looks
