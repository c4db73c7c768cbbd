"""One robot's queue: strictly in order, one message at a time, each attempt saved before and after it."""

import asyncio
import logging

from tray_app.core.delivery import attempts as attempt
from tray_app.core.delivery.attempts import MAX_WAIT_MS
from tray_app.core.delivery.delivery import Delivery, Stage
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import (
    OUTCOMES,
    Channel,
    Fault,
    NoReply,
    Outcome,
    Rejected,
    Reply,
)
from tray_app.core.messages.host_date import date_ms
from tray_app.core.settings.settings import MOST_PER_MINUTE
from tray_app.services.delivery.exchange import AttemptExchange
from tray_app.services.delivery.host_time import HostTime
from tray_app.services.delivery.in_flight import InFlightRequest
from tray_app.services.delivery.months import month_of
from tray_app.services.delivery.request import BuiltRequest, Never, NotYet, built, outcome_of
from tray_app.services.delivery.row_age import RowAge
from tray_app.services.delivery.sender_context import SenderContext
from tray_app.services.delivery.throttle import RobotThrottle

log = logging.getLogger(__name__)
STORE_RETRY_MS = 2_000
_KEYRING_RETRY_MS = 15_000
_LOOK_MS = 60_000  # the machine may sleep, and the steady clock with it: no wait is longer
_HOUR_MS = 3_600_000
_STUCK_AFTER = 16  # tries, some 40 minutes: it may be this message alone that the chat service stumbles over


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
        self._age = RowAge(context, self._host_time, self.in_flight, may_not_ask=self._is_silent)
        self._restored = False
        self._signed_anew = False
        self._aside = ""  # the first row, while others go past it
        self._closing = False
        self._answering = False  # what is on the wire is for the owner who asked, pause or not

    def heard_ms(self) -> int | None:
        """What time the robot's host says it is; None where it has not said yet."""
        return self._host_time.heard_ms()

    def wake(self, *, anew: bool = False) -> None:
        """Look again; `anew` also forgets a wait for network or keyring (the owner has mended something)."""
        if anew:
            self.throttle.try_anew()
        self._awake.set()

    def close(self) -> None:
        """Begin no attempt any more; the one on the wire goes on."""
        self._closing = True

    def hang_up(self) -> None:
        """Cut what is on the wire, unless it passes a pause."""
        if not self._answering:
            self.in_flight.hang_up()

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
        row = self._next()
        if row is None:
            self.throttle.relax()
            return None
        expired = await self._age.is_older(row, row.waits_since_ms, self._expire_after_ms())
        if expired:
            self._expire(row)
            return 0
        forgotten = await self._is_forgotten(row)
        if forgotten:
            self._end(row, Stage.EXPIRED, row.reason or text("outbox.no_answer"), text("outbox.expired_hint"))
            return 0
        if self._may_not_send(row):
            return None
        if expired is None or forgotten is None:
            return _LOOK_MS
        wait_ms = self.throttle.wait_ms()
        if wait_ms > 0:
            return wait_ms
        limited_for_ms = self.throttle.limited_for_ms()
        if limited_for_ms is None or not context.merge(self.robot, limited_for_ms):
            await self._attempt(row)
        return 0

    def _next(self) -> Delivery | None:
        """The first row; while it has stepped aside, the next one. In a pause, what passes it goes first."""
        if self._context.pause.current() is not None and (reply := self._context.store.next_reply(self.robot)):
            return reply
        first = self._context.store.next_queued(self.robot)
        if first is not None and first.id == self._aside:
            second = self._context.store.next_queued(self.robot, after=first.id)
            if second is not None:
                return second
        self._aside = ""
        return first

    def _let_pass(self, result: attempt.Settled) -> None:
        """Try at once whether the next one passes, where the first was answered with a code for very long.

        If so others go on; else it is the chat service, and the order stays as it is.
        """
        row = result.delivery
        stuck = result.faulty and row.errcode is not None and row.attempts >= _STUCK_AFTER
        if stuck and not self._aside:
            self._aside = row.id
            if self._context.store.next_queued(self.robot, after=row.id) is not None:
                self.throttle.try_anew()
        elif result.why is not None:
            self._aside = ""

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

    def _is_silent(self) -> bool:
        """Whoever ends the pause wakes the queues."""
        return self._closing or self._context.pause.current() is not None

    def _may_not_send(self, row: Delivery) -> bool:
        return self._closing or (self._is_silent() and not row.origin.passes_pause)

    async def _attempt(self, row: Delivery) -> None:
        context = self._context
        ready = await self._request(row)
        if ready is None or self._may_not_send(row):
            return
        begun = context.store.begin(row, now_ms=context.clock.now_ms())
        if begun is None:  # discarded while the keyring was asked
            return
        self.throttle.count()
        started_ms, self._answering = context.clock.steady_ms(), row.origin.passes_pause
        context.changed()
        exchange = AttemptExchange(context, may_not_send=lambda: self._may_not_send(row))
        try:
            reply = await self.in_flight.post(exchange.run(ready))
        except StoreUnavailable:  # the socket was not touched
            await self._save(attempt.hung_up(begun, now_ms=context.clock.now_ms(), left=False), took_ms=0)
            raise
        result = self._judge(begun, reply, ready.channel, left=exchange.left)
        self.throttle.learn(result)
        if isinstance(reply, Reply):
            self._learn_time(reply, refused=result.offline)
        await self._save(result, took_ms=context.clock.steady_ms() - started_ms)
        self._let_pass(result)

    async def _request(self, row: Delivery) -> BuiltRequest | None:
        """Build the request of the robot's chat service, or settle or hold the row where that cannot be done."""
        match await built(row, self._context.robots, now_ms=self._host_time.now_ms()):
            case BuiltRequest() as request:
                return request
            case NotYet(reason=reason, hint=hint):
                self.throttle.hold_back(_KEYRING_RETRY_MS, reason, hint)
            case Never(reason=reason, hint=hint):
                self._end(row, Stage.FAILED, reason, hint)
        return None

    def _judge(
        self, begun: Delivery, reply: Reply | NoReply | Outcome | None, channel: Channel, *, left: bool
    ) -> attempt.Settled:
        context = self._context
        now_ms = context.clock.now_ms()
        if reply is None:
            return attempt.hung_up(begun, now_ms=now_ms, left=left)
        outcome = reply if isinstance(reply, OUTCOMES) else outcome_of(reply, channel, now_ms=self._host_time.now_ms())
        if isinstance(outcome, Rejected) and outcome.fault is Fault.SETUP:
            log.warning("robot %s: the chat service refused its set-up (errcode %s)", self.robot, outcome.errcode)
        return attempt.settle(
            begun,
            outcome,
            now_ms=now_ms,
            tries=context.settings().delivery.attempts if channel.rules.remembers_ms else 1,
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
        month = month_of(context.clock.now_ms())
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

    def _expire(self, row: Delivery) -> None:
        hours, now_ms = self._context.settings().delivery.expire_after_h, self._context.clock.now_ms()
        self._keep_end(attempt.expired(row, hours=hours, now_ms=now_ms))

    def _expire_after_ms(self) -> int:
        return self._context.settings().delivery.expire_after_h * _HOUR_MS

    async def _is_forgotten(self, row: Delivery) -> bool | None:
        """Whether it may be there, and so long that the chat service would not know it again by its id."""
        if row.lost_ms is None or self.robot not in self._context.robots.names():
            return False
        remembers_ms = self._context.robots.channel(self.robot).rules.remembers_ms
        return remembers_ms == 0 or await self._age.is_older(row, row.lost_ms, remembers_ms)

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
