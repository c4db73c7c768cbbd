"""How long a pause lasts, as people say it, and when it ends."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import TypeAlias, assert_never


class PauseFor(StrEnum):
    """How long to be quiet."""

    HALF_HOUR = "30m"
    HOUR = "1h"
    TOMORROW = "tomorrow"  # 08:00 local time
    OPEN = "open"  # until the owner resumes


PauseLength: TypeAlias = PauseFor | timedelta | time  # a time of day: until it is that late again


class NoLength(ValueError):
    """It says no length of a pause."""


MOST = timedelta(days=31)
_UNITS = {
    **dict.fromkeys(("d", "day", "days", "天"), timedelta(days=1)),
    **dict.fromkeys(("h", "hour", "hours", "小时", "个小时", "时"), timedelta(hours=1)),
    **dict.fromkeys(("m", "min", "minute", "minutes", "分钟", "分"), timedelta(minutes=1)),
}
_NAMED = {"明天": "tomorrow", "到明天": "tomorrow", "半小时": "30m", "半个小时": "30m"}
_PART = re.compile(r"(\d{1,5})\s*([a-z]+|天|个?小时|时|分钟|分)\s*", re.ASCII)
_UNTIL = re.compile(r"(?:until\s*|到\s*|至\s*)?(\d{1,2})[:：](\d\d)", re.ASCII)


def read_length(said: str) -> PauseLength:
    """Read `30m`, `1h`, `tomorrow`, `open`, `45m`, `1h30m`, `2 days`, `until 14:00`, `14:00`. Raises NoLength."""
    words = said.strip().casefold()
    words = _NAMED.get(words, words)
    if words in set(PauseFor):
        return PauseFor(words)
    until = _UNTIL.fullmatch(words)
    if until is not None:
        try:
            return time(int(until[1]), int(until[2]))
        except ValueError:
            raise NoLength from None
    parts = _PART.findall(words)
    if not parts or _PART.sub("", words) or any(unit not in _UNITS for _count, unit in parts):
        raise NoLength
    length = sum((int(count) * _UNITS[unit] for count, unit in parts), timedelta())
    if not timedelta() < length <= MOST:
        raise NoLength
    return length


_MORNING = time(8, 0)
_HALF_HOUR_MS = 1_800_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseState:
    """Paused since `since_ms` until `until_ms` (None: until the owner resumes), wall-clock milliseconds."""

    since_ms: int
    until_ms: int | None = None


def end_of(length: PauseLength, *, now_ms: int, zone: tzinfo | None = None) -> int | None:
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
        case timedelta():
            return now_ms + int(length.total_seconds()) * 1000
        case time():
            return _next(length, now_ms, zone)
        case _:
            assert_never(length)


def _next(clock: time, now_ms: int, zone: tzinfo | None) -> int:
    """When it is that late again: today, or tomorrow where that is past."""
    now = datetime.fromtimestamp(now_ms / 1000, zone)
    for days in (0, 1):
        found = datetime.combine(now.date() + timedelta(days=days), clock, tzinfo=zone)
        at_ms = int(found.timestamp()) * 1000
        if at_ms > now_ms:
            return at_ms
    raise AssertionError  # tomorrow is always later
