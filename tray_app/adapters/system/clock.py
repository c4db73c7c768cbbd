"""The machine's two clocks, and waiting by them."""

import asyncio
import contextlib
import sys
import time
from pathlib import Path

from tray_app.core.kernel.wall_clock import WallClock

_NS_PER_MS = 1_000_000
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """Implements `services.ports.Clock`."""

    def __init__(self) -> None:
        """Remember what the wall clock shows now."""
        self._wall_clock = self._begun(None)

    def go_on(self, kept: object) -> None:
        """Begin with what an earlier run kept (see `to_keep`); anything else is nothing."""
        self._wall_clock = self._begun(kept)

    def to_keep(self) -> object:
        """Give what a later run must know to tell how long ago something was."""
        return self._wall_clock.to_keep()

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

    def is_sure(self, at_ms: int) -> bool:
        """Whether that age was measured: since another start of the machine only the wall clock says what passed."""
        self.now_ms()
        return self._wall_clock.is_sure(at_ms, steady_ms=self.steady_ms())

    def least_shown_ms(self, ago_ms: int) -> int:
        """The earliest time that the wall clock showed since so long ago."""
        self.now_ms()
        return self._wall_clock.least_shown(self.steady_ms() - ago_ms)

    def _begun(self, kept: object) -> WallClock:
        wall_ms = time.time_ns() // _NS_PER_MS
        return WallClock.begun(wall_ms=wall_ms, steady_ms=self.steady_ms(), boot=_boot(), kept=kept)

    async def wait(self, event: asyncio.Event, ms: int | None) -> None:
        """Wait until the event is set, or `ms` have passed without sleep; None waits for the event alone."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if ms is None else ms / 1000):
                await event.wait()


def _boot() -> str:
    """Name this start of the machine: the steady clock counts from it. Empty where the system has no name for it."""
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""


if sys.platform == "linux":

    def _steady_ns() -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)  # CLOCK_MONOTONIC stands still in sleep

elif sys.platform == "darwin":

    def _steady_ns() -> int:
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC)  # time.monotonic() stands still in sleep

else:

    def _steady_ns() -> int:
        return time.monotonic_ns()  # Windows: both of its counters go on in sleep
