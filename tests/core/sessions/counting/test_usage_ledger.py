"""Who owns a reply, whatever the order of the claims; many replies, keys that collide, sessions that are forgotten."""

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.sessions.counting.usage_ledger import UsageLedger
from tray_app.core.sessions.counting.usage_rows import UNPRICED, UsageEntry
from tray_app.core.sessions.counting.usage_sums import Bucket
from tray_app.core.sessions.session import Tokens

ENTRY = UsageEntry(key=1, at_ms=5, owner=0, day=9, model=0, rank=3, tokens=Tokens(output=7), picos=2)


def ledger(*entries: UsageEntry) -> UsageLedger:
    made = UsageLedger(lambda entry: (f"owner {entry.owner}", f"model {entry.model}"))
    for entry in entries:
        made.claim(entry)
    return made


def spent(book: UsageLedger) -> dict[int, int]:
    """Give each session's tokens."""
    found = {owner: sum(part.tokens.total for part in book.buckets(owner).values()) for owner in range(4)}
    return {owner: total for owner, total in found.items() if total}


STRONGER = [
    {"rank": 2},
    {"tokens": Tokens(output=6)},
    {"tokens": Tokens(output=6, input=1)},
    {"tokens": Tokens(output=6, cache_creation=1)},
    {"searches": 0},
    {"at_ms": 6},
    {"owner": 2},
]


@pytest.mark.parametrize("weaker", STRONGER, ids=str)
def test_of_two_claims_the_stronger_one_wins_in_any_order(weaker: dict[str, Any]) -> None:
    one = ENTRY._replace(owner=1, searches=1)
    other = one._replace(owner=0 if "owner" not in weaker else 2)._replace(**weaker)
    for claims in ((one, other), (other, one)):
        book = ledger(*claims)
        assert book.owner(1) == book.claim(one) == book.claim(other) == 1
        assert spent(book) == {1: 7}
        assert len(book) == 1


def test_of_equal_claims_of_one_session_the_model_of_the_smaller_name_is_counted() -> None:
    one, other = ENTRY, ENTRY._replace(model=1, day=8)
    for claims in ((one, other), (other, one)):
        book = ledger(*claims)
        assert [where for where, part in book.buckets(0).items() if part.tokens.total] == [(9, 0)]


def test_a_reply_that_grows_is_counted_once_with_what_it_is_at_last() -> None:
    book = ledger(ENTRY, ENTRY._replace(key=2), ENTRY._replace(key=3))
    grown = ENTRY._replace(
        key=2,
        tokens=Tokens(input=1, output=20, cache_creation=5, cache_creation_1h=2, cache_read=30),
        picos=9,
        searches=4,
        day=8,
    )
    assert book.take_changed() == {(0, 9, 0)}
    assert book.claim(grown) == 0

    assert len(book) == 3
    assert book.buckets(0) == {
        (9, 0): Bucket(output=14, picos=4),
        (8, 0): Bucket(1, 20, 5, 2, 30, picos=9, searches=4),
    }
    assert book.buckets(0)[8, 0].tokens == grown.tokens
    assert book.take_changed() == {(0, 9, 0), (0, 8, 0)}
    assert book.take_changed() == set()
    assert [book.owner(key) for key in (1, 2, 3, 4)] == [0, 0, 0, None]


def test_a_reply_of_unknown_price_is_counted_as_such_until_it_is_known() -> None:
    book = ledger(ENTRY._replace(picos=UNPRICED))
    assert book.buckets(0) == {(9, 0): Bucket(output=7, unpriced=1)}
    book.claim(ENTRY._replace(tokens=Tokens(output=8), picos=3))
    assert book.buckets(0) == {(9, 0): Bucket(output=8, picos=3)}


def test_a_reply_without_tokens_is_known_and_changes_nothing() -> None:
    book = ledger(ENTRY._replace(tokens=Tokens()))
    assert (book.owner(1), book.buckets(0), book.take_changed()) == (0, {}, set())


def test_buckets_add_up_field_by_field() -> None:
    one = Bucket(1, 2, 3, 4, 5, 6, 7, 8)
    one.merge(Bucket(10, 20, 30, 40, 50, 60, 70, 80))
    assert one == Bucket(11, 22, 33, 44, 55, 66, 77, 88)


