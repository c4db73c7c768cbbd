"""The limits that apply to one call, each with its counter as it stands now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tray_app.core.kernel.windows import Window
from tray_app.core.policy.compiled import LimitRule
from tray_app.core.policy.model import Scope
from tray_app.core.policy.verdict import Tally, Throttle

_EMPTY = Window()


@dataclass(slots=True)  # not frozen, for that takes three times as long, and every call makes one for each limit
class Meter:
    """One limit (`rule` is its place in the file) and its counter.

    `mended`: the window was not possible by this clock.
    """

    rule: str
    tally: Tally
    most: int
    used: int
    window: Window
    mended: bool


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
    limits: Iterable[LimitRule], holders: Mapping[Scope, str], counters: Mapping[Tally, Window], now_ms: int
) -> list[Meter]:
    """Find each limit's counter; `holders` names whose calls each scope counts together."""
    meters: list[Meter] = []
    for rule in limits:
        limit = rule.limit
        tally = Tally(limit.counter, limit.scope, holders[limit.scope], limit.window_ms)
        kept = counters.get(tally, _EMPTY)
        window = kept.not_after(now_ms)
        used = window.used(now_ms, window_ms=limit.window_ms)
        meters.append(Meter(rule.name, tally, limit.most, used, window, window is not kept))
    return meters


def counted(meters: Sequence[Meter]) -> tuple[Tally, ...]:
    """Give each counter once: two limits may share one."""
    return tuple(dict.fromkeys([meter.tally for meter in meters]))


def longest_wait(meters: Sequence[Meter], now_ms: int) -> Throttle | None:
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


def closest(meters: Sequence[Meter]) -> Closest | None:
    """Find the limit with the least room left."""
    rooms = [meter.most - meter.used for meter in meters]
    if not rooms:
        return None
    least = meters[rooms.index(min(rooms))]
    return Closest(tally=least.tally, used=least.used, most=least.most)
