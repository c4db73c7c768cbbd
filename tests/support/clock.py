"""A clock that a test steps: waits end when the time that was asked for has been let pass, not before."""

import asyncio
from dataclasses import dataclass, field

from tray_app.core.kernel.wall_clock import WallClock

DAY_MS = 86_400_000


@dataclass(eq=False)
class _Sleeper:
    until_ms: int
    event: asyncio.Event
    over: bool = False


@dataclass
class StepClock:
    """Implements `services.ports.Clock`. Both clocks stand still until `step()` or `set_wall()`."""

    wall: int = 1_763_690_400_000  # 2025-11-21 02:00 UTC
    steady: int = 5_000
    _wall_clock: WallClock = field(init=False)
    _sleepers: list[_Sleeper] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._wall_clock = WallClock.begun(wall_ms=self.wall, steady_ms=self.steady)

    def now_ms(self) -> int:
        self._wall_clock = self._wall_clock.seen(wall_ms=self.wall, steady_ms=self.steady)
        return self.wall

    def age_ms(self, at_ms: int) -> int:
        self.now_ms()
        return self.steady - self._wall_clock.steady_of(at_ms, steady_ms=self.steady)

    def is_sure(self, at_ms: int) -> bool:
        self.now_ms()
        return self._wall_clock.is_sure(at_ms, steady_ms=self.steady)

    def steady_ms(self) -> int:
        return self.steady

    def boot(self, by_ms: int) -> None:
        """Start the machine anew, with a wall clock that is wrong by so much."""
        kept, self.steady = self._wall_clock.to_keep(), 5_000
        self.wall += by_ms
        self._wall_clock = WallClock.begun(wall_ms=self.wall, steady_ms=self.steady, kept=kept)

    def least_shown_ms(self, ago_ms: int) -> int:
        self.now_ms()
        return self._wall_clock.least_shown(self.steady - ago_ms)

    async def wait(self, event: asyncio.Event, ms: int | None) -> None:
        if ms is None:
            await event.wait()
            return
        sleeper = _Sleeper(self.steady + max(ms, 1), asyncio.Event())
        self._sleepers.append(sleeper)
        waits = [asyncio.ensure_future(event.wait()), asyncio.ensure_future(sleeper.event.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            self._sleepers.remove(sleeper)

    def next_wake(self) -> int | None:
        """Return how long the next sleeper sleeps still; None where nobody does."""
        return min((sleeper.until_ms - self.steady for sleeper in self._sleepers), default=None)

    def step(self, ms: int) -> None:
        """Let time pass on both clocks."""
        self.wall += ms
        self.steady += ms
        for sleeper in self._sleepers:
            if sleeper.until_ms <= self.steady:
                sleeper.event.set()

    def set_wall(self, by_ms: int) -> None:
        """Set the wall clock."""
        self.wall += by_ms
        self.now_ms()

    def sleep(self, ms: int) -> None:
        """Let the machine sleep: both clocks go on, and whoever waits has waited no longer."""
        self.wall += ms
        self.steady += ms
        for sleeper in self._sleepers:
            sleeper.until_ms += ms
