"""Delivery: a queue for each robot, opened when there is something to send, and whoever waits for an outcome."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from tray_app.core.delivery.delivery import FINAL, Delivery, Stage
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.settings.settings import Settings
from tray_app.services.delivery.digest import digest_of, mergeable
from tray_app.services.delivery.in_flight import InFlightRequest
from tray_app.services.delivery.pause import Pause
from tray_app.services.delivery.robot_queue import STORE_RETRY_MS, RobotQueue
from tray_app.services.delivery.sender_context import QueueStore, SenderContext
from tray_app.services.delivery.tokens import TokenCache
from tray_app.services.ports import Clock, Poster, Robots

log = logging.getLogger(__name__)


class DeliveryStore(QueueStore, Protocol):
    """What delivery reads and saves beyond a queue's needs."""

    def recover(self) -> None:
        """Try again whether the database can be used, and raise StoreUnavailable where it cannot."""
        ...

    def end_questions(self, *, reason: Text, hint: Text, now_ms: int) -> int:
        """End what the last run still had to ask of the owner."""
        ...

    def waiting_robots(self) -> Sequence[str]:
        """Robots with rows that wait or were in flight."""
        ...

    def queued(self, robot: str) -> Sequence[Delivery]:
        """All waiting rows of a robot."""
        ...

    def merge(self, digest: Delivery, rows: Sequence[Delivery]) -> None:
        """Add a digest in place of the rows it says."""
        ...

    def group(self, group_id: str) -> Sequence[Delivery]:
        """All parts of one message."""
        ...


