"""A moment to wait for, kept on two clocks: one set back must not stop a queue, and sleep must not stretch it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Reached as soon as either clock says so."""

    wall_ms: int
    steady_ms: int

    def left_ms(self, *, wall_ms: int, steady_ms: int) -> int:
        """How long to wait still; 0 when it is reached."""
        return max(0, min(self.wall_ms - wall_ms, self.steady_ms - steady_ms))


def after(wait_ms: int, *, wall_ms: int, steady_ms: int) -> Deadline:
    """Make the moment `wait_ms` from now."""
    return Deadline(wall_ms=wall_ms + wait_ms, steady_ms=steady_ms + wait_ms)
