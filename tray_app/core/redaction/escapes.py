r"""A text whose marks are escaped (`DB\_PASSWORD`), parted by what nobody sees, or written wide, as its reader sees it.

Each character's place in what was written is kept.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

from tray_app.core.redaction.kinds import SecretSpan

_UNSEEN = "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
_ESCAPE = re.compile(
    r"\\(?P<mark>[!-/:-@\[-`{-~])|(?P<entity>&(?:lt|gt|amp|quot|nbsp|#\d{1,6}|#x[0-9a-f]{1,6});)"
    rf"|[{_UNSEEN}]|(?P<blank>[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000])|(?P<wide>[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a])",
    re.IGNORECASE,
)
_WIDE = 0xFEE0  # from a wide letter or figure to the one of ASCII


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
        read = _read(found)
        parts += [text[end : found.start()], read]
        at += [*range(end, found.start()), *[found.start()] * len(read)]
        end = found.end()
    if not end:
        return None
    return Unescaped(text="".join([*parts, text[end:]]), at=[*at, *range(end, len(text) + 1)])


def _read(found: re.Match[str]) -> str:
    if found["wide"]:
        return chr(ord(found["wide"]) - _WIDE)
    if found["blank"] or found["entity"] == "&nbsp;":
        return " "
    return found["mark"] or unescape(found["entity"] or "")
