"""Usage is added up by project, model or day: weeks apart where asked, sums that hold, unknown prices said."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.catalogs import catalogs
from tray_app.core.kernel.texts import Language
from tray_app.core.sessions.session import Tokens
from tray_app.core.sessions.usage import usage
from tray_app.core.sessions.usage import words as usage_words
from tray_app.core.sessions.usage.usage import SentRow, UsageBy, UsageLine, UsageTable, UsedRow

TODAY = date(2026, 11, 29)  # a Sunday
DAYS = ("2026-11-16", "2026-11-22", "2026-11-23", "2026-11-29")  # a Monday, a Sunday, a Monday, a Sunday


def row(
    session: str, day: str = DAYS[3], *, project: str = "shop", model: str = "opus", **facts: int | None
) -> UsedRow:
    known = {"micros": 1_000_000, "active_ms": 60_000, **facts}
    tokens = Tokens(input=10, output=5)
    return UsedRow(session_id=session, project=project, day=day, model=model, tokens=tokens, **known)  # type: ignore[arg-type]  # figures by name


def day_of(at_ms: int) -> str:
    return DAYS[at_ms]


def sent(project: str, day: int, count: int = 1) -> SentRow:
    return SentRow(project=project, at_ms=day, count=count)


def added(rows: list[UsedRow], messages: list[SentRow] | None = None, **asked: object) -> UsageTable:
    facts: dict[str, object] = {"by": UsageBy.PROJECT, "weekly": False, **asked}
    return usage.table(rows, messages or [], local_day=day_of, **facts)  # type: ignore[arg-type]  # flags by name


def test_a_session_counts_once_in_each_row_whatever_models_and_days_it_used() -> None:
    rows = [row("a"), row("a", model="haiku"), row("a", DAYS[2]), row("b", project="docs", micros=9_000_000)]
    found = added(rows, [sent("shop", 3, 2), sent("", 3)])
    assert [(one.name, one.sessions, one.micros, one.active_ms, one.messages) for one in found.lines] == [
        ("docs", 1, 9_000_000, 60_000, 0),
        ("shop", 1, 3_000_000, 180_000, 2),
        ("", 0, 0, 0, 1),
    ]
    assert (found.total.sessions, found.total.micros, found.total.messages) == (2, 12_000_000, 3)
    assert found.total.tokens == Tokens(input=40, output=20)


def test_weeks_begin_on_monday_and_the_newest_comes_first() -> None:
    found = added([row("a", day) for day in DAYS], [sent("shop", 1)], weekly=True)
    assert [(one.week, one.name, one.sessions, one.messages) for one in found.lines] == [
        ("2026-11-23", "shop", 1, 0),
        ("2026-11-16", "shop", 1, 1),
    ]
    by_week = added([row("a", day) for day in DAYS], by=UsageBy.DAY, weekly=True)
    assert [(one.week, one.name) for one in by_week.lines] == [("2026-11-23", ""), ("2026-11-16", "")]


def test_a_message_is_no_models() -> None:
    found = added([row("a"), row("b", model="x")], [sent("shop", 3, 4)], by=UsageBy.MODEL)
    assert [(one.name, one.messages) for one in found.lines] == [("opus", None), ("x", None)]
    assert found.total.messages == 4


def test_an_unknown_price_leaves_a_sum_that_says_at_least() -> None:
    found = added([row("a"), row("b", model="x-1", micros=None), row("c", project="docs", model="x-1", micros=None)])
    assert found.unpriced == ("x-1",)
    data = usage_words.to_data(found, usage.read({}, today=TODAY))
    assert [(one["cost_usd"], one["cost_known_usd"]) for one in data["rows"]] == [(None, 1.0), (None, 0.0)]
    said = usage_words.said(data, catalogs()[Language.EN])
    assert [cells[4] for cells in (*said.rows, said.total)] == ["≥ $1.00", "–", "≥ $1.00"]


@given(
    st.lists(
        st.builds(
            row,
            st.sampled_from("abc"),
            st.sampled_from(DAYS),
            project=st.sampled_from(("", "shop", "docs")),
            model=st.sampled_from(("opus", "haiku")),
            micros=st.one_of(st.none(), st.integers(0, 10_000_000)),
        )
    ),
    st.lists(st.builds(sent, st.sampled_from(("", "shop")), st.integers(0, 3), st.integers(1, 5))),
    st.sampled_from(UsageBy),
    st.booleans(),
)
def test_every_table_adds_up_to_the_same_sum(
    rows: list[UsedRow], messages: list[SentRow], by: UsageBy, weekly: bool
) -> None:
    found = added(rows, messages, by=by, weekly=weekly)
    assert sum(one.micros for one in found.lines) == found.total.micros == sum(one.micros or 0 for one in rows)
    assert sum((one.tokens for one in found.lines), Tokens()) == found.total.tokens
    assert sum(one.active_ms for one in found.lines) == found.total.active_ms
    if by is not UsageBy.MODEL:
        assert sum(one.messages or 0 for one in found.lines) == sum(one.count for one in messages)
    keys = [(one.week, one.name) for one in found.lines]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("by", UsageBy)
@pytest.mark.parametrize("weekly", [True, False])
def test_rows_and_sum_have_as_many_cells_as_the_head(language: Language, by: UsageBy, weekly: bool) -> None:
    found = added([row("a"), row("b", model="", project="")], by=by, weekly=weekly)
    said = usage_words.said(usage_words.to_data(found, usage.read({}, today=TODAY)), catalogs()[language])
    assert {len(cells) for cells in (*said.rows, said.total)} == {len(said.head)}
    assert all(all(cells) for cells in said.rows)


def test_a_file_has_plain_figures_and_cells_that_run_nothing() -> None:
    found = UsageTable(
        by=UsageBy.PROJECT,
        weekly=True,
        lines=[UsageLine(week="2026-11-23", name="=cmd()", micros=1)],
        total=UsageLine(),
    )
    head, first = usage_words.as_csv(usage_words.to_data(found, usage.read({}, today=TODAY))).splitlines()
    assert head.split(",") == list(usage_words.COLUMNS)
    assert first == "2026-11-23,'=cmd(),0,0,0,0,0,0,0,0,1e-06,1e-06,0"


def test_whole_weeks_are_asked_for_where_weeks_are_apart() -> None:
    assert usage.read({"days": "7", "weekly": "1"}, today=TODAY).days.since == date(2026, 11, 23)
    assert usage.read({"days": "30", "weekly": "1"}, today=TODAY).days.since == date(2026, 10, 26)
    assert usage.read({"days": "30"}, today=TODAY).days.since == date(2026, 10, 31)
    given = {"from": "2026-11-25", "weekly": "1"}
    assert usage.read(given, today=TODAY).days.since == date(2026, 11, 25)
    asked = usage.read({"by": "model", "project": "a b/c"}, today=TODAY)
    assert asked.query(by="day") == "days=30&project=a+b%2Fc&by=day&weekly=0"
    assert asked.name_parts == ("by-model", "", "2026-10-31", "2026-11-29", "a b/c")
