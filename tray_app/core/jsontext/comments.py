"""JSON with comments, and with commas behind the last item where its reader takes them: one member put in, taken out.

Every other byte stays, comments too. Places are found in a copy of the same length in which comments are spaces.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tray_app.core.jsontext.edit import Edited, JsonPath, Undo, WrongShape, deepest, same
from tray_app.core.jsontext.layout import indent_at, member, newline_of, unit_of, written
from tray_app.core.jsontext.spans import Container, JsonSpan, container, parse

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n\r]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
_TRIVIA = re.compile(r"(?:[ \t]|/\*[^\n\r]*?\*/)*(?://[^\n\r]*)?")
_SPACES = re.compile(r"[^\n\r]")


def without_comments(text: str) -> str:
    """Give the text with spaces for comments, so that every place is the same in both."""
    return _TOKEN.sub(lambda found: _SPACES.sub(" ", found[0]) if found[0].startswith("/") else found[0], text)


def without_last_commas(plain: str) -> str:
    """Give a text without comments with a space for each comma behind the last item of something."""
    return _TOKEN.sub(lambda found: " " if found[0] == "," else found[0], plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentedJson:
    """The format: comments are taken; `last_commas`, too, where its reader takes them. Raises NotJson or WrongShape."""

    last_commas: bool

    def parse(self, text: str) -> object:
        """Read the document."""
        return parse(self._plain(text))

    def put(self, text: str, path: JsonPath, value: object) -> Edited:
        """Set the member at `path`, in place of what was there; no undo where it is so already."""
        plain = self._plain(text)
        parse(plain)
        found = deepest(plain, path)
        if isinstance(found, JsonSpan):
            if same(json.loads(plain[found.start : found.end]), value):
                return Edited(text=text, undo=())
            before = text[found.start : found.end]
            whole = written(value, plain, indent_at(plain, found.start))
            edited = text[: found.start] + whole + text[found.end :]
            parse(self._plain(edited))
            return Edited(text=edited, undo=(Undo(path=path, value=value, element=False, before=before),))
        parent, known = found
        whole_value = value
        for key in reversed(path[known + 1 :]):
            whole_value = {key: whole_value}
        undo = Undo(
            path=path,
            value=value,
            element=False,
            created=len(path) - known - 1,
            inside=None if parent.items else text[parent.start + 1 : parent.end - 1],
        )
        edited = self._inserted(text, parent, path[known], whole_value)
        parse(self._plain(edited))
        return Edited(text=edited, undo=(undo,))

    def revert(self, text: str, undo: Sequence[Undo]) -> str:
        """Take the steps back, last first; what others have removed or reshaped meanwhile stays."""
        parse(self._plain(text))
        for back in reversed(undo):
            text = self._taken_back(text, back)
        parse(self._plain(text))  # nothing that cannot be read is ever written
        return text

    def _plain(self, text: str) -> str:
        plain = without_comments(text)
        return without_last_commas(plain) if self.last_commas else plain

    def _taken_back(self, text: str, back: Undo) -> str:
        found = self._find(text, back.path)
        if found is None:
            return text
        if back.before is not None:
            return text[: found.start] + back.before + text[found.end :]
        path, created = back.path, back.created
        text = self._without(text, path, None if created else back.inside)
        while created:  # parents that the step had made and that hold nothing any more
            path, created = path[:-1], created - 1
            parent = self._find(text, path)
            inner = None if parent is None else container(self._plain(text), parent.start)
            if inner is None or parent is None or text[inner.start + 1 : inner.end - 1].strip():
                return text
            text = self._without(text, path, None if created else back.inside)
        return text

    def _find(self, text: str, path: JsonPath) -> JsonSpan | None:
        try:
            found = deepest(self._plain(text), path)
        except WrongShape:
            return None
        return found if isinstance(found, JsonSpan) else None

    def _inserted(self, text: str, items: Container, key: str, value: object) -> str:
        plain, commas = self._plain(text), without_comments(text)
        name = json.dumps(key, ensure_ascii=False)
        if not items.items:
            return _into_empty(text, plain, items, name, value)
        last = items.items[-1]
        gap = plain[items.start + 1 : items.items[0].begin]
        comma = _comma(commas, last.end, items.end - 1)
        if "\n" not in gap:
            space = " " if ": " in plain or ", " in plain else ""
            word = space + member(name, value, plain, None)
            if comma is None:
                return text[: last.end] + "," + word + text[last.end :]
            return text[: comma + 1] + word + "," + text[comma + 1 :]
        indent = gap.rpartition("\n")[2]
        after = last.end if comma is None else comma + 1
        found = _TRIVIA.match(text, after)  # a comment on the line of the last item goes on belonging to it
        at = after if found is None else found.end()
        word = newline_of(text) + indent + member(name, value, plain, indent)
        if comma is None:
            return text[: last.end] + "," + text[last.end : at] + word + text[at:]
        return text[:at] + word + "," + text[at:]

    def _without(self, text: str, path: JsonPath, inside: str | None) -> str:
        plain, commas = self._plain(text), without_comments(text)
        parent = deepest(plain, path[:-1])
        items = container(plain, parent.start) if isinstance(parent, JsonSpan) else None
        at = None if items is None else items.find(path[-1])
        if items is None or at is None:
            return text
        item = items.items[at]
        begin = _line_begin(text, item.begin)
        own_line = begin < item.begin and text[begin] in "\r\n"
        following = items.items[at + 1].begin if at + 1 < len(items.items) else None
        comma = _comma(commas, item.end, items.end - 1 if following is None else following)
        if len(items.items) == 1:
            return _emptied(text, items, begin, item.end if comma is None else comma + 1, inside)
        if comma is None:
            before = _comma(commas, items.items[at - 1].end, item.begin)
            return text if before is None else text[:before] + text[before + 1 : begin] + text[item.end :]
        if following is not None and not own_line:
            return text[: item.begin] + text[following:]
        return text[:begin] + text[item.end : comma] + text[comma + 1 :]


def _into_empty(text: str, plain: str, items: Container, name: str, value: object) -> str:
    inside = text[items.start + 1 : items.end - 1]
    if "\n" not in text.strip() and not inside.strip():
        return text[: items.start + 1] + member(name, value, plain, None) + text[items.end - 1 :]
    newline, outer = newline_of(text), indent_at(plain, items.start) or ""
    indent = outer + unit_of(plain)
    word = newline + indent + member(name, value, plain, indent) + newline + outer
    return text[: items.start + 1] + inside.rstrip() + word + text[items.end - 1 :]


def _emptied(text: str, items: Container, begin: int, end: int, inside: str | None) -> str:
    """Take out the only item; comments beside it stay."""
    left = text[items.start + 1 : begin] + text[end : items.end - 1]
    if not left.strip() or (inside is not None and left.strip() == inside.strip()):
        left = inside or ""
    return text[: items.start + 1] + left + text[items.end - 1 :]


def _line_begin(text: str, at: int) -> int:
    """Where the white space before a place begins, the end of the line above included."""
    blank = at - len(text[:at]) + len(text[:at].rstrip(" \t"))
    if text[:blank].endswith("\r\n"):
        return blank - 2
    return blank - 1 if text[:blank].endswith("\n") else blank


def _comma(commas: str, start: int, end: int) -> int | None:
    """Find the comma between two places in a text without comments."""
    at = commas.find(",", start, end)
    return None if at < 0 else at
