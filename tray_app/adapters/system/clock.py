"""The machine's two clocks, and waiting by them."""

import asyncio
import contextlib
import time

_NS_PER_MS = 1_000_000


class SystemClock:
    """Implements `services.ports.Clock`."""

    def now_ms(self) -> int:
        """Wall clock since 1970; jumps when the clock is set."""
        return time.time_ns() // _NS_PER_MS

    def steady_ms(self) -> int:
        """Never goes back; its zero means nothing, and it may stand still while the machine sleeps."""
        return time.monotonic_ns() // _NS_PER_MS

    async def wait(self, event: asyncio.Event, ms: int | None) -> None:
        """Wait until the event is set, or `ms` have passed by the steady clock; None waits for the event alone."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if ms is None else ms / 1000):
                await event.wait()
