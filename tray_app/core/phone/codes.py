"""The short code that binds an answer from the phone to one thing that waits.

It is no secret: who may answer is decided by the sender alone. It keeps an old button, or a button that was tapped
twice, from answering something else.
"""

import re
import unicodedata
from collections.abc import Callable, Container

ALPHABET = "2345679ACDEFHJKMNPQRTUVWXYZ"  # none that reads like another one: 0 O, 1 I L, 8 B, 5 S, 6 G
CODE_CHARS = 4
_CODE = re.compile(rf"(?=[A-Z]*\d)(?=\d*[A-Z])[{ALPHABET}]{{{CODE_CHARS}}}")  # never a number, never a word

_AMONG = re.compile(rf"(?<![A-Z\d])[{ALPHABET}]{{{CODE_CHARS}}}(?![A-Z\d])")
_ALMOST = re.compile(r"(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z\d]{3,5}(?![A-Z\d])")
_PARTED = re.compile(r"(?:[A-Z\d]{2}[\s._-]+[A-Z\d]{2}|[A-Z\d](?:[\s._-]+[A-Z\d]){3})(?![A-Z\d])")

PickBelow = Callable[[int], int]
"""A random number from 0 up to, and without, its argument."""


def new_code(pick: PickBelow, *, taken: Container[str] = ()) -> str:
    """Draw a code that is not taken."""
    while True:
        code = "".join(ALPHABET[pick(len(ALPHABET))] for _ in range(CODE_CHARS))
        if _CODE.fullmatch(code) and code not in taken:
            return code


def code_in(word: str) -> str:
    """Read a word as a code, however it is written (`k7qp`, full-width); empty where it cannot be one."""
    said = unicodedata.normalize("NFKC", word).upper()
    return said if _CODE.fullmatch(said) else ""


def codes_among(words: str) -> frozenset[str]:
    """Every word that can be a code."""
    said = unicodedata.normalize("NFKC", words).upper()
    return frozenset(found for found in _AMONG.findall(said) if _CODE.fullmatch(found))


def begins_like_code(words: str) -> bool:
    """Whether they begin with what may be a code: a sign is wrong, missing or too many (`K70P`), or it has blanks."""
    said = unicodedata.normalize("NFKC", words).upper().lstrip()
    parted = _PARTED.match(said)
    signs = said if parted is None else "".join(filter(str.isalnum, parted[0]))
    return _ALMOST.match(signs) is not None
