"""Which fixed characters stand in a text: the hundreds that a secret can begin with are looked for in one pass."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re2


class Needles:
    """Looks for many words at once, in time that does not grow with their number (RE2's set of patterns)."""

    def __init__(self, needles: Iterable[str]) -> None:
        """Nothing is made ready before the first text: most runs of the app read none."""
        self._needles = tuple(dict.fromkeys(needles))
        self._set: re2.Set | None = None

    def in_text(self, text: str) -> frozenset[str]:
        """Give those that stand in the text in upper or lower case; some that do not may be among them."""
        found = self._ready().Match(text.encode("utf-8", "replace"))
        if not found:  # RE2 gave up: its memory is bounded, and the empty word is in every text
            return frozenset(self._needles)
        return frozenset(self._needles[number] for number in found if number < len(self._needles))

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
