"""Patterns of the owner: RE2's, which every search ends with in linear time."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re2

MAX_PATTERN_CHARS = 1_000
_MOST_STEPS = 10_000  # of a compiled pattern; more could keep the longest message for seconds
_MOST_TOGETHER = 500  # steps; a pattern has 20 to 70, and of big ones each alone is found sooner
_NONE: frozenset[str] = frozenset()


class BadPattern(ValueError):
    """The pattern is none of RE2's, or one too big; `why` is the library's own word, empty for too big."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why)
        self.why = why


@lru_cache(maxsize=512)
def compiled(pattern: str) -> "re2._Regexp":
    r"""Compile it, once. As in hosted policies `\w`, `\d`, `\s` and `\b` know ASCII alone. Raises BadPattern."""
    import re2  # few policies have a pattern

    if len(pattern) > MAX_PATTERN_CHARS:
        raise BadPattern
    try:
        found = re2.compile(pattern, _options())
    except re2.error as error:
        why = error.args[0].decode("utf-8", "replace")
        raise BadPattern("" if "too large" in why else why) from None
    except UnicodeEncodeError:
        raise BadPattern("half a surrogate pair") from None
    if found.programsize > _MOST_STEPS:
        raise BadPattern
    return found


def finder(pattern: str) -> Callable[[object], bool | None]:
    """Make the question whether a value is a text in which the pattern is found; None where that cannot be said."""
    try:
        search = compiled(pattern).search
    except BadPattern:
        return lambda _value: None

    def found(value: object) -> bool | None:
        try:
            return isinstance(value, str) and search(value) is not None
        except UnicodeEncodeError:  # half a surrogate pair: no text that RE2 could look at
            return None

    return found


class Patterns:
    """Several patterns, looked for together: a search costs by the text, hardly by how many patterns there are."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Compile them; raises BadPattern where one is bad."""
        self._sets = [(group, _set_of(group) if group[1:] else None) for group in _groups(dict.fromkeys(patterns))]

    def found_in(self, value: object) -> frozenset[str] | None:
        """Give those that a text has, none of what is no text; None where that cannot be said, as by `finder`."""
        if not isinstance(value, str):
            return _NONE
        try:
            text = value.encode()
        except UnicodeEncodeError:
            return None
        return _NONE.union(*(_found(group, together, text) for group, together in self._sets))


def _groups(patterns: Iterable[str]) -> Iterator[list[str]]:
    """Part them into what is looked for together."""
    group: list[str] = []
    steps = 0
    for pattern in patterns:
        size = compiled(pattern).programsize
        if group and steps + size > _MOST_TOGETHER:
            yield group
            group, steps = [], 0
        group.append(pattern)
        steps += size
    yield group


def _set_of(patterns: Iterable[str]) -> "re2.Set":
    import re2

    found = re2.Set.SearchSet(_options())
    for pattern in (*patterns, ""):  # the last is in every text: where nothing is found, the search was given up
        found.Add(pattern)
    found.Compile()
    return found


def _found(group: list[str], together: "re2.Set | None", text: bytes) -> Iterable[str]:
    numbers = together.Match(text) if together else None
    if not numbers:  # one alone, or the search was given up: its memory is bounded
        return [pattern for pattern in group if compiled(pattern).search(text)]
    return [group[number] for number in numbers if number < len(group)]


def _options() -> "re2.Options":
    import re2

    options = re2.Options()
    options.log_errors = False  # it would write to standard error
    return options
