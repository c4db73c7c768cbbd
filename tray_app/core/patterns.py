"""An owner's regular expressions, held to a bound: of time while they search, of size when they are compiled."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

MAX_PATTERN_CHARS = 1_000
_MOST_EXPANDED = 20_000  # (((a{1000}){1000}){1000}) filled all memory: `regex` writes counted repeats out
_STEP = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((?:\?[^()]{0,3})?|\)|\{\d*,?\d*\}|.", re.DOTALL)


class BadPattern(ValueError):
    """The pattern is no regular expression, or one too big; `why` is the library's own word, empty for too big."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why)
        self.why = why


@lru_cache(maxsize=512)
def compiled(pattern: str) -> "regex.Pattern[str]":
    """Compile it, once. Raises BadPattern."""
    import regex  # 30 ms, and few policies have a pattern

    if len(pattern) > MAX_PATTERN_CHARS or _expanded(pattern) > _MOST_EXPANDED:
        raise BadPattern
    try:
        return regex.compile(pattern, cache_pattern=False)
    except regex.error as error:
        raise BadPattern(str(error)) from None
    except (RecursionError, OverflowError, MemoryError, ValueError, TypeError, AttributeError, KeyError, IndexError):
        raise BadPattern from None  # its parser meets some broken patterns with errors of its own


def finder(pattern: str, *, timeout_s: float) -> Callable[[object], bool | None]:
    """Make the question whether a value is a text in which the pattern is found; None where that takes too long."""
    try:
        search = compiled(pattern).search
    except BadPattern:
        return lambda _value: None

    def found(value: object) -> bool | None:
        try:
            return isinstance(value, str) and search(value, timeout=timeout_s) is not None
        except (TimeoutError, MemoryError, RecursionError):
            return None

    return found


def _expanded(pattern: str) -> int:
    """Estimate the size with counted repeats written out, from above."""
    sizes, last = [0], 0
    for step in _STEP.findall(pattern):
        if step[0] == "(":
            sizes[-1] += last
            sizes.append(0)
            last = 0
        elif step == ")" and len(sizes) > 1:
            last += sizes.pop()
        elif step[0] == "{" and len(step) > 1:
            last *= max([1, *(int(count[:9]) for count in step[1:-1].split(",") if count)])
        else:
            sizes[-1] += last
            last = 1
    return sum(sizes) + last
