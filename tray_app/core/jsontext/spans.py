"""Where every value of a JSON text stands, and the values as nodes with their places."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()
_BOM = "\ufeff"


class NotJson(ValueError):
    """The text is no JSON document; `line` and `column` (from 1) say where it stops being one."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}")
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonSpan:
    """A value at `text[start:end]`; with its key, if it has one, it begins at `begin`."""

    key: str | None
    begin: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """An object or list at `text[start:end]`, brackets included."""

    is_list: bool
    start: int
    end: int
    items: tuple[JsonSpan, ...]

    def find(self, key: str) -> int | None:
        """The index of the last member of that name."""
        found = [at for at, item in enumerate(self.items) if item.key == key]
        return found[-1] if found else None


def parse(text: str) -> object:
    """Read the document, with or without a byte order mark. Raises NotJson."""
    body = text.removeprefix(_BOM)
    try:
        return json.loads(body, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _at(body, error.pos) from None
    except _Constant as constant:
        at = next(found.start() for found in _TOKEN.finditer(body) if found[0].startswith(str(constant)))
        raise _at(body, at) from None
    except ValueError:  # a number of thousands of digits
        raise _at(body, max(_TOKEN.finditer(body), key=_digits).start()) from None
    except RecursionError:  # thousands of brackets
        raise NotJson(1, 1) from None


def document(text: str) -> JsonSpan:
    """Span of the whole value of a valid document."""
    start = _after_space(text, 1 if text.startswith(_BOM) else 0)
    return JsonSpan(key=None, begin=start, start=start, end=len(text.rstrip()))


def container(text: str, start: int) -> Container | None:
    """Members or elements of the value at `start` of a valid document; None where it is neither an object nor a list.

    What is inside of them is passed over at the decoder's speed: a document of megabytes takes a tenth of a second.
    """
    if text[start] not in "{[":
        return None
    is_list, items, at = text[start] == "[", [], _after_space(text, start + 1)
    while text[at] not in "}]":
        begin, key = at, None
        if not is_list:
            key, at = _decoded(text, at)
            at = _after_space(text, _after_space(text, at) + 1)  # the colon
        _, end = _decoded(text, at)
        items.append(JsonSpan(key=key, begin=begin, start=at, end=end))
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return Container(is_list=is_list, start=start, end=at + 1, items=tuple(items))


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _decoded(text: str, at: int) -> tuple[Any, int]:
    """Read the value that begins at `at`; give where it ends."""
    try:
        return _DECODER.raw_decode(text, at)
    except RecursionError:  # nearly as deep as could be read before
        raise NotJson(1, 1) from None


def _digits(token: re.Match[str]) -> int:
    return len(token[0]) if token[0].removeprefix("-").isdigit() else 0


class _Constant(ValueError):
    pass


def _no_constant(name: str) -> NoReturn:
    raise _Constant(name)


def _at(body: str, pos: int) -> NotJson:
    return NotJson(body.count("\n", 0, pos) + 1, pos - body.rfind("\n", 0, pos))


@dataclass(frozen=True, slots=True)
class Node:
    """A value of `source`. `at` is its offset, `begin` that of its key where it has one."""

    source: str
    span: JsonSpan

    @property
    def at(self) -> int:
        """Where the value begins."""
        return self.span.start

    @property
    def begin(self) -> int:
        """Where the member begins: its key, else the value itself."""
        return self.span.begin

    @property
    def key(self) -> str:
        """The member's key; empty for the document and for elements of a list."""
        return self.span.key or ""

    @property
    def is_object(self) -> bool:
        """Whether it has members."""
        return self.source[self.at] == "{"

    @property
    def is_list(self) -> bool:
        """Whether it has elements."""
        return self.source[self.at] == "["

    def value(self) -> object:
        """Read the value as plain data."""
        found: object = json.loads(self.source[self.at : self.span.end])
        return found

    def __iter__(self) -> Iterator["Node"]:
        """Members or elements, in order; none of anything else."""
        inside = container(self.source, self.at)
        return iter([] if inside is None else [Node(self.source, item) for item in inside.items])


def root(source: str) -> Node:
    """Read a document without a byte order mark. Raises NotJson with line and column."""
    parse(source)
    return Node(source, document(source))
