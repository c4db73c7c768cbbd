"""One robot's queue: strictly in order, one message at a time, each attempt saved before and after it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from tray_app.core.delivery import attempts as attempt
from tray_app.core.delivery.attempts import MAX_WAIT_MS
from tray_app.core.delivery.delivery import Delivery, Stage
from tray_app.core.kernel.errors import StoreUnavailable, UnknownRobot, VaultUnavailable
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import (
    AttemptReach,
    Channel,
    Fault,
    NoReply,
    Outcome,
    Rejected,
    Reply,
    Request,
    TryAgain,
)
from tray_app.core.messages.host_date import date_ms
from tray_app.core.settings.settings import MOST_PER_MINUTE, Settings
from tray_app.services.delivery.host_time import HostTime
from tray_app.services.delivery.in_flight import InFlightRequest
from tray_app.services.delivery.pause import Pause
from tray_app.services.delivery.throttle import RobotThrottle, ThrottleStore
from tray_app.services.ports import Clock, Poster, Robots

log = logging.getLogger(__name__)
STORE_RETRY_MS = 2_000
_KEYRING_RETRY_MS = 15_000
_LOOK_MS = 60_000  # the machine may sleep, and the steady clock with it: no wait is longer
_HOUR_MS = 3_600_000


class QueueStore(ThrottleStore, Protocol):
    """What a queue reads and saves."""

    def requeue_interrupted(self, robot: str, *, now_ms: int) -> int:
        """Queue again what was in flight when the process died."""
        ...

    def next_queued(self, robot: str) -> Delivery | None:
        """Find the row that goes out next."""
        ...

    def begin(self, delivery: Delivery, *, now_ms: int) -> Delivery | None:
        """Save that an attempt begins; None where the row waits no more."""
        ...

    async def lasting(self) -> None:
        """Wait until what was saved before is on the disk."""
        ...

    def settle(self, delivery: Delivery, *, outcome: str, took_ms: int, month: str) -> None:
        """Save what an attempt came to."""
        ...

    def save(self, delivery: Delivery) -> None:
        """Save a row."""
        ...

    def set_limit(self, robot: str, *, until_ms: int, reason: Text) -> None:
        """Remember the limit."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderContext:
    """What all queues share. `merge` makes a digest after so many ms of being limited; `chance` is random in [0, 1).

    `settled` hears of each row that an attempt or its age has changed, `resting` of each robot that waits now.
    """

    store: QueueStore
    robots: Robots
    poster: Poster
    clock: Clock
    pause: Pause
    settings: Callable[[], Settings]
    merge: Callable[[str, int], bool]
    chance: Callable[[], float]
    settled: Callable[[Delivery], None]
    resting: Callable[[], None]
    changed: Callable[[], None]


