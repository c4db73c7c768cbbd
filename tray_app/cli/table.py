"""Columns on a terminal: as wide as their words are there, where Chinese ones take two places, and no wider than it."""

import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from wcwidth import wcswidth, wcwidth

from tray_app.cli.escaped import visible

_BETWEEN = "  "
_LEAST = 8  # places that a cut column keeps
_MORE = "…"
_OPENING, _CLOSING, _WIDE = "（《“‘", "，。、；：？！）》”’", r"\u2e80-\uffef"
_PIECES = re.compile(rf"\s+|[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}{_OPENING}{_CLOSING}]+)[{_CLOSING}]*|\S")


def columns(
    rows: Sequence[Sequence[str]],
    *,
    room: int | None,
    right: Iterable[int] = (),
    whole: Iterable[int] = (),
    paint: Callable[[int, int, str], str] | None = None,
) -> list[str]:
    """Give one line for each row. `right`: the numbers of columns that stand to the right.

    Where lines were wider than `room` places (None: no limit, as in a pipe), the widest columns of words are cut, but
    those in `whole`, which say nothing when they are cut: times, states, what is typed again.
    `paint` colours a cell, by its row and column, once its width is known.
    """
    if not rows:
        return []
    seen = [[visible(cell) for cell in row] for row in rows]
    to_right = frozenset(right)
    widths = [max(width(cell) for cell in column) for column in zip(*seen, strict=True)]
    if room is not None:
        _fit(widths, room - len(_BETWEEN) * (len(widths) - 1), keep=to_right | frozenset(whole))
    return [_line(row, widths, to_right, partial(paint, number) if paint else None) for number, row in enumerate(seen)]


def width(words: str) -> int:
    """How many places printable words take."""
    counted = wcswidth(words)
    return counted if counted >= 0 else sum(max(wcwidth(char), 0) for char in words)


def cut(words: str, room: int) -> str:
    """Cut words to so many places; what was cut ends in `…`."""
    if width(words) <= room:
        return words
    end = len(words)
    while end and width(words[:end]) > room - 1:
        end -= 1
    return words[:end].rstrip() + _MORE if room > 0 else ""


def wrapped(words: str, room: int) -> list[str]:
    """Break words into lines of so many places: at spaces and between Chinese letters, never before what closes."""
    lines, line = [], ""
    for piece in _PIECES.findall(words):
        if line and width((line + piece).rstrip()) > room:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()]


def terminal_width(stream: object) -> int | None:
    """How many places a line has on this stream; None where it is no terminal: a pipe or a file is given all."""
    try:
        shown = bool(stream.isatty())  # type: ignore[attr-defined]  # whatever stands in for a stream
    except (AttributeError, ValueError):  # closed
        return None
    return shutil.get_terminal_size((100, 24)).columns if shown else None


def _fit(widths: list[int], room: int, *, keep: frozenset[int]) -> None:
    """Make the widest columns of words narrower, a place at a time, until all fit or none can give."""
    while sum(widths) > room:
        wide = [index for index, count in enumerate(widths) if index not in keep and count > _LEAST]
        if not wide:
            return
        widths[max(wide, key=lambda index: widths[index])] -= 1


def _line(
    row: Sequence[str], widths: Sequence[int], right: frozenset[int], paint: Callable[[int, str], str] | None
) -> str:
    cells = []
    for index, cell in enumerate(row):
        shown = cut(cell, widths[index])
        room = " " * (widths[index] - width(shown))
        shown = paint(index, shown) if paint else shown
        cells.append(room + shown if index in right else shown + room)
    return _BETWEEN.join(cells).rstrip()
