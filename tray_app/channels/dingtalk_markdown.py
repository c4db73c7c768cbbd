"""Markdown as DingTalk's phones show it: they swallow a single line break unless the line ends in two blanks."""

import re

from tray_app.core.split import fence_after

_APART = re.compile(
    r"""
    \s*$ | [ ]{0,3}\#{1,6}(?:\s|$)                # blank, heading
    | [ ]{0,3}(?:[-*_=][ \t]*){3,}$ | [ ]{0,3}=+\s*$  # rule or underlined heading
    | \s*\|                                       # table row
    | [ ]{0,3}>                                   # quote
    | (?:[ ]{4}|\t)                               # indented: code, or a list item's second line
    """,
    re.VERBOSE,
)
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+\S")
_BROKEN = ("  ", "\\", "<br>", "<br/>", "<br />")


def phone_breaks(markdown: str) -> str:
    """End each line that is followed by plain text in two blanks, so that phones show the break.

    Headings, quotes, tables and code stay as they are, and so does a list item before the next one. Doing it twice
    changes nothing.
    """
    lines = markdown.split("\n")
    shown: list[str] = []
    fence = ""
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        before, fence = fence, fence_after(fence, line)
        fenced = bool(before or fence or fence_after("", following))
        shown.append(line if fenced or not _runs_on(line, following) else line.rstrip(" ") + "  ")
    return "\n".join(shown)


def _runs_on(line: str, following: str) -> bool:
    """Say whether a phone would join the two lines."""
    if _APART.match(line) or _APART.match(following) or _ITEM.match(following):
        return False
    return not line.endswith(_BROKEN)
