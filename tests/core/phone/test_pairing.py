"""A pairing code holds for ten minutes, once, and for few tries."""

import pytest

from tray_app.core.phone.pairing import MOST_TRIES, VALID_MS, Tried, new_offer

OFFER = new_offer(lambda below: 7 % below, steady_ms=1_000)
WRONG = "K7QPM4TX"
LI, WANG = ("ding1", "li"), ("ding1", "wang")


def test_the_code_pairs_once() -> None:
    used, tried = OFFER.tried(f"配对 {OFFER.code.lower()}", LI)
    assert tried is Tried.RIGHT
    assert not used.holds(1_000)


@pytest.mark.parametrize(
    "written",
    ["{}", " {}. ", "pair {}", "Pair: {}", "配对{}", "配对：{}", "配對 {}", "“{}”", "\u200b{}\ufeff", "'pair {}'."],
)
def test_it_is_written_alone_or_behind_the_word_for_it(written: str) -> None:
    assert OFFER.tried(written.format(OFFER.code), LI)[1] is Tried.RIGHT


def test_it_may_be_written_in_full_width_letters() -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in OFFER.code)
    assert OFFER.tried(f"　{wide}", LI)[1] is Tried.RIGHT


def test_it_ends_with_its_time_and_with_too_many_tries_of_one_sender() -> None:
    assert OFFER.holds(1_000 + VALID_MS - 1)
    assert not OFFER.holds(1_000 + VALID_MS)
    offer = OFFER
    for _ in range(MOST_TRIES):
        assert offer.holds(2_000)
        offer, tried = offer.tried(WRONG, LI)
        assert tried is Tried.WRONG
    assert offer.spent_by(LI)
    assert offer.tried(OFFER.code, LI) == (offer, Tried.SPENT)
    assert offer.tried(OFFER.code, WANG)[1] is Tried.RIGHT  # whom nobody can shut out


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
def test_what_holds_no_such_code_is_no_try(written: str) -> None:
    assert OFFER.tried(written, LI) == (OFFER, Tried.NOTHING)
