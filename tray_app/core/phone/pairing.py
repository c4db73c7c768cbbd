"""Pairing: a one-time code that is shown at the computer, and who sends it to the robot may answer from then on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeAlias

from tray_app.core.phone.codes import ALPHABET, PickBelow
from tray_app.core.phone.spelling import bare, unquoted

PAIRING_CHARS = 8
MOST_TRIES = 5
VALID_MS = 600_000
_CODE = re.compile(rf"(?:(?:PAIR|配对)[\s:,，]*)?([{ALPHABET}]{{{PAIRING_CHARS}}})")
Sender: TypeAlias = tuple[str, str]
"""Company and person."""


class Tried(Enum):
    """What a message was, to an offer."""

    RIGHT = "right"
    WRONG = "wrong"
    SPENT = "spent"  # this sender has tried too often
    NOTHING = "nothing"  # no such code


def is_code(written: str) -> bool:
    """Whether this looks like a pairing code, of whichever computer; a word of eight letters does not."""
    said = bare(unquoted(written)).upper()
    return _CODE.fullmatch(said) is not None and any(char.isdigit() for char in said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A code that pairs whoever sends it, once, until the steady clock shows `ends_ms`; each sender has few `tries`."""

    code: str
    ends_ms: int
    used: bool = False
    tries: Mapping[Sender, int] = field(default_factory=dict)

    def holds(self, steady_ms: int) -> bool:
        """Whether it can still be used."""
        return steady_ms < self.ends_ms and not self.used

    def spent_by(self, sender: Sender) -> bool:
        """Whether this sender has no try left."""
        return self.tries.get(sender, 0) >= MOST_TRIES

    def tried(self, written: str, sender: Sender) -> "tuple[Offer, Tried]":
        """Try what somebody wrote: the code alone, or "pair" and the code. A word among others is none."""
        found = _CODE.fullmatch(bare(unquoted(written)).upper())
        if found is None:
            return self, Tried.NOTHING
        if self.spent_by(sender):
            return self, Tried.SPENT
        if found[1] == self.code:
            return replace(self, used=True), Tried.RIGHT
        return replace(self, tries={**self.tries, sender: self.tries.get(sender, 0) + 1}), Tried.WRONG


def new_offer(pick: PickBelow, *, steady_ms: int) -> Offer:
    """Draw a code, for ten minutes."""
    code = "".join(ALPHABET[pick(len(ALPHABET))] for _ in range(PAIRING_CHARS))
    return Offer(code=code, ends_ms=steady_ms + VALID_MS)
