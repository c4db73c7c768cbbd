"""What the wall clock showed when, kept over restarts of the app: what waits goes on to age by what really passed."""

import contextlib

from tray_app.adapters.system.clock import SystemClock
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.services.ports import StateStore

_STATE = "clock"


class KeptClock:
    """Lives on the engine's loop. Call `load()` before anything asks for an age, `save()` now and then."""

    def __init__(self, clock: SystemClock, memory: StateStore) -> None:
        """Nothing is read yet."""
        self._clock = clock
        self._memory = memory
        self._kept: object = None

    def load(self) -> None:
        """Go on with what the last run kept; `save()` soon after."""
        with contextlib.suppress(StoreUnavailable):
            self._kept = self._memory.read_state(_STATE)
            self._clock.go_on(self._kept)

    def save(self) -> None:
        """Keep it where the clock was set since."""
        now = self._clock.to_keep()
        if now != self._kept:
            with contextlib.suppress(StoreUnavailable):
                self._memory.write_state(_STATE, now)
                self._kept = now
