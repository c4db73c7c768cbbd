"""The machine's two clocks, and waiting by them."""

import asyncio
import contextlib
import sys
import time

from tray_app.core.kernel.wall_clock import WallClock

_NS_PER_MS = 1_000_000


class SystemClock:
    """Implements `services.ports.Clock`."""

    def __init__(self) -> None:
        """Remember what the wall clock shows now."""
        self._wall_clock = WallClock()
        self.now_ms()

    def now_ms(self) -> int:
        """Wall clock since 1970; jumps when the clock is set."""
        wall_ms = time.time_ns() // _NS_PER_MS
        self._wall_clock = self._wall_clock.seen(wall_ms=wall_ms, steady_ms=self.steady_ms())
        return wall_ms

    def steady_ms(self) -> int:
        """Never goes back, and goes on while the machine sleeps; its zero means nothing."""
        return _steady_ns() // _NS_PER_MS

    def age_ms(self, at_ms: int) -> int:
        """How long ago the wall clock showed `at_ms`, whatever it was set to since; negative: not yet."""
        self.now_ms()
        now_ms = self.steady_ms()
        return now_ms - self._wall_clock.steady_of(at_ms, steady_ms=now_ms)

    async def wait(self, event: asyncio.Event, ms: int | None) -> None:
        """Wait until the event is set, or `ms` have passed without sleep; None waits for the event alone."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if ms is None else ms / 1000):
                await event.wait()


if sys.platform == "linux":

    def _steady_ns() -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)  # CLOCK_MONOTONIC stands still in sleep

elif sys.platform == "darwin":

    def _steady_ns() -> int:
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC)  # time.monotonic() stands still in sleep

else:

    def _steady_ns() -> int:
        return time.monotonic_ns()  # Windows: both of its counters go on in sleep
