"""The words of one line of markdown, as a title or a list shows them."""

import re

from tray_app.core.messages.markdown import item

_LINK = re.compile(r"!?\[([^\[\]]{1,200})\]\([^()\s]{1,2000}\)")
_STRESS = re.compile(r"(\*\*|`)(?=\S)(.{1,300}?)(?<=\S)\1")


def plain_line(line: str) -> str:
    """Take off list and heading marks, links and stress; a single `_` or `*` may be part of a name, and stays."""
    return item(_STRESS.sub(r"\2", _LINK.sub(r"\1", item(line))))
