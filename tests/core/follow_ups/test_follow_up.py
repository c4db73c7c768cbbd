"""What is said of the owner's words goes by a table, is read as it was kept, and no broken entry breaks it."""

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tray_app.core.delivery.delivery import IllegalStep
from tray_app.core.follow_ups.follow_up import (
    MOST_WORDS,
    STEPS,
    Fate,
    FollowUp,
    can_be_given,
    from_data,
    step,
    to_data,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=6),
)
FOLLOW_UPS = st.builds(
    FollowUp,
    id=st.text(),
    session=st.text(),
    project=st.text(),
    by=st.sampled_from(["page", "phone"]),
    at_ms=st.integers(),
    whose=st.text(),
    fate=st.sampled_from(Fate),
)


@pytest.mark.parametrize(("before", "after"), tuple(product(Fate, Fate)))
def test_only_the_steps_of_the_table_are_taken(before: Fate, after: Fate) -> None:
    if (before, after) in STEPS:
        assert step(before, after) is after
    else:
        with pytest.raises(IllegalStep):
            step(before, after)


def test_what_is_over_changes_no_more_and_everything_else_can_be_lost() -> None:
    for fate in Fate:
        one = FollowUp(id="f", session="s", project="web", by="page", at_ms=1, fate=fate)
        assert one.is_open == any(before is fate for before, _ in STEPS)
        assert one.is_open == ((fate, Fate.LOST) in STEPS)
        for words in catalogs().values():
            assert "web" in words(one.said)


@given(FOLLOW_UPS)
def test_it_is_read_as_it_was_kept(one: FollowUp) -> None:
    assert from_data(json.loads(json.dumps(to_data(one)))) == one


@given(JSON)
def test_anything_else_is_none(data: object) -> None:
    read = from_data(data)
    assert read is None or (isinstance(data, dict) and to_data(read) == {"whose": "", **data})


def test_what_an_older_version_kept_is_nobodys() -> None:
    one = FollowUp(id="f", session="s", project="web", by="phone", at_ms=1, whose="robot 1a2b", fate=Fate.GIVEN)
    kept = to_data(one)
    assert from_data({**kept, "whose": 1}) is None
    del kept["whose"]
    read = from_data(kept)
    assert read is not None
    assert (read.session, read.whose) == ("s", "")


@given(st.text(max_size=20))
def test_words_can_be_given_that_say_something(words: str) -> None:
    assert can_be_given(words) == bool(words.strip())


def test_words_that_are_too_many_or_half_a_letter_cannot() -> None:
    assert can_be_given("x" * MOST_WORDS)
    assert not can_be_given("x" * (MOST_WORDS + 1))
    assert not can_be_given("half \ud83d")
