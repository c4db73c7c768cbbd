r"""A text whose marks are escaped (`DB\_PASSWORD`) or parted by zero-width spaces, as its reader sees it.

Each character's place in what was written is kept.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

from tray_app.core.redaction.kinds import SecretSpan

_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])|(&(?:lt|gt|amp|quot|nbsp|#\d{1,6}|#x[0-9a-f]{1,6});)|\u200b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unescaped:
    """The text as it is read; `at[n]` is where the n-th character of it stands as written, its length included."""

    text: str
    at: Sequence[int]

    def as_written(self, span: SecretSpan) -> SecretSpan:
        """The same span in the text as it was written."""
        return SecretSpan(start=self.at[span.start], end=self.at[span.end], kind=span.kind)


def unescaped(text: str) -> Unescaped | None:
    """Read over escapes; None where there are none."""
    parts: list[str] = []
    at: list[int] = []
    end = 0
    for found in _ESCAPE.finditer(text):
        read = found[1] or unescape(found[2] or "")
        parts += [text[end : found.start()], read]
        at += [*range(end, found.start()), *[found.start()] * len(read)]
        end = found.end()
    if not end:
        return None
    return Unescaped(text="".join([*parts, text[end:]]), at=[*at, *range(end, len(text) + 1)])
