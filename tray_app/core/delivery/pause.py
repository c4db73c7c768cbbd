"""When a pause ends and whether it holds."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import assert_never


class PauseFor(StrEnum):
    """How long to be quiet."""

    HALF_HOUR = "30m"
    HOUR = "1h"
    TOMORROW = "tomorrow"  # 08:00 local time
    OPEN = "open"  # until the owner resumes


_MORNING = time(8, 0)
_HALF_HOUR_MS = 1_800_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseState:
    """Paused since `since_ms` until `until_ms` (None: until the owner resumes), wall-clock milliseconds."""

    since_ms: int
    until_ms: int | None = None


def end_of(length: PauseFor, *, now_ms: int, zone: tzinfo | None = None) -> int | None:
    """When a pause of this length ends, wall-clock milliseconds; None where only the owner ends it.

    `zone` None is this computer's own. Lengths are counted in real time and the morning by that day's own offset: both
    stay right over a night in which the clocks are changed.
    """
    match length:
        case PauseFor.HALF_HOUR:
            return now_ms + _HALF_HOUR_MS
        case PauseFor.HOUR:
            return now_ms + 2 * _HALF_HOUR_MS
        case PauseFor.TOMORROW:
            today = datetime.fromtimestamp(now_ms / 1000, zone).date()
            morning = datetime.combine(today + timedelta(days=1), _MORNING, tzinfo=zone)
            return int(morning.timestamp()) * 1000
        case PauseFor.OPEN:
            return None
        case _:
            assert_never(length)
