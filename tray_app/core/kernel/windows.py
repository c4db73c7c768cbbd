"""At most `most` events in any window of time: a sliding window over integer milliseconds, never a calendar minute."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Window:
    """The times (steady milliseconds, ascending) of the events that still count."""

    times: tuple[int, ...] = ()

    def used(self, now_ms: int, *, window_ms: int = MINUTE_MS) -> int:
        """How many events count now."""
        return len(self.times) - bisect_right(self.times, now_ms - window_ms) if self.times else 0

    def wait_ms(self, now_ms: int, *, most: int, window_ms: int = MINUTE_MS) -> int:
        """How long until one more event is allowed; 0 means now."""
        if self.used(now_ms, window_ms=window_ms) < most:
            return 0
        return self.times[-most] + window_ms - now_ms if most > 0 else window_ms

    def with_event(self, now_ms: int, *, window_ms: int = MINUTE_MS) -> "Window":
        """Count one event at `now_ms`."""
        gone = bisect_right(self.times, now_ms - window_ms)
        return Window(self.times[gone:] + (now_ms,))  # noqa: RUF005 - (*times, now_ms) copies a full window twice more

    def without_event(self, at_ms: int) -> "Window":
        """Take one event of `at_ms` out; nothing changes where it has left the window: no other pays for it."""
        at = bisect_right(self.times, at_ms) - 1
        if at < 0 or self.times[at] != at_ms:
            return self
        return Window(self.times[:at] + self.times[at + 1 :])

    def not_after(self, now_ms: int) -> "Window":
        """Count events of the future, left by a clock that went back, as having just happened: the careful reading."""
        if not self.times or self.times[-1] <= now_ms:
            return self
        return Window(tuple(min(time, now_ms) for time in self.times))


def restored(ages_ms: Sequence[int], *, now_ms: int, window_ms: int = MINUTE_MS) -> Window:
    """Build the window after a restart from the events' ages by the wall clock.

    An age below zero means the wall clock went back: the event counts as having just happened, the careful reading.
    """
    return Window(tuple(sorted(now_ms - max(0, age) for age in ages_ms if age < window_ms)))