def test_sessions_that_hold_the_same_reply_are_rivals_until_one_is_forgotten() -> None:
    book = ledger(ENTRY, ENTRY._replace(rank=2), ENTRY._replace(owner=1), ENTRY._replace(owner=2, rank=2))
    book.claim(ENTRY._replace(owner=3, key=2))
    assert [book.rivals(owner) for owner in range(5)] == [{1, 2}, {0}, {0}, frozenset(), frozenset()]
    assert [book.has_rivals(owner) for owner in range(5)] == [True, True, True, False, False]

    book.forget(frozenset({1, 4}))
    assert [book.rivals(owner) for owner in range(3)] == [{2}, frozenset(), {0}]
    assert not book.has_rivals(1)
    book.forget(frozenset({0, 2}))
    assert not any(book.has_rivals(owner) for owner in range(4))
    assert (spent(book), len(book)) == ({3: 7}, 1)


def test_forgetting_says_which_buckets_went_and_leaves_the_others() -> None:
    book = ledger(ENTRY, ENTRY._replace(key=2, owner=1), ENTRY._replace(key=3, owner=1, day=8))
    book.take_changed()
    book.forget(frozenset({1}))

    assert book.take_changed() == {(1, 9, 0), (1, 8, 0)}
    assert [book.owner(key) for key in (1, 2, 3)] == [0, None, None]
    assert book.claim(ENTRY._replace(key=2)) == 0
    assert spent(book) == {0: 14}


def test_sessions_too_old_to_keep_are_forgotten_without_a_word() -> None:
    book = ledger(ENTRY, ENTRY._replace(key=2, owner=1))
    book.forget(frozenset({1}), told=False)
    assert book.take_changed() == {(0, 9, 0)}
    assert spent(book) == {0: 7}


def test_a_ledger_goes_on_from_what_another_one_held() -> None:
    book, other = ledger(ENTRY, ENTRY._replace(owner=1, rank=2), ENTRY._replace(key=2, day=8)), ledger()
    other.take_back(book.state())
    assert other.take_changed() == set()
    other.tell_again(0)
    assert other.has_changed
    assert other.take_changed() == {(0, 9, 0), (0, 8, 0)}
    assert (spent(other), other.rivals(0), len(other)) == ({0: 14}, frozenset({1}), 2)
    assert other.claim(ENTRY._replace(owner=1)) == 0


def _keys(kind: str, count: int) -> list[int]:
    if kind == "neighbours":
        return list(range(count))
    if kind == "one slot":  # of any size that the table has
        return [number << 20 for number in range(count)]
    if kind == "the last slots":
        return [2**64 - 1 - number // 2 - (number % 2 << 40) for number in range(count)]
    rand = random.Random(7)
    return [rand.getrandbits(64) for _ in range(count)]


@pytest.mark.parametrize(
    ("kind", "count"), [("neighbours", 2_000), ("one slot", 700), ("the last slots", 1_400), ("any", 2_000)]
)
def test_many_replies_are_found_again_each_once(kind: str, count: int) -> None:
    keys = _keys(kind, count)
    book = ledger(*(ENTRY._replace(key=key, owner=number % 3) for number, key in enumerate(keys)))

    assert len(book) == count
    assert [book.owner(key) for key in keys] == [number % 3 for number in range(count)]
    assert book.owner(12_345_678_901) is None
    for number, key in enumerate(keys):
        assert book.claim(ENTRY._replace(key=key, owner=number % 3)) == number % 3
    assert len(book) == count
    book.forget(frozenset({1}))
    assert [book.owner(key) for key in keys] == [None if number % 3 == 1 else number % 3 for number in range(count)]
    assert len(book) == sum(number % 3 != 1 for number in range(count))


CLAIMS = st.lists(
    st.builds(
        UsageEntry,
        key=st.integers(0, 3).map(lambda number: number * 1024),
        at_ms=st.integers(0, 3),
        owner=st.integers(0, 2),
        day=st.just(9),
        model=st.integers(0, 1),
        rank=st.integers(1, 3),
        tokens=st.builds(Tokens, output=st.integers(0, 2), input=st.integers(0, 2)),
        picos=st.just(1),
        searches=st.integers(0, 1),
    ),
    max_size=25,
)


@given(claims=CLAIMS, rand=st.randoms(use_true_random=False))
def test_no_order_of_claims_changes_what_a_session_owns_and_no_reply_counts_twice(
    claims: list[UsageEntry], rand: random.Random
) -> None:
    books = [ledger(*order) for order in (claims, rand.sample(claims, len(claims)))]
    kept = [
        {(owner, *where): part for owner in range(3) for where, part in book.buckets(owner).items()} for book in books
    ]
    one, other = ({where: part for where, part in each.items() if part.tokens.total} for each in kept)

    assert one == other
    best = Counter[int]()
    for claim in claims:
        strongest = max(
            (each for each in claims if each.key == claim.key), key=lambda each: (each.rank, each.tokens.total)
        )
        best[claim.key] = strongest.tokens.total
    assert sum(spent(books[0]).values()) == best.total()
