"""Markdown as a group sees it: its code fences, its first line as a title, and where a long one may be cut."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import TypeAlias

from tray_app.core.messages.tables import before_bare_head, repeated, table_after

_HEADING = re.compile(r"^\s*#{1,6}(?=\s|$)")
_RULE = re.compile(r"^[\s>]*([-=*_])(?:\s*\1)*\s*$")  # "---" also makes a heading of the line above it
_FENCE = re.compile(r"^\s*(?P<mark>`{3,}|~{3,})(?P<rest>.*)$")
_HTML_OPENING = re.compile(r"^(?P<indent> {0,3})(?=<(?:!|\?|(?:script|pre|style|textarea)\b))", re.IGNORECASE)
_MARKER = re.compile(r"^(?:[-*+•]|\d{1,3}[.)、]|#{1,6})\s+")


def one_line(value: str) -> str:
    """Bring a value that stands behind a label onto one line."""
    return " ".join(value.split())


def item(value: str) -> str:
    """Turn a value into the words of one list entry: one line, without a list or heading mark of its own."""
    words = one_line(value)
    while found := _MARKER.match(words):
        words = words[found.end() :]
    return words


def block(value: str) -> str:
    """Make a text of many lines fit under one of our headings.

    Its headings become bold, its rules fall away, a code fence left open is closed, and HTML that runs on over blank
    lines (`<!--`, `<pre>`) is shown as written: nothing of what follows becomes part of it. What stands inside a fence
    is left alone.
    """
    lines: list[str] = []
    fence = ""
    for line in value.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n"):
        mark = _FENCE.match(line)
        if fence:
            lines.append(line)
            if mark and mark["mark"].startswith(fence) and not mark["rest"].strip():
                fence = ""
        elif mark and not (mark["mark"][0] == "`" and "`" in mark["rest"]):
            lines.append(line)
            fence = mark["mark"]
        elif not _RULE.match(line):
            lines.append(_plain(line))
    return "\n".join([*lines, fence]).strip("\n")


def _plain(line: str) -> str:
    heading = _HEADING.match(line)
    if heading is None:
        return _HTML_OPENING.sub(r"\g<indent>\\", line.rstrip())
    words = line[heading.end() :].strip().rstrip("#").rstrip().replace("**", "")
    return f"**{words}**" if words else ""


CostOf: TypeAlias = Callable[[str], int]

_FENCE_LINE = re.compile(r"[ \t]*(?P<mark>`{3,20}(?=[^`]*$)|~{3,20}(?!~))(?P<info>.*)")  # longer ones draw a line
_MOST_INFO = 40  # of a code block's language, repeated in the next part
_NEW_THOUGHT = re.compile(r"[ ]{0,3}(?:[-*+]|\d{1,9}[.)]|#{1,6})[ \t]|[ ]{0,3}(?:```|~~~)")
_BLANK_LINES = re.compile(r"(?:[ \t]*\n)+")
_WORD_ENDS = frozenset(" \t\u3000，。；：！？、）》」』】,;!?")
_ZWJ = "\u200d"
_EXTENDERS = (("\u1160", "\u11ff"), ("\U0001f3fb", "\U0001f3ff"), ("\U000e0020", "\U000e007f"))
_LONGEST_CHARACTER = 64  # code points; what is longer is no character but an attack on the reader, and is cut


def fence_after(fence: str, line: str) -> str:
    """Say which code block is open after `line`, by its opening line; empty outside. `fence` is the state before it."""
    if "```" not in line and "~~~" not in line:
        return fence
    found = _FENCE_LINE.match(line)
    if not fence:
        return found["mark"] + found["info"].strip()[:_MOST_INFO] if found else ""
    closes = found and not found["info"].strip() and found["mark"].startswith(_mark(fence))
    return "" if closes else fence


def split_text(text: str, *, budget: int, cost: CostOf, fences: bool = False) -> tuple[str, ...]:
    """Cut `text` into parts that cost at most `budget` each; one part, unchanged, where it fits whole.

    What is lost at a cut is white space only. With `fences`, a markdown code block that is cut is closed and opened
    again, and a table's head stands again above its rows. Raises ValueError where the budget does not hold one code
    point beside the fences.
    """
    if cost(text) <= budget:
        return (text,)
    return tuple(part for part in _parts(text, budget, cost, fences=fences) if part.strip())


def shortened(text: str, *, budget: int, cost: CostOf) -> str:
    """Cut the end off and say so with "…" where the text costs more than `budget`. Raises ValueError for no room."""
    if cost(text) <= budget:
        return text
    most = _fitting(text, budget - cost("…"), cost)
    return text[: _word_cut(text, most)].rstrip() + "…"


def is_border(text: str, index: int) -> bool:
    """Say whether a character (as a reader sees it) begins at `index`; both ends of the text are borders."""
    if not 0 < index < len(text):
        return True
    before, after = text[index - 1], text[index]
    if _extends(after) or before == _ZWJ or before + after == "\r\n":
        return False
    return not (_is_flag_half(before) and _is_flag_half(after) and _flag_halves_before(text, index) % 2)


def _parts(text: str, budget: int, cost: CostOf, *, fences: bool) -> Iterator[str]:
    marks = (
        {_mark(found["mark"]) for line in text.split("\n") if (found := _FENCE_LINE.match(line))} if fences else set()
    )
    closing = max((cost("\n" + mark) for mark in marks), default=0)
    fence, table, rest = "", "", text
    at_line = True  # whether `rest` begins with a whole line
    while rest:
        opening = f"{fence}\n" if fence else repeated(table if at_line else "", room=budget - closing, cost=cost)
        if cost(opening + rest) <= budget:
            yield opening + rest
            return
        cut = _cut(rest, budget - closing - cost(opening), cost)
        cut = before_bare_head(rest, _before_bare_opening(fence, rest, cut)) if fences else cut
        piece, rest = rest[:cut], rest[cut:]
        table = _table_through(fence, table, piece, rest, at_line=at_line) if fences else ""
        fence = _fence_through(fence, piece) if fences else ""
        at_line = piece.endswith("\n")
        if fence:
            yield opening + piece.removesuffix("\n") + "\n" + _mark(fence)
            fence, rest = _without_idle_end(fence, rest)
        else:
            yield opening + piece.rstrip()
            rest = _without_idle_start(rest, at_line=at_line)


def _before_bare_opening(fence: str, text: str, cut: int) -> int:
    """Move a cut that would open a block at the end of a part only to close it."""
    line = text[:cut].rstrip().rfind("\n") + 1
    opened = not _fence_through(fence, text[:line]) and _fence_through(fence, text[:cut])
    return line if line and opened else cut


def _without_idle_end(fence: str, rest: str) -> tuple[str, str]:
    """Skip the line that would close the block just opened again."""
    first, _, others = rest.partition("\n")
    return (fence, rest) if fence_after(fence, first) else ("", _without_idle_start(others, at_line=True))


def _without_idle_start(rest: str, *, at_line: bool) -> str:
    """Drop the white space at a cut; the indent of a whole line stays, it may be a list's."""
    kept = rest if at_line else rest.lstrip(" \t")
    blank = _BLANK_LINES.match(kept)
    return kept[blank.end() :] if blank else kept


