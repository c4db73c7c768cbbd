"""What a row of the tables of forms says: where a secret can begin, and what it looks like."""

import re
from dataclasses import dataclass, field
from functools import cache

from tray_app.core.redaction.kinds import SecretKind

START = r"(?<![A-Za-z0-9_-])"
RUN = r"[A-Za-z0-9_-]"
FIGURE = (  # `80%used`, `24.04LTS!`, `200ok`: what follows is no password, in lower case
    r"\d{1,4}(?:\.\d{1,3}){0,2}(?:%[a-z]{0,8}|lts|ok|g(?:hz)?|[kmgt]i?b)[!,;]?(?!\S)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of one kind. `mixed`: only where a digit and a letter stand in it (names made of words do not).

    A group `secret` in the pattern is what is masked; without one it is the whole match. `striking`: only where it is
    no word, name, version or figure. `least`: so many characters at least. `loose`: needles and pattern are lower-case
    and meet the text in lower case. `inner`: so many characters may stand before the needle.
    """

    kind: SecretKind
    needles: tuple[str, ...]
    source: str = field(repr=False)
    mixed: bool = False
    striking: bool = False
    least: int = 0
    loose: bool = False
    inner: int = 0

    @property
    def pattern(self) -> re.Pattern[str]:
        """The form as a pattern; made when one of the needles stands in a text, for most never do."""
        return compiled(self.source)


@cache
def compiled(source: str) -> re.Pattern[str]:
    """Compile a pattern of ours, once."""
    return re.compile(source)


def form(
    kind: SecretKind,
    needles: str,
    pattern: str,
    *,
    mixed: bool = False,
    striking: bool = False,
    least: int = 0,
    loose: bool = False,
    inner: int = 0,
) -> Form:
    """Make one. `needles` are separated by blanks; a `¬` in one is a blank."""
    return Form(
        kind=kind,
        needles=tuple(word.replace("¬", " ") for word in needles.split()),
        source=pattern,
        mixed=mixed,
        striking=striking,
        least=least,
        loose=loose,
        inner=inner,
    )
