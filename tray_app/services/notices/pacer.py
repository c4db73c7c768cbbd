"""Keeps one robot from saying the same thing again and again: what comes too soon waits, and is told together."""

from dataclasses import dataclass, field

from tray_app.core.notices.rules import NoticeCause
from tray_app.services.ports import Clock


@dataclass(slots=True)
class _Line:
    """One robot's messages of one kind: when the last one went (steady), until when no other does, and what waits."""

    until: int
    held: list[NoticeCause] = field(default_factory=list)


class Pacer:
    """Lives in memory: after a restart the first one goes at once."""

    def __init__(self, clock: Clock) -> None:
        """Nothing was told."""
        self._clock = clock
        self._lines: dict[tuple[str, str, str], _Line] = {}

    def holds(self, robot: str, cause: NoticeCause, *, gap_ms: int) -> bool:
        """Whether this comes too soon; then it is kept here. A reminder was asked for, and never does."""
        line = self._lines.get(_key(robot, cause))
        if line is None or cause.reminder or not gap_ms or self._clock.steady_ms() >= line.until:
            return False
        line.held.append(cause)
        return True

    def told(self, robot: str, cause: NoticeCause, *, gap_ms: int) -> None:
        """It is being sent: what follows of its kind waits so long."""
        until = self._clock.steady_ms() + gap_ms
        line = self._lines.setdefault(_key(robot, cause), _Line(until=until))
        line.until = max(line.until, until)

    def release(self) -> list[NoticeCause]:
        """Give what has waited long enough; with the first of a robot's all others of its kind."""
        steady, free = self._clock.steady_ms(), []
        for key, line in list(self._lines.items()):
            if steady >= line.until:
                free += line.held
                del self._lines[key]
        return free

    def next_due(self) -> int | None:
        """When (steady) something is released; None where nothing waits."""
        return min((line.until for line in self._lines.values() if line.held), default=None)


def _key(robot: str, cause: NoticeCause) -> tuple[str, str, str]:
    return robot, cause.kind.value, cause.error