def _fence_through(fence: str, piece: str) -> str:
    for line in piece.split("\n"):
        fence = fence_after(fence, line)
    return fence


def _table_through(fence: str, table: str, piece: str, rest: str, *, at_line: bool) -> str:
    """Say which table goes on behind a piece; a row that was cut goes on until its line ends."""
    before = ""
    for number, line in enumerate(piece.removesuffix("\n").split("\n")):
        fence = fence_after(fence, line)
        table = table if number == 0 and not at_line else "" if fence else table_after(table, before, line)
        before = line
    goes_on = not piece.endswith("\n") or "|" in rest.partition("\n")[0]
    return table if goes_on else ""


def _mark(fence: str) -> str:
    return fence[: len(fence) - len(fence.lstrip(fence[0]))]


def _cut(text: str, room: int, cost: CostOf) -> int:
    """Where to cut so that what is before costs at most `room`, white space at its end not counted."""
    most = _fitting(text, room, cost)
    line = _line_cut(text, most)
    if line and (line >= most // 4 or cost(text[line:].partition("\n")[0]) <= room):
        return line
    return _word_cut(text, most)


def _fitting(text: str, room: int, cost: CostOf) -> int:
    """The most code points from the start that cost at most `room`."""
    low, high = 0, min(len(text), room)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if cost(text[:middle]) <= room else (low, middle - 1)
    if not low:
        msg = f"no room for a single character in {room}"
        raise ValueError(msg)
    return low


def _line_cut(text: str, most: int) -> int:
    """The best start of a line: of a paragraph or a new thought in the last quarter, else the last one, else 0."""
    start = paragraph = thought = 0
    for line in text[: most + 1].split("\n")[:-1]:
        start += len(line) + 1
        if start < most * 3 // 4:
            continue
        if not line.strip():
            paragraph = start
        elif _NEW_THOUGHT.match(text, start):
            thought = start
    return paragraph or thought or start


def _word_cut(text: str, most: int) -> int:
    """The last end of a word in the second half, else the last border between characters."""
    for index in range(most, most // 2, -1):
        if (text[index - 1] in _WORD_ENDS or text[index : index + 1] == " ") and is_border(text, index):
            return index
    borders = range(most, max(most - _LONGEST_CHARACTER, 0), -1)
    return next((index for index in borders if is_border(text, index)), most)


def _extends(char: str) -> bool:
    """Say whether it belongs to the character before: accents, joiners, skin tones, tags, Hangul vowels and finals."""
    if char < "\u0300":
        return False
    if any(first <= char <= last for first, last in _EXTENDERS):
        return True
    return char == _ZWJ or unicodedata.category(char) in {"Mn", "Me", "Mc"}


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_halves_before(text: str, index: int) -> int:
    start = index
    while start and _is_flag_half(text[start - 1]):
        start -= 1
    return index - start
