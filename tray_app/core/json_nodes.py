"""The values of a JSON text together with their places, looked at one level at a time."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tray_app.core.json_spans import Span, container, document, parse


@dataclass(frozen=True, slots=True)
class Node:
    """A value of `source`. `at` is its offset, `begin` that of its key where it has one."""

    source: str
    span: Span

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
