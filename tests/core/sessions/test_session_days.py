"""Which days an address asks for, and that it can be said again."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.sessions.ranges import PRESETS, After, read

TODAY = date(2026, 11, 22)


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def test_without_a_wish_it_is_the_last_thirty_days() -> None:
    asked = read({}, today=TODAY)
    assert (asked.since, asked.until, asked.preset) == (date(2026, 10, 24), TODAY, "30")
    found = asked.range(_midnight)
    assert (found.since_day, found.until_day) == ("2026-10-24", "2026-11-22")
    assert found.until_ms - found.since_ms == 30 * 86_400_000


def test_days_the_wrong_way_round_are_turned() -> None:
    asked = read({"from": "2026-11-20", "to": "2026-11-02"}, today=TODAY)
    assert (asked.since, asked.until, asked.preset) == (date(2026, 11, 2), date(2026, 11, 20), "")


def test_nonsense_is_told_at_its_field() -> None:
    for wrong in ("yesterday", "2026-02-31", "20261122", "2026-W01-1", "0001-01-01", "９９99-01-01"):
        asked = read({"from": wrong, "to": "2026-11-02"}, today=TODAY)
        assert set(asked.errors) == {"from"}
        assert asked.errors["from"].args == {"words": wrong}
        assert asked.preset == "30"


@given(
    st.dictionaries(st.sampled_from(["from", "to", "days", "project", "after"]), st.text(max_size=20)),
    st.sampled_from(PRESETS),
)
def test_any_address_gives_days_and_an_address_that_gives_the_same(asked: dict[str, str], preset: str) -> None:
    found = read(asked, today=TODAY)
    assert found.since <= found.until
    again = read(dict(parse_qsl(found.query())), today=TODAY)
    assert (again.since, again.until, again.project) == (found.since, found.until, found.project)
    other = read(dict(parse_qsl(found.query(days=preset))), today=TODAY)
    assert (other.preset, other.project) == (preset, found.project)


@given(st.integers(0, 10**15 - 1), st.text(max_size=60))
def test_a_place_in_the_list_goes_through_an_address(last_ms: int, session_id: str) -> None:
    after = After(last_ms=last_ms, session_id=session_id)
    assert After.from_key(after.to_key()) == after


@given(st.text(max_size=40))
def test_any_words_are_a_place_or_none(key: str) -> None:
    found = After.from_key(key)
    assert found is None or found.last_ms >= 0
