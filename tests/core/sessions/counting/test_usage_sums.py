"""Sums of use by session, day and model: as many plain ones would add up, whatever comes and goes."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.sessions.counting.usage_rows import UNPRICED, UsageEntry
from tray_app.core.sessions.counting.usage_sums import Bucket, UsageSums
from tray_app.core.sessions.session import Tokens

_MOST = 2**31 - 1
_COUNT = st.integers(0, _MOST)
_ENTRIES = st.lists(
    st.builds(
        UsageEntry,
        key=st.just(1),
        at_ms=st.just(1),
        owner=st.integers(0, 2),
        day=st.sampled_from([1, 739_577, 1_095_363]),
        model=st.sampled_from([0, 1, 65_534]),
        rank=st.just(3),
        tokens=st.builds(
            Tokens, input=_COUNT, output=_COUNT, cache_creation=_COUNT, cache_creation_1h=_COUNT, cache_read=_COUNT
        ),
        picos=st.one_of(st.just(UNPRICED), st.integers(0, 2**63)),
        searches=st.integers(0, 65_535),
    ),
    max_size=20,
)


def _bucket(entries: list[UsageEntry]) -> Bucket:
    tokens = sum((one.tokens for one in entries), Tokens())
    priced = [one.picos for one in entries if one.picos != UNPRICED]
    return Bucket(
        tokens.input,
        tokens.output,
        tokens.cache_creation,
        tokens.cache_creation_1h,
        tokens.cache_read,
        sum(priced),
        len(entries) - len(priced),
        sum(one.searches for one in entries),
    )


@given(_ENTRIES, _ENTRIES)
def test_they_are_what_is_in_them_after_some_is_taken_away(stays: list[UsageEntry], goes: list[UsageEntry]) -> None:
    sums = UsageSums()
    for entry in [*goes, *stays]:
        sums.add(entry, 1)
    for entry in goes:
        sums.add(entry, -1)
    left: defaultdict[tuple[int, int, int], list[UsageEntry]] = defaultdict(list)
    for entry in stays:
        left[entry.owner, entry.day, entry.model].append(entry)
    found = {(owner, *where): bucket for owner in sums for where, bucket in sums.of(owner).items()}
    assert {where: bucket for where, bucket in found.items() if bucket != Bucket()} == {
        where: bucket for where, some in left.items() if (bucket := _bucket(some)) != Bucket()
    }
    assert all(sums.one(*where) == bucket for where, bucket in found.items())
    assert sums.days() == {where[1] for where in found}

    again = UsageSums({owner: sums.kept(owner) for owner in sums})
    assert {owner: again.of(owner) for owner in again} == {owner: sums.of(owner) for owner in sums}
    assert sorted(again.pop(0)) == sorted(sums.of(0))
    assert again.of(0) == {}
    assert again.one(0, 1, 0) == Bucket()
