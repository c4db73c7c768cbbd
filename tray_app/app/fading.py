"""Has the snapshot built anew when time alone has changed what it says."""

import asyncio

from tray_app.core.fading import lasts_ms
from tray_app.services.hub import Hub


class Fading:
    """Lives on the engine's loop; `heard` is called whenever there is a new snapshot. At rest no timer runs."""

    def __init__(self, hub: Hub) -> None:
        """Wire."""
        self._hub = hub
        self._timer: asyncio.TimerHandle | None = None

    def heard(self) -> None:
        """Set the clock for the next look."""
        if self._timer is not None:
            self._timer.cancel()
        wait_ms = lasts_ms(self._hub.snapshot)
        loop = asyncio.get_running_loop()
        self._timer = None if wait_ms is None else loop.call_later(wait_ms / 1000, self._again)

    def _again(self) -> None:
        self._timer = None
        self._hub.look()  # tells the others only if it says something new
        if self._timer is None:
            self.heard()
