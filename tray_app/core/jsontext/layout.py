"""How an item gets into a JSON text and out of it: written as its neighbours are, with the commas it needs."""

import json
import re

from tray_app.core.jsontext.spans import Container

_INDENTED = re.compile(r"\n([ \t]+)\S")


def inside_of(text: str, items: Container) -> str | None:
    """What stands between the brackets of an empty container; None where it has items."""
    return None if items.items else text[items.start + 1 : items.end - 1]


def inserted(text: str, items: Container, key: str, value: object) -> str:
    """Put a member or element at the end of its container, written as its neighbours are."""
    newline = newline_of(text)
    if items.items:
        last = items.items[-1]
        first = items.items[0].begin
        gap = text[items.start + 1 : first]
        multiline = "\n" in gap
        indent = gap.rpartition("\n")[2] if multiline else ""
        between = "," + (newline + indent if multiline else " " if ": " in text or ", " in text else "")
        word = member(key, value, text, indent if multiline else None)
        return text[: last.end] + between + word + text[last.end :]
    if "\n" not in text.strip():
        return text[: items.start + 1] + member(key, value, text, None) + text[items.end - 1 :]
    outer = indent_at(text, items.start) or ""
    indent = outer + unit_of(text)
    word = member(key, value, text, indent)
    return text[: items.start + 1] + newline + indent + word + newline + outer + text[items.end - 1 :]


def removed(text: str, items: Container, at: int, inside: str | None) -> str:
    """Take an item out together with the comma before it (of the first one: after it)."""
    item = items.items[at]
    if len(items.items) == 1:
        return text[: items.start + 1] + (inside or "") + text[items.end - 1 :]
    if at:
        return text[: items.items[at - 1].end] + text[item.end :]
    return text[: item.begin] + text[items.items[1].begin :]


def member(key: str, value: object, text: str, indent: str | None) -> str:
    """Write a member (`key` as JSON), or an element (`key` empty)."""
    colon = ":" if indent is None and '": ' not in text and '":' in text else ": "
    return (key + colon if key else "") + written(value, text, indent)


def written(value: object, text: str, indent: str | None) -> str:
    """Write a value: on one line, or in the document's own steps of indentation below `indent`."""
    if indent is None:
        tight = '":' in text and '": ' not in text
        return json.dumps(value, ensure_ascii=False, separators=(",", ":") if tight else None)
    lines = json.dumps(value, ensure_ascii=False, indent=unit_of(text)).split("\n")
    return newline_of(text).join([lines[0], *(indent + line for line in lines[1:])])


def indent_at(text: str, at: int) -> str | None:
    """The white space that begins the line of a position; None in a document of one line."""
    if "\n" not in text.strip():
        return None
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def newline_of(text: str) -> str:
    """How its lines end."""
    return "\r\n" if "\r\n" in text else "\n"


def unit_of(text: str) -> str:
    """One step of indentation: what begins the first indented line."""
    found = _INDENTED.search(text)
    return "  " if found is None else found[1]
