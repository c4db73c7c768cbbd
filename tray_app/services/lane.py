"""One robot's queue: strictly in order, one message at a time, held back by pause, penalty, limit and network."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from tray_app.core import attempt
from tray_app.core.channel import Channel, Fault, Outcome, Rejected, Request
from tray_app.core.deadline import Deadline, after
from tray_app.core.errors import StoreUnavailable, UnknownRobot, VaultUnavailable
from tray_app.core.outbox import Delivery, Stage, step
from tray_app.core.ratelimit import MINUTE_MS, Window, restored
from tray_app.core.settings import RobotSettings, Settings
from tray_app.core.texts import Text, text
from tray_app.services.pause import Pause
from tray_app.services.ports import Clock, Poster, Robots

log = logging.getLogger(__name__)
STORE_RETRY_MS = 2_000
_KEYRING_RETRY_MS = 15_000
_HOUR_MS = 3_600_000


class LaneStore(Protocol):
    """What a lane reads and saves."""

    def next_queued(self, robot: str) -> Delivery | None:
        """Find the row that goes out next."""
        ...

    def begin(self, delivery: Delivery, *, now_ms: int) -> Delivery:
        """Save that an attempt begins."""
        ...

    def settle(self, delivery: Delivery, *, outcome: str, took_ms: int, month: str) -> None:
        """Save what an attempt came to."""
        ...

    def save(self, delivery: Delivery) -> None:
        """Save a row."""
        ...

    def attempts_since(self, robot: str, since_ms: int) -> Sequence[int]:
        """Times of the robot's attempts."""
        ...

    def limit(self, robot: str) -> tuple[int, Text] | None:
        """DingTalk's limit on the robot."""
        ...

    def set_limit(self, robot: str, *, until_ms: int, reason: Text) -> None:
        """Remember the limit."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """What all lanes share. `chance` gives a random number in [0, 1)."""

    store: LaneStore
    robots: Robots
    channel: Channel
    poster: Poster
    clock: Clock
    pause: Pause
    settings: Callable[[], Settings]
    merge: Callable[[str, int], bool]
    chance: Callable[[], float]
    changed: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a lane does not move: until when, and in words; `limited` where it is DingTalk's limit."""

    deadline: Deadline
    reason: Text
    hint: Text
    limited: bool = False


