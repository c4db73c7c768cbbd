"""When a pause ends and whether it holds: local time comes in as a datetime with its zone."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from tray_app.core.actions import PauseFor

_MORNING = time(8, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseState:
    """Paused since `since_ms` until `until_ms` (None: until the owner resumes), wall-clock milliseconds."""

    since_ms: int
    until_ms: int | None = None

    def holds(self, now_ms: int) -> bool:
        """Whether it is still on. A clock that went back before its beginning keeps it on: quiet is the careful reading."""
        return self.until_ms is None or now_ms < self.until_ms


def end_of(length: PauseFor, *, now: datetime) -> datetime | None:
    """When a pause of this length ends; None where only the owner ends it. `now` carries the local zone."""
    match length:
        case PauseFor.HALF_HOUR:
            return now + timedelta(minutes=30)
        case PauseFor.HOUR:
            return now + timedelta(hours=1)
        case PauseFor.TOMORROW:
            morning = (now + timedelta(days=1)).date()
            return datetime.combine(morning, _MORNING, tzinfo=now.tzinfo)
        case PauseFor.OPEN:
            return None
