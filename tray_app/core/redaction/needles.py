"""Where fixed characters can stand in a text: the hundreds that a secret can begin with are looked for in one pass."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re2

STRETCH = 1_000  # characters: so that where a needle stands is known nearly, and looked for only there


class Needles:
    """Looks for many words at once, in time that does not grow with their number (RE2's set of patterns)."""

    def __init__(self, needles: Iterable[str]) -> None:
        """Nothing is made ready before the first text: most runs of the app read none."""
        self._needles = tuple(dict.fromkeys(needles))
        self._longest = max(map(len, self._needles))
        self._set: re2.Set | None = None

    def in_text(self, text: str) -> Mapping[str, Sequence[int]]:
        """Give those that stand in the text in upper or lower case, each with the stretches that it begins in.

        A stretch is known by its first place and is `STRETCH` long. Some that do not stand there may be among them.
        """
        found: dict[str, list[int]] = {}
        for start in range(0, len(text), STRETCH):
            for needle in self._in(text[start : start + STRETCH + self._longest - 1]):
                found.setdefault(needle, []).append(start)
        return found

    def _in(self, text: str) -> Iterable[str]:
        found = self._ready().Match(text.encode("utf-8", "replace"))
        if not found:  # RE2 gave up: its memory is bounded, and the empty word is in every text
            return self._needles
        return [self._needles[number] for number in found if number < len(self._needles)]

    def _ready(self) -> "re2.Set":
        if self._set is None:
            import re2  # takes 20 ms

            options = re2.Options()
            options.literal, options.case_sensitive, options.log_errors = True, False, False
            self._set = re2.Set.SearchSet(options)
            for needle in (*self._needles, ""):
                self._set.Add(needle)
            self._set.Compile()
        return self._set


class NeedlePlaces:
    """Where one needle stands in a text, found one after another; `stretches` are those of `Needles.in_text`."""

    def __init__(self, text: str, needle: str, stretches: Iterable[int]) -> None:
        """`skip_to` is set by whoever goes through them: what begins before it is passed over."""
        self._text, self._needle, self._stretches = text, needle, stretches
        self.skip_to = 0

    def __iter__(self) -> Iterator[int]:
        """Give the places in their order; no two overlap."""
        for start in self._stretches:
            stop = start + STRETCH + len(self._needle) - 1
            at = self._text.find(self._needle, max(start, self.skip_to), stop)
            while at >= 0:
                self.skip_to = at + len(self._needle)
                yield at
                at = self._text.find(self._needle, self.skip_to, stop)
