"""What an agent wrote, exactly as it will go out: nothing in it is markup, and nothing in it stays unseen.

Characters that a screen does not show, or that turn the order of others round, stand as their number: `U+202E`.
"""

import unicodedata
from collections.abc import Iterator

from markupsafe import Markup, escape

_KEPT = frozenset("\n\t")
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})
_UNSEEN = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters by their kind, blank to the eye
_JOINER = "\u200d"  # of emoji: a family is one picture of several characters
_SIGN = Markup('<span class="unseen">U+{}</span>')


def visible(words: str) -> Markup:
    """Escape it; white space stays as it is (the style sheet keeps it)."""
    words = words.replace("\r\n", "\n")
    if words.isascii() and words.replace("\n", "").replace("\t", "").isprintable():
        return escape(words)
    return Markup().join(_pieces(words))


def _pieces(words: str) -> Iterator[Markup]:
    plain = 0
    for at, letter in enumerate(words):
        if _is_seen(words, at, letter):
            continue
        yield escape(words[plain:at])
        yield _SIGN.format(f"{ord(letter):04X}")
        plain = at + 1
    yield escape(words[plain:])


def _is_seen(words: str, at: int, letter: str) -> bool:
    if letter == _JOINER:
        return 0 < at < len(words) - 1 and _is_picture(words[at + 1]) and _is_picture(words[at - 1])
    return letter in _KEPT or (letter not in _UNSEEN and unicodedata.category(letter) not in _UNSEEN_KINDS)


def _is_picture(letter: str) -> bool:
    return unicodedata.category(letter) in {"So", "Sk"} or letter == "\ufe0f"