class Lane:
    """Call `run()` as a task and `wake()` whenever something may have changed for this robot."""

    def __init__(self, robot: str, road: Road, *, settled: Callable[[Delivery], None], held: Callable[[str], None]) -> None:
        """`settled` hears of each row that is at rest, `held` of each new hold."""
        self.robot = robot
        self.in_flight = False
        self._road = road
        self._settled = settled
        self._held = held
        self._awake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._window = Window()
        self._hold: Hold | None = None
        self._limited_since_ms: int | None = None
        self._offline_probes = 0

    def wake(self, *, anew: bool = False) -> None:
        """Look again; `anew` also forgets a wait for network or keyring (the owner asked to retry)."""
        if anew and self._hold is not None and not self._hold.limited:
            self._hold = None
        self._awake.set()

    def hold(self) -> Hold | None:
        """Return what holds the lane back now; None where it moves."""
        hold = self._hold
        return hold if hold is not None and self._left_ms(hold) > 0 else None

    def window_wait_ms(self) -> int:
        """How long the robot's own limit per minute holds the next message."""
        return self._window.wait_ms(self._road.clock.steady_ms(), most=self._robot_settings().per_minute)

    def minute_used(self) -> int:
        """How many attempts count in the sliding minute."""
        return self._window.used(self._road.clock.steady_ms())

    async def quiet(self) -> None:
        """Wait until no message of this lane is on the wire."""
        await self._idle.wait()

    def restore(self) -> None:
        """Read what the last run left: recent attempts and DingTalk's limit."""
        clock = self._road.clock
        now_ms = clock.now_ms()
        times = self._road.store.attempts_since(self.robot, now_ms - MINUTE_MS)
        self._window = restored([now_ms - time for time in times], now_ms=clock.steady_ms())
        limit = self._road.store.limit(self.robot)
        if limit is not None and limit[0] > now_ms:
            self._set_hold(min(limit[0] - now_ms, attempt.MAX_WAIT_MS), limit[1], text("outbox.queued_hint"), limited=True)

    async def run(self) -> None:
        """Send what waits, for ever."""
        while True:
            self._awake.clear()
            try:
                wait_ms = await self._move()
            except StoreUnavailable:
                wait_ms = STORE_RETRY_MS
            except Exception:
                log.exception("lane %s stumbled", self.robot)
                wait_ms = STORE_RETRY_MS
            if wait_ms != 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), None if wait_ms is None else wait_ms / 1000)

    async def _move(self) -> int | None:
        """Do one thing. Returns the wait until the next: 0 go on, None until woken."""
        road = self._road
        row = road.store.next_queued(self.robot)
        if row is None:
            self._limited_since_ms = None
            return None
        now_ms = road.clock.now_ms()
        if now_ms - row.created_ms > road.settings().delivery.expire_after_h * _HOUR_MS:
            self._expire(row)
            return 0
        if road.pause.current() is not None:
            return None  # whoever ends the pause wakes the lanes
        hold = self.hold()
        if hold is not None:
            return self._left_ms(hold)
        wait_ms = self.window_wait_ms()
        if wait_ms > 0:
            self._limited_since_ms = self._limited_since_ms or now_ms
            return wait_ms
        if self._limited_since_ms is not None and road.merge(self.robot, self._limited_since_ms):
            return 0
        await self._attempt(row)
        return 0

    async def _attempt(self, row: Delivery) -> None:
        request = await self._request(row)
        if request is None or self._road.pause.current() is not None:
            return
        clock = self._road.clock
        begun = self._road.store.begin(row, now_ms=clock.now_ms())
        self._window = self._window.with_event(clock.steady_ms())
        self.in_flight = True
        self._idle.clear()
        self._road.changed()
        started_ms = clock.steady_ms()
        try:
            reply = await self._road.poster.post(request)
        finally:
            self.in_flight = False
            self._idle.set()
        outcome = self._road.channel.decode(reply, now_ms=clock.now_ms())
        await self._settle(begun, outcome, took_ms=clock.steady_ms() - started_ms)

    async def _request(self, row: Delivery) -> Request | None:
        """Build the request, or settle or hold the row where that cannot be done."""
        road = self._road
        if row.message is None:
            self._fail(row, text("outbox.internal"), text("outbox.internal_hint"))
            return None
        try:
            credentials = await road.robots.credentials(self.robot)
            return road.channel.encode(row.message, credentials, delivery_id=row.id, now_ms=road.clock.now_ms())
        except UnknownRobot:
            gone = text("outbox.robot_gone", robot=self.robot)
            self._fail(row, gone, text("outbox.robot_gone_hint"))
        except VaultUnavailable as trouble:
            self._set_hold(_KEYRING_RETRY_MS, trouble.reason, trouble.hint)
        except Exception:
            log.exception("message %s could not be built", row.id)
            self._fail(row, text("outbox.internal"), text("outbox.internal_hint"))
        return None

    async def _settle(self, begun: Delivery, outcome: Outcome, *, took_ms: int) -> None:
        road = self._road
        now_ms = road.clock.now_ms()
        tries = road.settings().delivery.attempts
        result = attempt.settle(
            begun, outcome, now_ms=now_ms, tries=tries, offline_probes=self._offline_probes, chance=road.chance()
        )
        self._offline_probes = self._offline_probes + 1 if result.offline else 0
        if result.wait_ms and result.delivery.reason is not None and result.delivery.hint is not None:
            self._set_hold(result.wait_ms, result.delivery.reason, result.delivery.hint, limited=result.limited)
        await self._save(result, took_ms=took_ms)
        if isinstance(outcome, Rejected) and outcome.fault is Fault.SETUP:
            log.warning("robot %s: DingTalk refused its set-up (errcode %s)", self.robot, outcome.errcode)

    async def _save(self, result: attempt.Settled, *, took_ms: int) -> None:
        """Save until it is saved: the message went out, so the lane must not go on as if it had not."""
        now = datetime.fromtimestamp(self._road.clock.now_ms() / 1000, UTC).astimezone()
        told = False
        while True:
            try:
                if result.limited and self._hold is not None:
                    until_ms = self._road.clock.now_ms() + result.wait_ms
                    self._road.store.set_limit(self.robot, until_ms=until_ms, reason=self._hold.reason)
                self._road.store.settle(
                    result.delivery, outcome=result.name, took_ms=took_ms, month=now.strftime("%Y-%m")
                )
            except StoreUnavailable:
                if not told:
                    self._tell(result.delivery)
                told = True
                await asyncio.sleep(STORE_RETRY_MS / 1000)
            else:
                if not told:
                    self._tell(result.delivery)
                return

    def _fail(self, row: Delivery, reason: Text, hint: Text) -> None:
        self._end(replace(row, stage=step(row.stage, Stage.FAILED), reason=reason, hint=hint))

    def _expire(self, row: Delivery) -> None:
        reason = text("outbox.expired", hours=self._road.settings().delivery.expire_after_h)
        self._end(replace(row, stage=step(row.stage, Stage.EXPIRED), reason=reason, hint=text("outbox.expired_hint")))

    def _end(self, row: Delivery) -> None:
        ended = replace(row, updated_ms=self._road.clock.now_ms())
        self._road.store.save(ended)
        self._tell(ended)

    def _tell(self, row: Delivery) -> None:
        self._settled(row)
        self._road.changed()

    def _set_hold(self, wait_ms: int, reason: Text, hint: Text, *, limited: bool = False) -> None:
        clock = self._road.clock
        deadline = after(wait_ms, wall_ms=clock.now_ms(), steady_ms=clock.steady_ms())
        self._hold = Hold(deadline=deadline, reason=reason, hint=hint, limited=limited)
        if limited:
            self._limited_since_ms = self._limited_since_ms or clock.now_ms()
        self._held(self.robot)
        self._road.changed()

    def _left_ms(self, hold: Hold) -> int:
        return hold.deadline.left_ms(wall_ms=self._road.clock.now_ms(), steady_ms=self._road.clock.steady_ms())

    def _robot_settings(self) -> RobotSettings:
        return self._road.settings().robots.get(self.robot, RobotSettings())
