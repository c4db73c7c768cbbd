"""Delivery: a lane for each robot, whoever waits for an outcome, and the digest of what waited too long."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from tray_app.core.channel import Channel
from tray_app.core.digest import MIN_ROWS, Waiting, merge
from tray_app.core.errors import StoreUnavailable
from tray_app.core.messages import title_of
from tray_app.core.outbox import FINAL, Delivery, Origin, Source, Stage
from tray_app.core.settings import Settings
from tray_app.core.texts import Catalog
from tray_app.services.lane import Lane, LaneStore, Road
from tray_app.services.pause import Pause
from tray_app.services.ports import Clock, Poster, Robots

log = logging.getLogger(__name__)


class DeliveryStore(LaneStore, Protocol):
    """What delivery reads and saves beyond a lane's needs."""

    def accept(
        self, deliveries: Sequence[Delivery], *, place_of: str | None = None, merged: Sequence[str] = ()
    ) -> None:
        """Add rows; a digest takes a place in the queue and marks the rows merged into it."""
        ...

    def queued(self, robot: str) -> Sequence[Delivery]:
        """All waiting rows of a robot."""
        ...

    def group(self, group_id: str) -> Sequence[Delivery]:
        """All parts of one message."""
        ...

    def waiting_robots(self) -> Sequence[str]:
        """Robots with waiting rows."""
        ...

    def requeue_interrupted(self, *, now_ms: int) -> int:
        """Queue again what was in flight when the process died."""
        ...

    def forget_content(self, group_id: str) -> None:
        """Drop the content of a settled message."""
        ...


class Deliver:
    """Lives on the engine's loop. `start()` begins with what the last run left."""

    def __init__(
        self,
        *,
        store: DeliveryStore,
        robots: Robots,
        channel: Channel,
        poster: Poster,
        clock: Clock,
        pause: Pause,
        settings: Callable[[], Settings],
        catalog: Callable[[], Catalog],
        new_id: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        """`catalog` is the language of messages; `new_id` makes delivery ids; `changed` hears of every step."""
        self._store = store
        self._channel = channel
        self._clock = clock
        self._settings = settings
        self._catalog = catalog
        self._new_id = new_id
        self._road = Road(
            store=store,
            robots=robots,
            channel=channel,
            poster=poster,
            clock=clock,
            pause=pause,
            settings=settings,
            merge=self._merge,
            chance=random.random,
            changed=changed,
        )
        self._lanes: dict[str, Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiters: dict[str, set[asyncio.Event]] = {}
        self._stopping = False

    def start(self) -> None:
        """Queue again what was interrupted, and open a lane for each robot with waiting rows."""
        try:
            interrupted = self._store.requeue_interrupted(now_ms=self._clock.now_ms())
            if interrupted:
                log.info("%d interrupted deliveries are queued again", interrupted)
            for robot in self._store.waiting_robots():
                self.lane(robot).wake()
        except StoreUnavailable:
            log.warning("the queue of the last run cannot be read now; it is read again with the next message")

    def lane(self, robot: str) -> Lane:
        """Return the robot's lane, opened when first asked for."""
        lane = self._lanes.get(robot)
        if lane is None:
            lane = Lane(robot, self._road, settled=self._on_settled, held=self._on_held)
            with contextlib.suppress(StoreUnavailable):
                lane.restore()
            self._lanes[robot] = lane
            task = asyncio.get_running_loop().create_task(lane.run(), name=f"lane {robot}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return lane

    def wake(self, *, anew: bool = False) -> None:
        """Let every lane look again: resumed, new settings, keyring unlocked."""
        if anew or not self._lanes:
            self.start()
        for lane in self._lanes.values():
            lane.wake(anew=anew)

    async def outcome(self, group_id: str, robot: str, *, timeout_s: float) -> Sequence[Delivery]:
        """Wait until all parts of a message are at rest, or it is clear that they will not be in time. Returns the rows."""
        waiter = asyncio.Event()
        self._waiters.setdefault(group_id, set()).add(waiter)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        try:
            while True:
                waiter.clear()
                rows = self._store.group(group_id)
                left = deadline - loop.time()
                if all(row.stage in FINAL for row in rows) or left <= 0 or self._hopeless(robot, left):
                    return rows
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(waiter.wait(), left)
        finally:
            self._waiters[group_id].discard(waiter)
            if not self._waiters[group_id]:
                del self._waiters[group_id]

    async def quiet(self, *, timeout_s: float) -> bool:
        """Wait until nothing is on the wire; False where that took longer."""
        try:
            async with asyncio.timeout(timeout_s):
                for lane in list(self._lanes.values()):
                    await lane.quiet()
        except TimeoutError:
            return False
        return True

    async def stop(self, *, grace_s: float) -> None:
        """Answer everybody who waits, let what is on the wire finish within `grace_s`, and end."""
        self._stopping = True
        for waiters in self._waiters.values():
            for waiter in waiters:
                waiter.set()
        await self.quiet(timeout_s=grace_s)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _hopeless(self, robot: str, left_s: float) -> bool:
        """Whether waiting on is in vain: the lane cannot move within the time that is left."""
        lane = self.lane(robot)
        hold = lane.hold()
        held_ms = 0
        if hold is not None:
            held_ms = hold.deadline.left_ms(wall_ms=self._clock.now_ms(), steady_ms=self._clock.steady_ms())
        return self._stopping or max(held_ms, lane.window_wait_ms() if not lane.in_flight else 0) > left_s * 1000

    def _on_settled(self, row: Delivery) -> None:
        if not self._settings().history.store_content and row.stage in FINAL:
            with contextlib.suppress(StoreUnavailable):
                self._store.forget_content(row.group_id)
        for waiter in self._waiters.get(row.group_id, ()):
            waiter.set()

    def _on_held(self, _robot: str) -> None:
        for waiters in self._waiters.values():
            for waiter in waiters:
                waiter.set()

    def _merge(self, robot: str, limited_since_ms: int) -> bool:
        """Merge what the limit has held back for too long into one message that takes the oldest one's place."""
        now_ms = self._clock.now_ms()
        threshold_ms = self._settings().delivery.digest_after_s * 1000
        if now_ms - limited_since_ms < threshold_ms:
            return False
        rows = [row for row in self._store.queued(robot) if now_ms - row.created_ms >= threshold_ms]
        rows = [row for row in rows if row.origin.source is not Source.DIGEST and row.message is not None]
        if len(rows) < MIN_ROWS:
            return False
        waiting = [
            Waiting(at=_clock_time(row.created_ms), title=row.title, message=row.message)
            for row in rows
            if row.message is not None
        ]
        message = merge(waiting, catalog=self._catalog())
        digest_id = self._new_id()
        digest = Delivery(
            id=digest_id,
            group_id=digest_id,
            stage=Stage.QUEUED,
            robot=robot,
            origin=Origin(source=Source.DIGEST, tool="digest"),
            title=title_of(message),
            message=message,
            created_ms=now_ms,
            updated_ms=now_ms,
            due_ms=now_ms,
        )
        self._store.accept([digest], place_of=rows[0].id, merged=[row.id for row in rows])
        log.info("robot %s: %d messages that waited were merged into one", robot, len(rows))
        return True


def _clock_time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000).astimezone().strftime("%H:%M")
