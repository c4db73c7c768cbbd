"""What an address asks of the history: every value is read or named, never in the way."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.delivery.delivery import Source, Stage
from tray_app.core.history.query import FIELDS, MAX_TERMS, MOST_ROWS, HistoryQuery, read, terms
from tray_app.core.kernel.texts import text

NOW = 1_795_320_000_000
DAY = 86_400_000


def day_ms(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY


def query(**given: str) -> HistoryQuery:
    asked = read(given, now_ms=NOW, day_ms=day_ms)
    assert asked.faults == {}
    return asked.query


def test_an_empty_address_asks_for_the_newest() -> None:
    asked = read({}, now_ms=NOW, day_ms=day_ms)
    assert (asked.query, asked.narrowed) == (HistoryQuery(), False)


def test_every_field_is_read() -> None:
    found = query(
        q='a "b c" 构建',
        status="unsent",
        robot="team",
        tool="t",
        project="p",
        session="s",
        client="c",
        source="cli",
        since="2026-11-01",
        until="2026-11-02",
        before="17",
        limit="20",
        theirs="x",
    )
    assert found == HistoryQuery(
        words=("a", "b c", "构建"),
        stages=frozenset({Stage.PERHAPS, Stage.FAILED, Stage.REFUSED, Stage.BLOCKED, Stage.EXPIRED, Stage.DISCARDED}),
        robot="team",
        tool="t",
        project="p",
        session="s",
        client="c",
        source=Source.CLI,
        since_ms=day_ms(date(2026, 11, 1)),
        until_ms=day_ms(date(2026, 11, 3)),
        before=17,
        limit=20,
    )


@pytest.mark.parametrize("stage", Stage)
def test_each_stage_is_a_status(stage: Stage) -> None:
    assert query(status=stage.value).stages == {stage}


@pytest.mark.parametrize(("span", "ms"), [("30m", 1_800_000), ("12h", DAY // 2), ("7d", 7 * DAY)])
def test_a_span_counts_back_from_now(span: str, ms: int) -> None:
    assert query(since=span).since_ms == NOW - ms


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"status": "nope"}, text("history.bad_status")),
        ({"source": "<b>"}, text("history.bad_source")),
        ({"since": "yesterday"}, text("history.bad_day")),
        ({"until": "2026-13-01"}, text("history.bad_day")),
        ({"until": "9999-12-31"}, text("history.bad_day")),
        ({"q": "x" * 201}, text("history.too_long", most=200)),
        ({"since": "2026-11-02", "until": "2026-11-01"}, text("history.ends_before")),
        ({"until": "2026-11-01", "since": "1d"}, text("history.ends_before")),
    ],
)
def test_a_value_that_cannot_be_meant_is_named_and_left_out(given: dict[str, str], fault: object) -> None:
    asked = read(given, now_ms=NOW, day_ms=day_ms)
    (name,) = asked.faults
    assert asked.faults[name] == fault
    assert asked.fields == given
    kept = {other: value for other, value in given.items() if other != name}
    assert asked.query == read(kept, now_ms=NOW, day_ms=day_ms).query


@given(st.dictionaries(st.sampled_from([*FIELDS, "before", "limit"]), st.text() | st.from_regex(r"\d{1,30}[mhd]?")))
def test_any_address_asks_for_something(given: dict[str, str]) -> None:
    asked = read(given, now_ms=NOW, day_ms=day_ms)
    assert set(asked.faults) <= set(asked.fields) <= set(FIELDS)
    assert 1 <= asked.query.limit <= MOST_ROWS
    assert len(asked.query.words) <= MAX_TERMS


@given(st.text())
def test_words_hold_no_quote_and_no_nul_and_come_once(typed: str) -> None:
    found = terms(typed)
    assert len(set(found)) == len(found)
    assert all(term.strip() and '"' not in term and "\0" not in term for term in found)
