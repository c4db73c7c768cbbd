"""What the wall clock showed when: it may be set at any time, and what waits ages by what really passed."""

from dataclasses import dataclass

_SET_MS = 2_000  # two looks differ by less where a clock is only corrected little by little
_MOST_SPANS = 32  # the oldest settings are forgotten: by then they say nothing about what waits


@dataclass(frozen=True, slots=True)
class WallClock:
    """`spans` are (steady ms from which on, wall clock minus steady clock), ascending: one more for each setting.

    There is at least one, which holds for all time before it too. `boot` names the steady clock's beginning; empty
    where nobody knows. From steady time `sure_from` on ages are measured; before it the wall clock alone was believed.
    """

    spans: tuple[tuple[int, int], ...]
    boot: str = ""
    sure_from: int = 0

    @classmethod
    def begun(cls, *, wall_ms: int, steady_ms: int, boot: str = "", kept: object = None) -> "WallClock":
        """Begin with what both clocks show now, and go on with what an earlier run has `kept`.

        After another start of the machine nobody knows what passed meanwhile but the wall clock: it is believed.
        """
        fresh = cls(((steady_ms, wall_ms - steady_ms),), boot, steady_ms)
        spans = _read(kept)
        if not spans:
            return fresh
        if boot and isinstance(kept, dict) and kept.get("boot") == boot and spans[-1][0] <= steady_ms:
            sure_from = kept.get("sure_from")
            sure_from = sure_from if type(sure_from) is int else steady_ms  # kept by a version that did not say
            return cls(spans, boot, sure_from).seen(wall_ms=wall_ms, steady_ms=steady_ms)
        shift = spans[-1][1] - fresh.spans[0][1]
        return cls(tuple((begin + shift, offset - shift) for begin, offset in spans), boot, steady_ms)

    def to_keep(self) -> object:
        """Give it as JSON, for `begun` of a later run."""
        return {"boot": self.boot, "spans": [list(span) for span in self.spans], "sure_from": self.sure_from}

    def seen(self, *, wall_ms: int, steady_ms: int) -> "WallClock":
        """Take in what both clocks show now; the same where nobody has set the wall clock."""
        offset = wall_ms - steady_ms
        if abs(offset - self.spans[-1][1]) <= _SET_MS:
            return self
        return WallClock((*self.spans, (steady_ms, offset))[-_MOST_SPANS:], self.boot, self.sure_from)

    def least_shown(self, since_ms: int) -> int:
        """Give the earliest time that the wall clock showed since a steady time."""
        then = next((offset for begin, offset in reversed(self.spans) if begin <= since_ms), self.spans[0][1])
        return min([since_ms + then, *(begin + offset for begin, offset in self.spans if begin > since_ms)])

    def is_sure(self, at_ms: int, *, steady_ms: int) -> bool:
        """Whether it was measured, not guessed, what passed since the wall clock showed `at_ms`."""
        return self.steady_of(at_ms, steady_ms=steady_ms) >= self.sure_from

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


def _read(kept: object) -> tuple[tuple[int, int], ...]:
    """Read spans that were kept; none where anything about them is wrong."""
    found = kept.get("spans") if isinstance(kept, dict) else None
    if not isinstance(found, list) or not all(
        isinstance(span, list) and [type(each) for each in span] == [int, int] for span in found
    ):
        return ()
    begins = [span[0] for span in found]
    return tuple((begin, offset) for begin, offset in found) if begins == sorted(begins) else ()
