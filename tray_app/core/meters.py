"""The limits that apply to one call, each with its counter as it stands now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tray_app.core.policy import Limit, Policy, Scope
from tray_app.core.ratelimit import Window
from tray_app.core.verdict import Tally, Throttle

_EMPTY = Window()


@dataclass(slots=True)  # not frozen, for that takes three times as long, and every call makes one for each limit
class Meter:
    """One limit (by its place in the file) and its counter. `mended`: the window was not possible by this clock."""

    where: str
    at: int
    tally: Tally
    most: int
    used: int
    window: Window
    mended: bool

    @property
    def rule(self) -> str:
        """Path of the limit in the file."""
        return f"{self.where}.limits[{self.at}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closest:
    """How far a limit is used: `used` of `most`, before the call that is decided about."""

    tally: Tally
    used: int
    most: int

    @property
    def counter(self) -> str:
        """The counter's name in the file."""
        return self.tally.counter


def meters_of(
    policy: Policy, tool: str, whose: Callable[[Scope], str], counters: Mapping[Tally, Window], now_ms: int
) -> tuple[Meter, ...]:
    """Find the tool's limits and those of all tools, in the order of the file."""
    own = policy.tools.get(tool)
    found = [] if own is None else [(f"tools.{tool}", own.limits)]
    found.append(("all_tools", policy.limits))
    return tuple(
        _meter(where, at, limit, whose(limit.scope), counters, now_ms)
        for where, limits in found
        for at, limit in enumerate(limits)
    )


def _meter(where: str, at: int, limit: Limit, whose: str, counters: Mapping[Tally, Window], now_ms: int) -> Meter:
    tally = _tally(limit.counter, limit.scope, whose, limit.window_ms)
    kept = counters.get(tally, _EMPTY)
    window = kept.not_after(now_ms)
    used = window.used(now_ms, window_ms=limit.window_ms)
    return Meter(where, at, tally, limit.most, used, window, window is not kept)


@lru_cache(maxsize=4_096)
def _tally(counter: str, scope: Scope, whose: str, window_ms: int) -> Tally:
    """Give the same value each time: a dictionary finds it without comparing."""
    return Tally(counter=counter, scope=scope, whose=whose, window_ms=window_ms)


def counted(meters: tuple[Meter, ...]) -> tuple[Tally, ...]:
    """Give each counter once: two limits may share one."""
    return tuple(dict.fromkeys([meter.tally for meter in meters]))


def longest_wait(meters: tuple[Meter, ...], now_ms: int) -> Throttle | None:
    """Name the used-up limit that lasts longest; None where every one has room."""
    late: Throttle | None = None
    for meter in meters:
        if meter.used < meter.most:
            continue
        wait_ms = meter.window.wait_ms(now_ms, most=meter.most, window_ms=meter.tally.window_ms)
        if late is None or wait_ms > late.retry_after_ms:
            late = Throttle(
                rule=meter.rule, tally=meter.tally, used=meter.used, most=meter.most, retry_after_ms=wait_ms
            )
    return late


def closest(meters: tuple[Meter, ...]) -> Closest | None:
    """Find the limit with the least room left."""
    rooms = [meter.most - meter.used for meter in meters]
    if not rooms:
        return None
    least = meters[rooms.index(min(rooms))]
    return Closest(tally=least.tally, used=least.used, most=least.most)
