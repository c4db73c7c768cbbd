"""One table of a TOML document put in and taken out as text: every other byte stays.

A table is a header and what follows it, so a new one can always stand at the end. What comes out is read again: a
document whose other values would not be the same is left alone.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tray_app.core.jsontext.edit import Edited, JsonPath, Undo, WrongShape

_PLACE = re.compile(r"at line (\d+)")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"[ \t\r\n]+|#[^\n]*")
_PIECE = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|.', re.DOTALL)
_BOM = "\ufeff"


class NotToml(ValueError):
    """The text is no TOML document; `line` (from 1) says where it stops being one."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


@dataclass(frozen=True, slots=True)
class _Block:
    """A header at `start` and all that follows it, up to the end of the last line that says something."""

    path: tuple[str, ...]
    start: int
    end: int


class TomlTables:
    """The format. Raises NotToml, or WrongShape for a document that spells the table in a form that is not known."""

    def parse(self, text: str) -> dict[str, Any]:
        """Read the document, with or without a byte order mark."""
        body = text.removeprefix(_BOM)
        try:
            return tomllib.loads(body)
        except tomllib.TOMLDecodeError as error:
            found = _PLACE.search(str(error))
            raise NotToml(body.count("\n") + 1 if found is None else int(found[1])) from None
        except (RecursionError, ValueError):  # thousands of brackets, a number of thousands of digits
            raise NotToml(1) from None

    def put(self, text: str, path: JsonPath, value: Mapping[str, Any]) -> Edited:
        """Set the table at `path`, in place of one that is there; no undo where it is so already."""
        whole = self.parse(text)
        if _at(whole, path) == value:
            return Edited(text=text, undo=())
        blocks = _within(text, path)
        newline = "\r\n" if "\r\n" in text else "\n"
        table = newline.join(_table(path, value)) + newline
        if blocks:
            before = "".join(text[block.start : block.end] for block in blocks)
            edited = text[: blocks[0].start] + table + _cut(text, blocks)[blocks[0].start :]
            undo = Undo(path=path, value=dict(value), element=False, before=before)
        else:
            between = _between(text, newline)
            edited = text + between + table
            undo = Undo(path=path, value=dict(value), element=False, inside=between)
        self._expect(edited, _with(whole, path, value), path)
        return Edited(text=edited, undo=(undo,))

    def revert(self, text: str, undo: Sequence[Undo]) -> str:
        """Take the steps back, last first; what others have removed or reshaped meanwhile stays."""
        whole = self.parse(text)
        for back in reversed(undo):
            blocks = _within(text, back.path)
            if not blocks:
                continue
            start, rest = blocks[0].start, _cut(text, blocks)
            head = rest[:start] + (back.before or "")
            if back.before is None:
                head = head.removesuffix(back.inside or "")
            if rest[start:] and head.strip(_BOM) and not head.endswith("\n"):  # others have written behind it
                head += "\r\n" if "\r\n" in text else "\n"
            text = head + rest[start:]
            before = None if back.before is None else _at(self.parse(back.before), back.path)
            whole = _with(whole, back.path, before if isinstance(before, Mapping) else None)
            self._expect(text, whole, back.path)
        return text

    def _expect(self, text: str, whole: Mapping[str, Any], path: JsonPath) -> None:
        """See that nothing else is another value now; an empty table is as good as none."""
        try:
            if _filled(self.parse(text)) == _filled(whole):
                return
        except NotToml:
            pass
        raise WrongShape(path[:-1], "table")


def _between(text: str, newline: str) -> str:
    """What stands before a table at the end: the rest of the last line, and a blank one."""
    if not text.strip(_BOM + " \t\r\n"):
        return "" if not text or text.endswith(("\n", _BOM)) else newline
    if not text.endswith("\n"):
        return newline * 2
    return "" if text.endswith(("\n\n", "\n\r\n")) else newline


def _at(whole: Mapping[str, Any], path: JsonPath) -> object:
    found: object = whole
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _with(whole: Mapping[str, Any], path: JsonPath, value: Mapping[str, Any] | None) -> dict[str, Any]:
    key, *rest = path
    inner = whole.get(key)
    below = _with(inner if isinstance(inner, Mapping) else {}, tuple(rest), value) if rest else value
    return {**{name: item for name, item in whole.items() if name != key}, **({} if below is None else {key: below})}


def _filled(whole: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out tables at the top that have nothing in them."""
    return {key: item for key, item in whole.items() if item != {}}


def _within(text: str, path: JsonPath) -> list[_Block]:
    """The table at `path` and those below it."""
    return [block for block in _blocks(text) if block.path[: len(path)] == path]


def _cut(text: str, blocks: Sequence[_Block]) -> str:
    for block in reversed(blocks):
        text = text[: block.start] + text[block.end :]
    return text


def _blocks(text: str) -> Iterator[_Block]:
    """Every header of a valid document with its block; comments above the next header belong to that."""
    first = 1 if text.startswith(_BOM) else 0
    path, start, end, at = None, 0, 0, first
    while at < len(text):
        blank = _BLANK.match(text, at)
        if blank is not None:
            at = blank.end()
            continue
        after = _statement_end(text, at)
        if text[at] == "[":
            if path is not None:
                yield _Block(path, start, end)
            path, start = _header(text[at:after]), max(text.rfind("\n", 0, at) + 1, first)
        at = end = after
    if path is not None:
        yield _Block(path, start, end)


def _statement_end(text: str, at: int) -> int:
    """Where the line ends that begins here, or the last line of its value; the line end included."""
    depth = 0
    while at < len(text):
        found = _PIECE.match(text, at)
        piece = text[at] if found is None else found[0]
        at += len(piece)
        depth += (piece in "[{") - (piece in "]}")
        if piece == "\n" and depth <= 0:
            break
    return at


def _header(line: str) -> tuple[str, ...]:
    """Read the keys of `[a."b c".d]` or `[[a]]`."""
    found: Any = tomllib.loads(line)
    keys: list[str] = []
    while isinstance(found, Mapping | list) and found:
        if isinstance(found, list):
            found = found[0]
        else:
            keys.append(next(iter(found)))
            found = found[keys[-1]]
    return tuple(keys)


def _table(path: JsonPath, value: Mapping[str, Any]) -> list[str]:
    return [f"[{'.'.join(map(_key, path))}]", *(f"{_key(key)} = {_value(item)}" for key, item in value.items())]


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # strings, numbers, booleans: as in JSON
