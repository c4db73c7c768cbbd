"""How old a history row must be to be deleted: by a time that is never later than the right one."""

import contextlib
from collections.abc import Callable

from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.services.ports import Clock, StateStore

_STATE = "time"
_DAY_MS = 86_400_000
_WRITE_MS = 3_600_000


class Retention:
    """Lives on the engine's loop. Call `note()` now and then: the last time that was right is kept over restarts."""

    def __init__(self, clock: Clock, memory: StateStore, heard_ms: Callable[[], int | None]) -> None:
        """`heard_ms` is the time a robot's host has told in this run; None where none has yet."""
        self._clock = clock
        self._memory = memory
        self._heard_ms = heard_ms
        self._right: tuple[int, int] | None = None  # a time that had come, and the steady clock's then
        self._written_ms: int | None = None

    def before_ms(self, days: int) -> int | None:
        """Rows from before this may be deleted, whatever this computer's clock says; None where that is not known."""
        now_ms = self.note()
        kept_ms = days * _DAY_MS
        return None if now_ms is None else min(now_ms - kept_ms, self._clock.least_shown_ms(kept_ms))

    def note(self) -> int | None:
        """Give the time as a host told it, or the last right one and what was measured since; keep it."""
        try:
            now_ms = self._now_ms()
        except StoreUnavailable:
            return None
        self._right = now_ms, self._clock.steady_ms()
        self._write(now_ms)
        return now_ms

    def _now_ms(self) -> int:
        heard_ms = self._heard_ms()
        if heard_ms is not None:
            return heard_ms
        if self._right is not None:
            return self._right[0] + self._clock.steady_ms() - self._right[1]
        kept = self._memory.read_state(_STATE)
        return kept if type(kept) is int else self._clock.now_ms()

    def _write(self, now_ms: int) -> None:
        if self._written_ms is None or abs(now_ms - self._written_ms) >= _WRITE_MS:
            with contextlib.suppress(StoreUnavailable):
                self._memory.write_state(_STATE, now_ms)
                self._written_ms = now_ms
