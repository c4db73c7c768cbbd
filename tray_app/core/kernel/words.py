"""Words that fit on one line, and the clock of whoever reads them."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

_ROW_CHARS = 100
LABEL_CHARS = 45  # what a menu shows on one line without growing over half the screen


LocalTime: TypeAlias = Callable[[int], datetime]
"""Wall-clock ms since 1970 -> the owner's local time. Passed in, because the core knows no time zone."""


def short_name(tool: str) -> str:
    """Name a tool without the prefix that all of them have."""
    return tool.removeprefix("dingtalk_")


def fit(words: str, room: int = LABEL_CHARS) -> str:
    """One clean line of at most `room` characters.

    Titles come from agents: control characters would break the line or the bus (D-Bus allows no NUL and no lone
    surrogate), and direction marks could make a line read as another one, so only printable characters stay.
    """
    clean = " ".join(words.split())
    if not clean.isprintable():
        clean = " ".join("".join(char for char in clean if char.isprintable()).split())
    return clean if len(clean) <= room else clean[: room - 1].rstrip() + "…"


def rows(words: str) -> int:
    """Count the lines that a piece of one very long line would fill: to say how much was left out."""
    return -(-len(words) // _ROW_CHARS)
