"""The limits that apply to one call, each with its counter as it stands now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tray_app.core.kernel.windows import Window
from tray_app.core.policy.compiled import LimitRule
from tray_app.core.policy.model import LimitScope
from tray_app.core.policy.verdict import CounterKey, Throttle

_EMPTY = Window()


@dataclass(slots=True)  # not frozen, for that takes three times as long, and every call makes one for each limit
class LimitState:
    """One limit (`rule` is its place in the file) and its counter.

    `mended`: the window was not possible by this clock.
    """

    rule: str
    counter_key: CounterKey
    most: int
    used: int
    window: Window
    mended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosestLimit:
    """How far a limit is used: `used` of `most`, before the call that is decided about."""

    counter_key: CounterKey
    used: int
    most: int

    @property
    def counter(self) -> str:
        """The counter's name in the file."""
        return self.counter_key.counter


def limit_states(
    limits: Iterable[LimitRule], holders: Mapping[LimitScope, str], counters: Mapping[CounterKey, Window], now_ms: int
) -> list[LimitState]:
    """Find each limit's counter; `holders` names whose calls each scope counts together."""
    states: list[LimitState] = []
    for rule in limits:
        limit = rule.limit
        counter_key = CounterKey(limit.counter, limit.scope, holders[limit.scope], limit.window_ms)
        kept = counters.get(counter_key, _EMPTY)
        window = kept.not_after(now_ms)
        used = window.used(now_ms, window_ms=limit.window_ms)
        states.append(LimitState(rule.name, counter_key, limit.most, used, window, window is not kept))
    return states


def counted(states: Sequence[LimitState]) -> tuple[CounterKey, ...]:
    """Give each counter once: two limits may share one."""
    return tuple(dict.fromkeys([state.counter_key for state in states]))


def longest_wait(states: Sequence[LimitState], now_ms: int) -> Throttle | None:
    """Name the used-up limit that lasts longest; None where every one has room."""
    late: Throttle | None = None
    for state in states:
        if state.used < state.most:
            continue
        wait_ms = state.window.wait_ms(now_ms, most=state.most, window_ms=state.counter_key.window_ms)
        if late is None or wait_ms > late.retry_after_ms:
            late = Throttle(
                rule=state.rule, counter_key=state.counter_key, used=state.used, most=state.most, retry_after_ms=wait_ms
            )
    return late


def closest(states: Sequence[LimitState]) -> ClosestLimit | None:
    """Find the limit with the least room left."""
    rooms = [state.most - state.used for state in states]
    if not rooms:
        return None
    least = states[rooms.index(min(rooms))]
    return ClosestLimit(counter_key=least.counter_key, used=least.used, most=least.most)
