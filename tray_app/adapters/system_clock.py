"""The machine's two clocks."""

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
