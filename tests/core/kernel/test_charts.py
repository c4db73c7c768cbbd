"""Charts hold what they were given: every bar within its box, every share right, every day in one column."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.core.kernel.charts import columns, rows, share, spans

_COUNTS = st.integers(0, 10**13)
_DAYS = st.dates(date(2000, 1, 1), date(2040, 1, 1))


@given(st.lists(_COUNTS, max_size=70))
def test_columns_stand_inside_of_the_chart_in_order_and_as_tall_as_their_values(values: list[int]) -> None:
    chart = columns(values, height=80)
    assert [column.value for column in chart.columns] == values
    assert chart.top >= max(values, default=0)
    end = 0.0
    for column in chart.columns:
        assert column.x >= end - 0.01
        end = column.x + column.width
        assert end <= 100.01
        assert column.y >= -0.01
        assert column.y + column.height == pytest.approx(80, abs=0.02)
        tall = column.value / chart.top * 80
        assert column.height == pytest.approx(max(tall, 2.0) if column.value else 0.0, abs=0.01)


@given(st.lists(_COUNTS, min_size=1, max_size=70))
def test_the_scale_is_a_round_number_that_the_tallest_column_nearly_fills(values: list[int]) -> None:
    top, most = columns(values).top, max(values)
    assert str(top).rstrip("0") in {"1", "15", "2", "25", "3", "4", "5", "6", "8"}
    assert most <= 1 or top <= 1.5 * most


@given(st.integers(0, 70))
def test_labels_are_few_and_even_and_the_last_one_is_there(count: int) -> None:
    labels = columns([1] * count).labels
    indexes = [label.index for label in labels]
    assert len(indexes) <= min(count, 5)
    assert len({late - early for early, late in itertools.pairwise(indexes)}) <= 1
    assert indexes[-1:] == ([count - 1] if count else [])
    assert all(0 <= label.x <= 100 for label in labels)
    gaps = [late.x - early.x for early, late in itertools.pairwise(labels)]
    assert all(gap > 12 for gap in gaps)  # five letters have room in the narrowest window


@given(st.lists(st.lists(_COUNTS, min_size=1, max_size=3), max_size=12))
def test_pieces_of_a_bar_add_up_to_its_share_of_the_longest(values: list[list[int]]) -> None:
    chart = rows(values)
    most = max((sum(pieces) for pieces in values), default=0)
    assert [row.total for row in chart.rows] == [sum(pieces) for pieces in values]
    bottom = 0
    for row, pieces in zip(chart.rows, values, strict=True):
        assert [piece.index for piece in row.pieces] == [index for index, value in enumerate(pieces) if value]
        width = sum(piece.width for piece in row.pieces)
        assert width == pytest.approx(row.total / most * 100 if most else 0, abs=0.01)
        assert all(piece.x >= 0 and piece.x + piece.width <= 100.01 for piece in row.pieces)
        assert bottom <= row.text_y - 10 < row.bar_y < chart.height
        bottom = row.bar_y + 10


@given(_DAYS, st.integers(0, 5_000))
def test_every_day_is_in_exactly_one_span_and_there_are_not_too_many(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    found = spans(first, last)
    assert len(found) <= 62
    assert (found[0].first, found[-1].last) == (first, last)
    assert all(late.first == early.last + timedelta(days=1) for early, late in itertools.pairwise(found))
    sizes = {(span.last - span.first).days + 1 for span in found[:-1]}
    assert len(sizes) <= 1
    assert length >= 62 or all(span.first == span.last for span in found)


@given(_COUNTS, _COUNTS)
def test_a_share_is_between_nothing_and_all(value: int, whole: int) -> None:
    assert 0 <= share(value, whole) <= 100
    if 0 < whole <= value:
        assert share(value, whole) == 100
