"""What holds one robot back: its own limit per minute, the service's penalty, back-off, a network or keyring away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tray_app.core.delivery.attempts import MAX_WAIT_MS, Settled
from tray_app.core.delivery.delivery import Stage
from tray_app.core.kernel.texts import Text, text
from tray_app.core.kernel.windows import MINUTE_MS, Window, restored
from tray_app.services.delivery.months import month_of
from tray_app.services.ports import Clock

_LASTING = 4  # attempts in a row that came to nothing, a quarter to half a minute: the owner hears of it


class ThrottleStore(Protocol):
    """What of a robot's pace is kept over restarts."""

    def attempts_since(self, robot: str, since_ms: int) -> Sequence[int]:
        """Times of the robot's attempts."""
        ...

    def limit(self, robot: str) -> tuple[int, Text] | None:
        """The service's limit on the robot."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a robot does not move: until when, and in words; `limited` where it is the service's limit.

    `set_up`: it moves only when the owner has mended something.
    """

    until_ms: int  # steady
    reason: Text
    hint: Text
    limited: bool = False
    set_up: bool = False


class RobotThrottle:
    """Lives in memory; `restore()` reads what the last run left. `per_minute` is asked anew each time."""

    def __init__(self, robot: str, clock: Clock, *, per_minute: Callable[[], int]) -> None:
        self._robot = robot
        self._clock = clock
        self._per_minute = per_minute
        self._window = Window()
        self._hold: Hold | None = None
        self._limited_since_ms: int | None = None  # steady, so that a clock that is set does not make digests
        self.offline = 0  # attempts in a row that reached nobody
        self.faults = 0  # attempts in a row that the service could not take, or did not answer
        self.unreached: tuple[Text, Text] | None = None  # why, and what mends it, where the owner should know
        self.faulty: tuple[Text, Text] | None = None  # the same of a service in trouble
        self._spent: tuple[int, tuple[Text, Text]] | None = None  # when a quota was found used up, and what to do

    @property
    def spent(self) -> tuple[Text, Text] | None:
        """Why nothing goes out in this month any more, as far as is known since the app began, and what to do."""
        if self._spent is None or month_of(self._spent[0]) != month_of(self._clock.now_ms()):
            return None
        return self._spent[1]

    def restore(self, store: ThrottleStore) -> None:
        """Read recent attempts and the service's limit. Raises StoreUnavailable."""
        times = store.attempts_since(self._robot, self._clock.now_ms() - MINUTE_MS)
        limit = store.limit(self._robot)
        self._window = restored([self._clock.age_ms(time) for time in times], now_ms=self._clock.steady_ms())
        if limit is not None and (left_ms := -self._clock.age_ms(limit[0])) > 0:
            self.hold_back(min(left_ms, MAX_WAIT_MS), limit[1], text("outbox.queued_hint"), limited=True)

    def hold(self) -> Hold | None:
        """Return what holds the robot back now, beside its own limit; None where nothing does."""
        return self._hold if self._hold is not None and self._left_ms(self._hold) > 0 else None

    def hold_left_ms(self) -> int:
        """How long the hold lasts still."""
        return 0 if self._hold is None else self._left_ms(self._hold)

    def window_wait_ms(self) -> int:
        """How long the robot's own limit per minute holds the next message."""
        return self._window.wait_ms(self._clock.steady_ms(), most=self._per_minute())

    def wait_ms(self) -> int:
        """How long until the next message may go out; being limited is noted, for the digest."""
        window_ms = self.window_wait_ms()
        if window_ms:
            self._note_limited()
        return max(self.hold_left_ms(), window_ms)

    def minute_used(self) -> int:
        """How many attempts count in the sliding minute."""
        return self._window.used(self._clock.steady_ms())

    def limited_for_ms(self) -> int | None:
        """For how long messages have waited for a limit; None where the queue was empty meanwhile."""
        return None if self._limited_since_ms is None else self._clock.steady_ms() - self._limited_since_ms

    def count(self) -> None:
        """An attempt begins."""
        self._window = self._window.with_event(self._clock.steady_ms())

    def relax(self) -> None:
        """Nothing waits any more."""
        self._limited_since_ms = None
        self.unreached = self.faulty = None

    def hold_back(self, wait_ms: int, reason: Text, hint: Text, *, limited: bool = False, set_up: bool = False) -> None:
        """Let nothing out for so long."""
        until_ms = self._clock.steady_ms() + wait_ms
        self._hold = Hold(until_ms=until_ms, reason=reason, hint=hint, limited=limited, set_up=set_up)
        if limited:
            self._note_limited()

    def learn(self, result: Settled) -> None:
        """Take in what an attempt came to."""
        self.offline = self.offline + 1 if result.offline else 0
        self.faults = self.faults + 1 if result.faulty else 0
        self.unreached = self.faulty = None
        if result.spent is not None:
            self._spent = (self._clock.now_ms(), result.spent)
        elif result.delivery.stage is Stage.SENT:
            self._spent = None
        if result.why is not None:
            self.hold_back(result.wait_ms, *result.why, limited=result.limited, set_up=result.set_up)
            if result.set_up or self.offline >= _LASTING:
                self.unreached = result.why
            if self.faults >= _LASTING:
                self.faulty = result.why

    def try_anew(self) -> None:
        """Forget a wait for network or keyring: the owner has mended something. The service's limit stays."""
        if self._hold is not None and not self._hold.limited:
            self._hold = None

    def _note_limited(self) -> None:
        if self._limited_since_ms is None:
            self._limited_since_ms = self._clock.steady_ms()

    def _left_ms(self, hold: Hold) -> int:
        return max(0, hold.until_ms - self._clock.steady_ms())