class RobotQueue:
    """Call `run()` as a task and `wake()` whenever something may have changed for this robot.

    `throttle` says what holds it back, `in_flight` what is on its way.
    """

    def __init__(self, robot: str, context: SenderContext) -> None:
        self.robot = robot
        self.throttle = RobotThrottle(robot, context.clock, per_minute=self._per_minute)
        self.in_flight = InFlightRequest()
        self._host_time = HostTime(context.clock)
        self._context = context
        self._awake = asyncio.Event()
        self._restored = False
        self._signed_anew = False
        self._closing = False

    def wake(self, *, anew: bool = False) -> None:
        """Look again; `anew` also forgets a wait for network or keyring (the owner has mended something)."""
        if anew:
            self.throttle.try_anew()
        self._awake.set()

    def close(self) -> None:
        """Begin no attempt any more; the one on the wire goes on."""
        self._closing = True

    async def run(self) -> None:
        """Send what waits, for ever."""
        while True:
            self._awake.clear()
            try:
                wait_ms = await self._move()
            except StoreUnavailable:
                wait_ms = STORE_RETRY_MS
            except Exception:
                log.exception("queue %s stumbled", self.robot)
                wait_ms = STORE_RETRY_MS
            if wait_ms == 0:
                await asyncio.sleep(0)  # a thousand expired rows must not keep the loop from everybody else
            else:
                self._context.resting()
                await self._context.clock.wait(self._awake, None if wait_ms is None else min(wait_ms, _LOOK_MS))

    async def _move(self) -> int | None:
        """Do one thing. Returns the wait until the next: 0 go on, None until woken."""
        context = self._context
        self._restore()
        row = context.store.next_queued(self.robot)
        if row is None:
            self.throttle.relax()
            return None
        if context.clock.age_ms(row.waits_since_ms) > context.settings().delivery.expire_after_h * _HOUR_MS:
            self._expire(row)
            return 0
        if self._is_forgotten(row):
            self._end(row, Stage.EXPIRED, row.reason or text("outbox.no_answer"), text("outbox.expired_hint"))
            return 0
        if self._may_not_send():
            return None
        wait_ms = self.throttle.wait_ms()
        if wait_ms > 0:
            return wait_ms
        limited_for_ms = self.throttle.limited_for_ms()
        if limited_for_ms is None or not context.merge(self.robot, limited_for_ms):
            await self._attempt(row)
        return 0

    def _restore(self) -> None:
        """Before the first step: what the last run left. Raises StoreUnavailable, and then nothing is sent."""
        if not self._restored:
            self._context.pause.load()
            now_ms = self._context.clock.now_ms()
            self._context.store.requeue_interrupted(self.robot, now_ms=now_ms)
            self.throttle.restore(self._context.store)
            self._restored = True
            head = self._context.store.next_queued(self.robot)
            if head is not None and head.reason is not None and head.hint is not None and self.throttle.hold() is None:
                left_ms = -self._context.clock.age_ms(head.due_ms)
                self.throttle.hold_back(min(left_ms, MAX_WAIT_MS), head.reason, head.hint)

    def _may_not_send(self) -> bool:
        """Whoever ends the pause wakes the queues."""
        return self._closing or self._context.pause.current() is not None

    async def _attempt(self, row: Delivery) -> None:
        context = self._context
        built = await self._request(row)
        if built is None or self._may_not_send():
            return
        channel, request = built
        begun = context.store.begin(row, now_ms=context.clock.now_ms())
        if begun is None:  # discarded while the keyring was asked
            return
        self.throttle.count()
        started_ms = context.clock.steady_ms()
        context.changed()
        try:
            reply = await self.in_flight.post(self._exchange(request))
        except StoreUnavailable:  # the socket was not touched
            await self._save(attempt.hung_up(begun, now_ms=context.clock.now_ms(), left=False), took_ms=0)
            raise
        result = self._judge(begun, reply, channel)
        self.throttle.learn(result)
        if isinstance(reply, Reply):
            self._learn_time(reply, refused=result.offline)
        await self._save(result, took_ms=context.clock.steady_ms() - started_ms)

    async def _exchange(self, request: Request) -> Reply | NoReply:
        """Post, but not before it is on the disk that an attempt begins. Raises StoreUnavailable."""
        await self._context.store.lasting()
        return await self._context.poster.post(request)

    async def _request(self, row: Delivery) -> tuple[Channel, Request] | None:
        """Build the request of the robot's chat service, or settle or hold the row where that cannot be done."""
        context = self._context
        if row.message is None:
            self._fail(row, text("outbox.internal"), text("outbox.internal_hint"))
            return None
        try:
            credentials = await context.robots.credentials(self.robot)
            channel = context.robots.channel(self.robot)
            now_ms = self._host_time.now_ms()
            return channel, channel.encode(row.message, credentials, delivery_id=row.known_as, now_ms=now_ms)
        except UnknownRobot as trouble:
            names = context.robots.names()
            if not names:  # a settings file with a slip in it, or a start without the environment's robot
                self.throttle.hold_back(_KEYRING_RETRY_MS, trouble.reason, trouble.hint)
            elif self.robot in names:
                self._fail(row, trouble.reason, trouble.hint)
            else:
                self._fail(row, text("outbox.robot_gone", robot=self.robot), text("outbox.robot_gone_hint"))
        except VaultUnavailable as trouble:
            self.throttle.hold_back(_KEYRING_RETRY_MS, trouble.reason, trouble.hint)
        except Exception:
            log.exception("message %s could not be built", row.id)
            self._fail(row, text("outbox.internal"), text("outbox.internal_hint"))
        return None

    def _judge(self, begun: Delivery, reply: Reply | NoReply | None, channel: Channel) -> attempt.Settled:
        context = self._context
        now_ms = context.clock.now_ms()
        if reply is None:
            return attempt.hung_up(begun, now_ms=now_ms)
        outcome = _outcome(reply, channel, self._host_time.now_ms())
        if isinstance(outcome, Rejected) and outcome.fault is Fault.SETUP:
            log.warning("robot %s: the chat service refused its set-up (errcode %s)", self.robot, outcome.errcode)
        return attempt.settle(
            begun,
            outcome,
            now_ms=now_ms,
            tries=context.settings().delivery.attempts,
            offline=self.throttle.offline,
            faults=self.throttle.faults,
            chance=context.chance(),
        )

    def _learn_time(self, reply: Reply, *, refused: bool) -> None:
        """What was refused for the time it was signed with goes again at once with the right one; once in a row."""
        learnt = self._host_time.learn(date_ms(reply.headers))
        self._signed_anew = learnt and refused and not self._signed_anew
        if self._signed_anew:
            self.throttle.try_anew()

    async def _save(self, result: attempt.Settled, *, took_ms: int) -> None:
        """Save until it is saved: the message went out, so the queue must not go on as if it had not."""
        context = self._context
        month = datetime.fromtimestamp(context.clock.now_ms() / 1000, UTC).astimezone().strftime("%Y-%m")
        while True:
            try:
                if result.limited and result.delivery.reason is not None:
                    until_ms = result.delivery.due_ms
                    context.store.set_limit(self.robot, until_ms=until_ms, reason=result.delivery.reason)
                context.store.settle(result.delivery, outcome=result.name, took_ms=took_ms, month=month)
                break
            except StoreUnavailable:
                context.resting()
                await context.clock.wait(asyncio.Event(), STORE_RETRY_MS)
        self._tell(result.delivery)

    def _fail(self, row: Delivery, reason: Text, hint: Text) -> None:
        self._end(row, Stage.FAILED, reason, hint)

    def _expire(self, row: Delivery) -> None:
        hours, now_ms = self._context.settings().delivery.expire_after_h, self._context.clock.now_ms()
        self._keep_end(attempt.expired(row, hours=hours, now_ms=now_ms))

    def _is_forgotten(self, row: Delivery) -> bool:
        """Whether it may be there, and so long that the chat service would not know it again by its id."""
        if row.lost_ms is None or self.robot not in self._context.robots.names():
            return False
        remembers_ms = self._context.robots.channel(self.robot).rules.remembers_ms
        return self._context.clock.age_ms(row.lost_ms) > remembers_ms

    def _end(self, row: Delivery, stage: Stage, reason: Text, hint: Text) -> None:
        now_ms = self._context.clock.now_ms()
        self._keep_end(attempt.unsent(row, stage, reason=reason, hint=hint, now_ms=now_ms))

    def _keep_end(self, ended: Delivery) -> None:
        self._context.store.save(ended)
        self._tell(ended)

    def _tell(self, row: Delivery) -> None:
        self._context.settled(row)
        self._context.changed()

    def _per_minute(self) -> int:
        """Read its limit; of a robot that is gone nothing is sent, so nothing need wait."""
        robot = self._context.settings().robots.get(self.robot)
        return MOST_PER_MINUTE if robot is None else robot.per_minute


def _outcome(reply: Reply | NoReply, channel: Channel, now_ms: int) -> Outcome:
    """Read a reply; why nobody was reached says the same of every chat service."""
    if isinstance(reply, NoReply) and reply.why is not None:
        return TryAgain(
            reason=reply.why.reason, hint=reply.why.hint, reach=AttemptReach.NOBODY, set_up=reply.why.set_up
        )
    return channel.decode(reply, now_ms=now_ms)
