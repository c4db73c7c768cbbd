"""What the wall clock showed when: it may be set at any time, and what waits ages by what really passed."""

from dataclasses import dataclass

_SET_MS = 2_000  # two looks differ by less where a clock is only corrected little by little
_MOST_SPANS = 32  # the oldest settings are forgotten: by then they say nothing about what waits


@dataclass(frozen=True, slots=True)
class WallClock:
    """`spans` are (steady ms from which on, wall clock minus steady clock), ascending: one more for each setting.

    The first one holds for all time before it too.
    """

    spans: tuple[tuple[int, int], ...] = ()

    def seen(self, *, wall_ms: int, steady_ms: int) -> "WallClock":
        """Take in what both clocks show now; the same where nobody has set the wall clock."""
        offset = wall_ms - steady_ms
        if self.spans and abs(offset - self.spans[-1][1]) <= _SET_MS:
            return self
        return WallClock((*self.spans, (steady_ms, offset))[-_MOST_SPANS:])

    def steady_of(self, at_ms: int, *, steady_ms: int) -> int:
        """Give the steady time at which the wall clock showed `at_ms`; `steady_ms` is now.

        Where it showed that twice, the later time: nothing is older than it must be. Where it never did, the nearest.
        """
        best, least, end = at_ms, None, steady_ms
        for index, (begin, offset) in reversed(list(enumerate(self.spans))):
            found = at_ms - offset
            apart = max(0, found - end, begin - found if index else 0)
            if least is None or apart < least:
                best, least = found, apart
            end = begin
        return best
