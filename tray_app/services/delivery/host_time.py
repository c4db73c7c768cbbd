"""The time at a robot's host: this computer's, or what the host's own answers show where this computer's is wrong."""

from tray_app.services.ports import Clock

_FINE_MS = 300_000  # DingTalk takes a signature up to an hour off; a clock this near is right enough


class HostTime:
    """Lives in memory, for one robot; kept by the steady clock, so that a setting of the wall clock changes nothing."""

    def __init__(self, clock: Clock) -> None:
        """Nothing was heard yet."""
        self._clock = clock
        self._ahead_ms: int | None = None  # of the steady clock

    def now_ms(self) -> int:
        """What a request to the host is signed with."""
        wall_ms = self._clock.now_ms()
        if self._ahead_ms is None:
            return wall_ms
        host_ms = self._clock.steady_ms() + self._ahead_ms
        return wall_ms if abs(wall_ms - host_ms) <= _FINE_MS else host_ms

    def heard_ms(self) -> int | None:
        """What the host's own clock shows; None where it has not said yet."""
        return None if self._ahead_ms is None else self._clock.steady_ms() + self._ahead_ms

    def learn(self, date_ms: int | None) -> bool:
        """Take in the date of an answer that came now; say whether the next request is signed with another time."""
        if date_ms is None:
            return False
        before_ms = self.now_ms()
        self._ahead_ms = date_ms - self._clock.steady_ms()
        return abs(self.now_ms() - before_ms) > _FINE_MS
