"""How foreign text is put into our markdown without breaking what stands around it."""

import re

_HEADING = re.compile(r"^\s*#{1,6}(?=\s|$)")
_RULE = re.compile(r"^[\s>]*([-=*_])(?:\s*\1)*\s*$")  # "---" also makes a heading of the line above it
_FENCE = re.compile(r"^\s*(?P<mark>`{3,}|~{3,})(?P<rest>.*)$")
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

    Its headings become bold, its rules fall away, and a code fence left open is closed: nothing of what follows
    becomes part of it. What stands inside a fence is left alone.
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
    return "\n".join([*lines, fence] if fence else lines).strip("\n")


def _plain(line: str) -> str:
    heading = _HEADING.match(line)
    if heading is None:
        return line.rstrip()
    words = line[heading.end() :].strip().rstrip("#").rstrip().replace("**", "")
    return f"**{words}**" if words else ""
