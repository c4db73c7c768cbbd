"""When the summary of a day or week is due, and what is remembered of the last one: pure steps over local days.

Days are compared, never spans of time: an hour that comes twice or not at all, and a change of the time zone, make no
second summary and lose none. What one covers begins where the last one ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

_DAY_MS = 86_400_000
_MOST_DAYS = 8  # of what is made up for: an app that was off for a month tells of the last week
_LEAST_WAIT_MS, _MOST_WAIT_MS = 1_000, 300_000  # clocks are set, pauses end, computers sleep: nobody tells of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What of a session was told already: how long it had worked, and what it had cost (millionths of a dollar)."""

    active_ms: int = 0
    micros: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryState:
    """`day` is the last one that was dealt with, `until_ms` (wall clock) where it ended; `shares` by session.

    While one is sent: `begun` is its day, `cut_ms` its end, `robots` have got theirs.
    """

    day: date
    until_ms: int
    shares: Mapping[str, Share] = field(default_factory=dict)
    begun: date | None = None
    cut_ms: int = 0
    robots: tuple[str, ...] = ()


def last_due(now: datetime, *, minute: int, weekday: int | None) -> date:
    """The last local day whose hour has come; `weekday` from 0 for Monday, None for each day."""
    day = now.date() if now.hour * 60 + now.minute >= minute else now.date() - timedelta(days=1)
    return day if weekday is None else day - timedelta(days=(day.weekday() - weekday) % 7)


def first(day: date, now: datetime, *, now_ms: int) -> SummaryState:
    """Where nothing is remembered: what was due up to now counts as told, and this day is told as a whole."""
    return SummaryState(day=day, until_ms=now_ms if day == now.date() else _midnight_ms(now, now_ms))


def is_sane(state: SummaryState, now: datetime) -> bool:
    """Whether it can be from the past: a clock that was years ahead must not silence what comes."""
    return max(state.day, state.begun or state.day) <= now.date() + timedelta(days=1)


def begin(state: SummaryState, day: date, now: datetime, *, now_ms: int) -> SummaryState | None:
    """Begin the summary of this day, or go on with one that was begun; None where it was told.

    It ends now; one that is late, with its own day. It begins where the last one ended.
    """
    if state.begun is not None:
        return state
    if day <= state.day:
        return None
    cut_ms = now_ms if day == now.date() else _midnight_ms(now, now_ms) - (now.date() - day).days * _DAY_MS + _DAY_MS
    since_ms = max(min(state.until_ms, cut_ms), cut_ms - _MOST_DAYS * _DAY_MS)
    return SummaryState(day=state.day, until_ms=since_ms, shares=state.shares, begun=day, cut_ms=cut_ms)


def wait_ms(now: datetime, *, minute: int) -> int:
    """How long until somebody should look again: at the hour, or in five minutes."""
    passed_ms = (now.hour * 3_600 + now.minute * 60 + now.second) * 1_000 + now.microsecond // 1_000
    return min(max((minute * 60_000 - passed_ms) % _DAY_MS, _LEAST_WAIT_MS), _MOST_WAIT_MS)


def to_data(state: SummaryState) -> dict[str, object]:
    """Plain JSON."""
    return {
        "day": state.day.isoformat(),
        "until_ms": state.until_ms,
        "shares": {name: [share.active_ms, share.micros] for name, share in state.shares.items()},
        "begun": None if state.begun is None else state.begun.isoformat(),
        "cut_ms": state.cut_ms,
        "robots": list(state.robots),
    }


def from_data(data: object) -> SummaryState | None:
    """Read `to_data`'s form; None for anything else."""
    if not isinstance(data, dict):
        return None
    try:
        begun = data["begun"]
        return SummaryState(
            day=date.fromisoformat(data["day"]),
            until_ms=int(data["until_ms"]),
            shares={
                str(name): Share(active_ms=int(one[0]), micros=int(one[1])) for name, one in data["shares"].items()
            },
            begun=None if begun is None else date.fromisoformat(begun),
            cut_ms=int(data["cut_ms"]),
            robots=tuple(str(name) for name in data["robots"]),
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None


def _midnight_ms(now: datetime, now_ms: int) -> int:
    """Where this local day began, as its clock shows it."""
    passed_s = now.hour * 3_600 + now.minute * 60 + now.second
    return now_ms - passed_s * 1_000 - now.microsecond // 1_000
