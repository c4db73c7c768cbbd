"""Numbers as geometry: how tall a column is, how long a bar, which labels have room. Knows no colours and no words.

Across, everything is a share of the chart's width in percent, so that letters keep their size whatever the window's;
down, it is pixels. A chart is 100 % wide.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_WIDEST = 8.0  # percent: the column of a single day is no wall
_GAP = 0.2  # of a column's room
_LEAST_PX = 2.0  # what is not nothing can be seen
_MOST_LABELS = 5
_ROUND = (10, 15, 20, 25, 30, 40, 50, 60, 80, 100)  # tenths of an order
ROW_PX, BAR_PX = 34, 10
_BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartColumn:
    """One column; `x` and `width` in percent, `y` and `height` in pixels from the top."""

    value: int
    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLabel:
    """Where the words of column `index` stand; `anchor` is SVG's."""

    index: int
    x: float
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChart:
    """Columns side by side. `top` is the value at the upper edge, a round one."""

    columns: tuple[ChartColumn, ...]
    labels: tuple[ChartLabel, ...]
    top: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartPiece:
    """One piece of a bar: the `index`th of its values. In percent."""

    index: int
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRow:
    """One bar: its words stand at `text_y`, its pieces below them at `bar_y`."""

    pieces: tuple[ChartPiece, ...]
    total: int
    text_y: int
    bar_y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChart:
    """Bars one below the other, the longest over the whole width."""

    rows: tuple[ChartRow, ...]
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSpan:
    """Some days in a row, both ends included."""

    first: date
    last: date


def columns(values: Sequence[int], *, height: int = 72) -> ColumnChart:
    """Draw one column for each value; none is negative."""
    top = _round_up(max(values, default=0))
    room = 100 / max(len(values), 1)
    width = min(room * (1 - _GAP), _WIDEST)
    drawn = []
    for index, value in enumerate(values):
        tall = max(value / top * height, _LEAST_PX) if value > 0 else 0.0
        x = index * room + (room - width) / 2
        drawn.append(
            ChartColumn(
                value=value, x=round(x, 3), width=round(width, 3), y=round(height - tall, 2), height=round(tall, 2)
            )
        )
    return ColumnChart(columns=tuple(drawn), labels=_labels(len(values), room), top=top, height=height)


def rows(values: Sequence[Sequence[int]]) -> RowChart:
    """Draw one bar for each, of one piece for each of its values; none is negative."""
    most = max((sum(pieces) for pieces in values), default=0)
    drawn = []
    for number, pieces in enumerate(values):
        found, x = [], 0.0
        for index, value in enumerate(pieces):
            width = value / most * 100 if most else 0.0
            if value:
                found.append(ChartPiece(index=index, x=round(x, 3), width=round(width, 3)))
            x += width
        y = number * ROW_PX
        drawn.append(ChartRow(pieces=tuple(found), total=sum(pieces), text_y=y + 13, bar_y=y + 19))
    return RowChart(rows=tuple(drawn), height=len(drawn) * ROW_PX)


def sparkline(values: Sequence[int]) -> str:
    """A chart of one letter for each value, `▁▂▅█`: the lowest is nothing, the highest the most of them."""
    most = max(values, default=0)
    return "".join(_BARS[-(-value * (len(_BARS) - 1) // most)] if most and value > 0 else _BARS[0] for value in values)


def share(value: int, whole: int) -> float:
    """How much of a whole, in percent, between 0 and 100."""
    return round(min(max(value / whole, 0.0), 1.0) * 100, 1) if whole > 0 else 0.0


def spans(first: date, last: date, *, most: int = 62) -> list[ChartSpan]:
    """Cut days into at most `most` spans of one length: single days, weeks, or more; the last one may be shorter."""
    count = max((last - first).days + 1, 1)
    days = 1 if count <= most else 7 * -(-count // (7 * most))
    starts = [first + timedelta(days=number) for number in range(0, count, days)]
    return [ChartSpan(first=start, last=min(start + timedelta(days=days - 1), max(last, first))) for start in starts]


def _round_up(most: int) -> int:
    """The next round number of its order, so that the scale reads well; 1 where there is nothing."""
    if most <= 1:
        return 1
    order = int(10 ** (len(str(most)) - 1))
    return next(step for tenths in _ROUND if (step := tenths * order // 10) >= most)


def _labels(count: int, room: float) -> tuple[ChartLabel, ...]:
    """As many as have room in the narrowest window, evenly, counted back from the last: people look for that one."""
    if count <= 1:
        return (ChartLabel(index=0, x=50.0, anchor="middle"),) * count
    step = -(-(count - 1) // (_MOST_LABELS - 1))
    found = []
    for index in sorted(range(count - 1, -1, -step)):
        anchor = {0: "start", count - 1: "end"}.get(index, "middle")
        x = {0: 0.0, count - 1: 100.0}.get(index, (index + 0.5) * room)
        found.append(ChartLabel(index=index, x=round(x, 3), anchor=anchor))
    return tuple(found)
