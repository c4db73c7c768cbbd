"""Pairing: a one-time code that is shown at the computer, and who sends it to the robot may answer from then on."""

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import Enum

from tray_app.core.phone.codes import ALPHABET, PickBelow

PAIRING_CHARS = 8
MOST_TRIES = 5
VALID_MS = 600_000
_CODE = re.compile(rf"(?<![A-Z0-9])[{ALPHABET}]{{{PAIRING_CHARS}}}(?![A-Z0-9])")


class Tried(Enum):
    """What a message was, to an offer."""

    RIGHT = "right"
    WRONG = "wrong"
    NOTHING = "nothing"  # no such code stands in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A code that pairs whoever sends it, until the steady clock shows `ends_ms`, or was tried too often."""

    code: str
    ends_ms: int
    tries: int = 0

    def holds(self, steady_ms: int) -> bool:
        """Whether it can still be used."""
        return steady_ms < self.ends_ms and self.tries < MOST_TRIES

    def tried(self, written: str) -> "tuple[Offer, Tried]":
        """Try what somebody wrote: the code alone, or with words around it."""
        found = _CODE.search(unicodedata.normalize("NFKC", written).upper())
        if found is None:
            return self, Tried.NOTHING
        if found[0] == self.code:
            return replace(self, tries=MOST_TRIES), Tried.RIGHT  # once
        return replace(self, tries=self.tries + 1), Tried.WRONG


def new_offer(pick: PickBelow, *, steady_ms: int) -> Offer:
    """Draw a code, for ten minutes and few tries."""
    code = "".join(ALPHABET[pick(len(ALPHABET))] for _ in range(PAIRING_CHARS))
    return Offer(code=code, ends_ms=steady_ms + VALID_MS)