class Sender:
    """Lives on the engine's loop. `start()` begins with what the last run left."""

    def __init__(
        self,
        *,
        store: DeliveryStore,
        robots: Robots,
        poster: Poster,
        clock: Clock,
        pause: Pause,
        settings: Callable[[], Settings],
        catalog: Callable[[], Catalog],
        new_id: Callable[[], str],
        changed: Callable[[], None],
        settled: Callable[[Delivery], None],
    ) -> None:
        """`catalog` is the language of messages; `new_id` makes delivery ids; `changed` hears of every step.

        `settled` hears of each row that an attempt or its age has changed.
        """
        self._store = store
        self._clock = clock
        self._pause = pause
        self._settings = settings
        self._catalog = catalog
        self._new_id = new_id
        self._hears_settled = settled
        self.tokens = TokenCache(poster, clock)
        self._context = SenderContext(
            store=store,
            robots=robots,
            poster=poster,
            tokens=self.tokens,
            clock=clock,
            pause=pause,
            settings=settings,
            merge=self._merge,
            chance=random.random,
            settled=self._settled,
            resting=self._tell_all,
            changed=changed,
        )
        self.beside = InFlightRequest()  # what is on the wire and no message
        self._queues: dict[str, RobotQueue] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiters: dict[str, set[asyncio.Event]] = {}
        self._look = asyncio.Event()
        self.stopping = False
        self._ended = False
        self._begun = False

    def start(self) -> None:
        """Begin to look after the store and the queue."""
        self._keep(self._run(), "delivery")

    def look(self) -> None:
        """The store has changed its state: look after it until it works again."""
        self._look.set()

    def queue(self, robot: str) -> RobotQueue:
        """Return the robot's queue, opened when first asked for."""
        queue = self._queues.get(robot)
        if queue is None:
            queue = self._queues[robot] = RobotQueue(robot, self._context)
            self._keep(queue.run(), f"queue {robot}")
        return queue

    def heard_ms(self) -> int | None:
        """Give the time the robots' hosts have told in this run, the earliest; None where none has yet."""
        told = (queue.heard_ms() for queue in self._queues.values())
        return min((each for each in told if each is not None), default=None)

    def wake(self, *, anew: bool = False) -> None:
        """Let every queue look again: resumed, new settings, keyring unlocked."""
        self._look.set()
        for queue in self._queues.values():
            queue.wake(anew=anew)

    async def outcome(self, rows: Sequence[Delivery], *, timeout_ms: int, owner_ms: int = 0) -> Sequence[Delivery]:
        """Wait until all parts of an accepted message are at rest, or it is clear that they will not be in time.

        `rows` are the parts as they are at this moment. While it is held, the owner has `owner_ms`. Returns the parts
        as they are then; as last seen where the database cannot be read.
        """
        waiter, group_id = asyncio.Event(), rows[0].group_id
        self._waiters.setdefault(group_id, set()).add(waiter)
        began_ms = self._clock.steady_ms()
        try:
            while True:
                held = any(row.stage is Stage.HELD for row in rows)
                left_ms = began_ms + (owner_ms if held else timeout_ms) - self._clock.steady_ms()
                if all(row.stage in FINAL for row in rows) or left_ms <= 0 or self._hopeless(rows, left_ms):
                    return rows
                await self._clock.wait(waiter, left_ms)
                waiter.clear()
                rows = self._seen(rows)
        finally:
            self._waiters[group_id].discard(waiter)
            if not self._waiters[group_id]:
                del self._waiters[group_id]

    async def quiet(self, *, timeout_s: float) -> bool:
        """Wait until nothing is on the wire; False where that took longer."""
        try:
            async with asyncio.timeout(timeout_s):
                for each in [self.beside, *(queue.in_flight for queue in self._queues.values())]:
                    await each.quiet()
        except TimeoutError:
            return False
        return True

    def hang_up(self) -> None:
        """Cut what is on the wire; it waits again, under the same id. What answers the owner goes on."""
        self.beside.hang_up()
        for queue in self._queues.values():
            queue.hang_up()

    async def stop(self, *, grace_s: float) -> None:
        """Begin nothing new, let what is on the wire finish within `grace_s`, answer everybody who waits, and end."""
        self.stopping = True
        for queue in self._queues.values():
            queue.close()
        self._tell_all()
        await self.quiet(timeout_s=grace_s)
        self._ended = True
        self._tell_all()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        """Open a queue for whoever has rows, as soon as the store can be read; look after a store that fails."""
        while True:
            self._look.clear()
            wait_ms: int | None = None
            try:
                self._store.recover()
                self._pause.load()
                self._begin()
                for robot in self._store.waiting_robots():
                    self.queue(robot)
            except StoreUnavailable:
                wait_ms = STORE_RETRY_MS
            self._tell_all()  # a damaged database was begun anew: what was waited for is gone
            await self._clock.wait(self._look, wait_ms)

    def _begin(self) -> None:
        """Once: what the last run asked of the owner has a code that this one does not know, and is asked anew."""
        if not self._begun:
            reason, hint = text("phone.of_last_run"), text("phone.of_last_run_hint")
            self._store.end_questions(reason=reason, hint=hint, now_ms=self._clock.now_ms())
            self._begun = True

    def _seen(self, rows: Sequence[Delivery]) -> Sequence[Delivery]:
        """Rows as they are now. Where a damaged database was begun anew, they are lost, and that is said."""
        try:
            found = self._store.group(rows[0].group_id)
        except StoreUnavailable:
            return rows
        reason, hint = text("outbox.lost"), text("outbox.lost_hint")
        return found or [replace(row, stage=Stage.FAILED, reason=reason, hint=hint) for row in rows]

    def _hopeless(self, rows: Sequence[Delivery], left_ms: int) -> bool:
        """Whether waiting on is in vain: not on the wire, and the queue cannot move within the time that is left."""
        if any(row.stage is Stage.SENDING for row in rows):
            return self._ended
        if any(row.stage is Stage.HELD for row in rows):
            return self.stopping
        if self.stopping or (self._pause.current() is not None and not rows[0].origin.passes_pause):
            return True
        return self.queue(rows[0].robot).throttle.wait_ms() > left_ms

    def tell(self, group_id: str) -> None:
        """Something became of a message elsewhere (the owner has decided): whoever waits for it looks again."""
        for waiter in self._waiters.get(group_id, ()):
            waiter.set()

    def _tell_all(self) -> None:
        for group_id in self._waiters:
            self.tell(group_id)

    def _settled(self, row: Delivery) -> None:
        self._hears_settled(row)
        self.tell(row.group_id)

    def _merge(self, robot: str, limited_for_ms: int) -> bool:
        """Merge what the limit has held back for too long into one message."""
        older_ms = self._settings().delivery.digest_after_s * 1000
        if limited_for_ms < older_ms:
            return False
        rows = mergeable(self._store.queued(robot), age_ms=self._clock.age_ms, older_ms=older_ms)
        if not rows:
            return False
        rules = self._context.robots.channel(robot).rules
        digest = digest_of(
            rows, digest_id=self._new_id(), now_ms=self._clock.now_ms(), catalog=self._catalog(), rules=rules
        )
        self._store.merge(digest, rows)
        log.info("robot %s: %d messages that waited were merged into one", robot, len(rows))
        return True

    def _keep(self, work: "asyncio._CoroutineLike[None]", name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
