"""Characters that show nothing: what comes along with a paste, and texts that hold nothing else."""

import unicodedata
from itertools import pairwise

_NOTHING = frozenset({"Cc", "Cf", "Cs"})
_NOT_SHOWN = _NOTHING | {"Co", "Cn"}
_BLANK = frozenset({"Zs", "Zl", "Zp"})
_UNSEEN = frozenset(  # letters and marks by their kind, blank to the eye: fillers, selectors, an empty braille cell
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0000, 0xE1000))))
)
_AS_EMOJI = "\ufe0f"  # behind a digit or an arrow too: 1️⃣ ↔️
_OF_EMOJI = "\u200d" + _AS_EMOJI
_MARK = "\ufffd"


def visible(written: str) -> str:
    """Drop characters nobody sees: zero-width marks, byte order marks, direction marks, controls but line breaks."""
    return "".join(char for char in written if char in "\n\t" or unicodedata.category(char) not in _NOT_SHOWN)


def is_hidden(char: str) -> bool:
    """Whether a reader sees nothing of this character, which is neither a blank nor a line break."""
    return char in _UNSEEN or (unicodedata.category(char) in _NOT_SHOWN and not char.isspace())


def is_blank(written: str) -> bool:
    """Whether a reader would see nothing at all."""
    return all(char.isspace() or char in _UNSEEN or unicodedata.category(char) in _NOTHING | _BLANK for char in written)


def with_marks(written: str) -> str:
    """Put a mark in the place of each character that nobody sees, so that nothing hides; an emoji's own stay."""
    return "".join(_MARK if _hides(char, before) else char for before, char in pairwise(f" {written}"))


def _hides(char: str, before: str) -> bool:
    of_emoji = char in _OF_EMOJI and (before in _OF_EMOJI or unicodedata.category(before) in {"So", "Sk"})
    of_sign = char == _AS_EMOJI and (before in "0123456789#*" or unicodedata.category(before) in {"Sm", "Po"})
    return is_hidden(char) and not of_emoji and not of_sign
