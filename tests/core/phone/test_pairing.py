"""A pairing code holds for ten minutes, once, and for few tries."""

import pytest

from tray_app.core.phone.pairing import MOST_TRIES, VALID_MS, Tried, new_offer

OFFER = new_offer(lambda below: 7 % below, steady_ms=1_000)
WRONG = "K7QPM4TX"


def test_the_code_pairs_once() -> None:
    used, tried = OFFER.tried(f"配对 {OFFER.code.lower()}")
    assert tried is Tried.RIGHT
    assert not used.holds(1_000)


def test_it_ends_with_its_time_and_with_too_many_tries() -> None:
    assert OFFER.holds(1_000 + VALID_MS - 1)
    assert not OFFER.holds(1_000 + VALID_MS)
    offer = OFFER
    for _ in range(MOST_TRIES):
        assert offer.holds(2_000)
        offer, tried = offer.tried(WRONG)
        assert tried is Tried.WRONG
    assert not offer.holds(2_000)


@pytest.mark.parametrize("written", ["hello", "", "K7QP", "K7QPM4TXX", "允许 K7QP"])
def test_what_holds_no_such_code_is_no_try(written: str) -> None:
    assert OFFER.tried(written) == (OFFER, Tried.NOTHING)
