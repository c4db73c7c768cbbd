r"""Reads the patterns whose meaning is plain: letters, classes, groups, repeats, anchors.

What else RE2 takes (`\p`, `\C`, `[[:alpha:]]`, cases of other scripts) raises Unsure, and nothing is said of it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TypeAlias

from tray_app.core.policy.matching.letters import DIGIT, EVERY, LINE_END, WORD, Letters, either, has, letters, without


class Unsure(Exception):
    """Nothing is said of this pattern."""


class At(Enum):
    """Where in a text it must be."""

    BEGIN = auto()
    END = auto()
    LINE_BEGIN = auto()
    LINE_END = auto()
    WORD_EDGE = auto()
    NO_WORD_EDGE = auto()


@dataclass(frozen=True, slots=True)
class Row:
    """One after the other."""

    parts: "tuple[Part, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """Any of them."""

    parts: "tuple[Part, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """At least and at most so often; None: without end."""

    part: "Part"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class One:
    """One letter of a set."""

    of: Letters


Part: TypeAlias = "Row | Either | Repeat | One | At"

_FLAGS = re.compile(r"\?([imsU]*)(?:-([imsU]+))?:")
_SWITCH = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?\)")
_AGAIN = re.compile(r"[*+?]|\{\d")
_NAME = re.compile(r"\?P?<\w+>")
_TIMES = re.compile(r"\{(\d{1,4})(?:(,)(\d{1,4})?)?\}")
_HEX = re.compile(r"x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})")
_SPACE = letters("\t\n\f\r ")
_CLASSES = {"d": DIGIT, "s": _SPACE, "w": WORD}
_NAMED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_PLACES = {"A": At.BEGIN, "z": At.END, "b": At.WORD_EDGE, "B": At.NO_WORD_EDGE}
_ASCII = 0x7F
_OTHER_CASES = {"k": "\u212a", "s": "\u017f"}  # which RE2 takes for the same letter


@dataclass(frozen=True, slots=True)
class _Flags:
    any_case: bool = False
    lines: bool = False
    dot_all: bool = False


def read(pattern: str) -> Part:
    """Read a pattern that RE2 takes. Raises Unsure."""
    reader = _Reader(pattern)
    found = reader.choice(_Flags())
    if reader.rest:
        raise Unsure
    return found


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.rest = pattern

    def _take(self, some: str | re.Pattern[str]) -> re.Match[str] | None:
        found = re.compile(re.escape(some)).match(self.rest) if isinstance(some, str) else some.match(self.rest)
        if found is not None:
            self.rest = self.rest[found.end() :]
        return found

    def _next(self) -> str:
        if not self.rest:
            raise Unsure
        letter, self.rest = self.rest[0], self.rest[1:]
        return letter

    def choice(self, flags: _Flags) -> Part:
        rows: list[list[Part]] = [[]]
        while self.rest and self.rest[0] != ")":
            if self._take("|"):
                rows.append([])
                continue
            if said := self._take(_SWITCH):
                flags = _changed(_changed(flags, said[1], on=True), said[2] or "", on=False)
                if self._take(_AGAIN):
                    raise Unsure  # what stands before is repeated
                continue
            rows[-1].append(self._repeated(self._one(flags)))
        found = tuple(Row(tuple(row)) for row in rows)
        return found[0] if len(found) == 1 else Either(found)

    def _repeated(self, part: Part) -> Part:
        while self.rest:
            least, most = 0, None
            if times := self._take(_TIMES):
                least = int(times[1])
                most = least if times[2] is None else int(times[3]) if times[3] else None
            elif self._take("?"):
                most = 1
            elif self._take("+"):
                least = 1
            elif not self._take("*"):
                break
            self._take("?")  # lazy or not, the same texts match
            part = Repeat(part, least, most)
        return part

    def _one(self, flags: _Flags) -> Part:
        letter = self._next()
        match letter:
            case "(":
                return self._group(flags)
            case "[":
                return One(self._class(flags))
            case ".":
                return One(EVERY if flags.dot_all else without(EVERY, LINE_END))
            case "^":
                return At.LINE_BEGIN if flags.lines else At.BEGIN
            case "$":
                return At.LINE_END if flags.lines else At.END
            case "\\":
                place = _PLACES.get(self.rest[:1])
                if place is not None:
                    self._next()
                    return place
                return One(self._escaped(flags))
            case _:
                return One(_in_any_case(letters(letter)) if flags.any_case else letters(letter))

    def _group(self, flags: _Flags) -> Part:
        inner = flags
        if said := self._take(_FLAGS):
            inner = _changed(_changed(flags, said[1], on=True), said[2] or "", on=False)
        elif self.rest.startswith("?") and not self._take(_NAME):
            raise Unsure
        found = self.choice(inner)
        if not self._take(")"):
            raise Unsure
        return found

    def _escaped(self, flags: _Flags) -> Letters:
        if code := self._take(_HEX):
            one = letters(chr(min(int(code[1] or code[2], 16), 0x10FFFF)))
            return _in_any_case(one) if flags.any_case else one
        letter = self._next()
        if letter.lower() in _CLASSES:
            if flags.any_case and letter in "wW":
                raise Unsure
            found = _CLASSES[letter.lower()]
            return found if letter.islower() else without(EVERY, found)
        if letter in _NAMED:
            return letters(_NAMED[letter])
        if letter.isalnum() or not letter.isascii():
            raise Unsure
        return letters(letter)

    def _class(self, flags: _Flags) -> Letters:
        negated, found = bool(self._take("^")), list[Letters]()
        while not found or not self.rest.startswith("]"):
            first = self._of_class(flags)
            if self.rest.startswith("-") and not self.rest.startswith("-]"):
                self._next()
                last = self._of_class(flags)
                first = letters((_only(first), _only(last)))
            found.append(_in_any_case(first) if flags.any_case else first)
        self._next()
        return without(EVERY, either(*found)) if negated else either(*found)

    def _of_class(self, flags: _Flags) -> Letters:
        if self.rest.startswith("[:"):
            raise Unsure
        letter = self._next()
        if letter != "\\":
            return letters(letter)
        if flags.any_case and self.rest[:1] in {"w", "W"}:
            raise Unsure
        return self._escaped(replace(flags, any_case=False))


def _only(some: Letters) -> int:
    if len(some) != 1 or some[0][0] != some[0][1]:
        raise Unsure
    return some[0][0]


def _changed(flags: _Flags, names: str, *, on: bool) -> _Flags:
    for name, change in _SWITCHES.items():
        if name in names:
            flags = change(flags, on)
    return flags


_SWITCHES: dict[str, Callable[[_Flags, bool], _Flags]] = {
    "i": lambda flags, on: replace(flags, any_case=on),
    "m": lambda flags, on: replace(flags, lines=on),
    "s": lambda flags, on: replace(flags, dot_all=on),
}


def _in_any_case(some: Letters) -> Letters:
    """Add the other cases of its ASCII letters. Raises Unsure where there may be others."""
    found = [some]
    for first, last in some:
        if last > _ASCII and not (first == last and chr(first).lower() == chr(first).upper()):
            raise Unsure
        for code in range(first, min(last, _ASCII) + 1):
            if chr(code).isalpha():
                other = chr(code).lower()
                found.append(letters(other, other.upper(), _OTHER_CASES.get(other, "")))
    if has(some, 0x17F) or has(some, 0x212A):
        raise Unsure
    return either(*found)
