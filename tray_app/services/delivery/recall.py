"""Taking a message back: what waits is not sent any more, what was sent is gone from the chat where that can be."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from tray_app.core.delivery.delivery import Delivery, Stage
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.channel import OUTCOMES, NoReply, Outcome, Reply, Request, Sent
from tray_app.services.delivery.pause import Pause
from tray_app.services.delivery.request import unreached
from tray_app.services.delivery.sender import Sender
from tray_app.services.delivery.tokens import with_token
from tray_app.services.ports import Clock, Poster, Robots

log = logging.getLogger(__name__)
_SETTLE_MS = 10_000  # what is on the wire is waited for so long


class RecallStore(Protocol):
    """Where rows are. Both may raise StoreUnavailable."""

    def group(self, group_id: str) -> Sequence[Delivery]:
        """All parts of one message."""
        ...

    def discard_queued(self, *, reason: Text, hint: Text, now_ms: int, group_id: str = "") -> int:
        """Discard what waits of one message."""
        ...


class Recaller:
    """Lives on the engine's loop. One after the other, and none in a pause."""

    def __init__(
        self,
        *,
        store: RecallStore,
        robots: Robots,
        poster: Poster,
        deliver: Sender,
        pause: Pause,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        """`deliver` waits for what is on the wire, and lends its tokens."""
        self._store = store
        self._robots = robots
        self._poster = poster
        self._deliver = deliver
        self._pause = pause
        self._clock = clock
        self._changed = changed
        self._one_at_a_time = asyncio.Lock()

    async def recall(self, delivery_id: str) -> bool:
        """Take a message back, all its parts. False where any of it is, or may be, in the chat still. Never raises."""
        try:
            rows = await self._withheld(delivery_id)
            keys = [row.taken_as for row in rows if row.stage is Stage.SENT and row.taken_as]
            there = [row for row in rows if row.stage in {Stage.SENT, Stage.SENDING, Stage.PERHAPS}]
            why = await self._asked(rows[0].robot, keys) if keys else None
        except TrayAppError as trouble:
            log.warning("message %s could not be taken back: %s", delivery_id, trouble)
            return False
        if why is not None:
            log.warning("message %s was not taken back: %s", delivery_id, why.key)
            return False
        log.info("message %s: %d of %d parts were taken back", delivery_id, len(keys), len(there))
        return bool(rows) and len(keys) == len(there)

    async def _withheld(self, delivery_id: str) -> Sequence[Delivery]:
        """Discard what waits, wait for what is on the wire, and give all parts as they are then."""
        reason, hint = text("outbox.recalled"), text("outbox.recalled_hint")
        self._store.discard_queued(reason=reason, hint=hint, now_ms=self._clock.now_ms(), group_id=delivery_id)
        rows = self._store.group(delivery_id)
        if any(row.stage is Stage.SENDING for row in rows):
            rows = await self._deliver.outcome(rows, timeout_ms=_SETTLE_MS)
            if any(row.stage is Stage.QUEUED for row in rows):  # the attempt came to nothing, and it waits again
                self._store.discard_queued(reason=reason, hint=hint, now_ms=self._clock.now_ms(), group_id=delivery_id)
                rows = self._store.group(delivery_id)
        self._deliver.tell(delivery_id)
        self._changed()
        return rows

    async def _asked(self, robot: str, keys: Sequence[str]) -> Text | None:
        """Have the service take back what it knows by these keys; why it did not. Raises UnknownRobot and others."""
        channel = self._robots.channel(robot)
        if channel.recalls is None:
            return text("outbox.no_recall")
        credentials = await self._robots.credentials(robot)
        request = channel.recalls.ask(keys, credentials)

        async def exchange() -> Reply | NoReply | Outcome | None:
            if self._pause.current() is not None:
                return None
            if channel.tokens is None:
                return await self._post(request)
            return await with_token(request, channel.tokens, credentials, tokens=self._deliver.tokens, post=self._post)

        async with self._one_at_a_time:
            reply = await self._deliver.beside.post(exchange())
        if reply is None:
            return text("outbox.queued_paused")
        if isinstance(reply, OUTCOMES):
            return None if isinstance(reply, Sent) else reply.reason
        failed = unreached(reply)
        return failed.reason if failed is not None else channel.recalls.read(reply, now_ms=self._clock.now_ms())

    async def _post(self, request: Request) -> Reply | NoReply | None:
        return None if self._pause.current() is not None else await self._poster.post(request)
