"""Hands messages on one after the other, and acknowledges each once it is safely taken."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from tray_app.core.hearing.taken import TakenIds
from tray_app.core.messages.heard import HeardMessage

log = logging.getLogger(__name__)
Acknowledge: TypeAlias = Callable[[], Awaitable[None]]
_TAKE_S = 30.0  # whoever takes messages does so in milliseconds; one that hangs must not keep the others
_STOP_S = 1.0
_MOST_WAITING = 1_000


class HandingOn:
    """`take()` what comes; `heard` is called for one at a time. A message that it does not take may come again."""

    def __init__(self, *, heard: Callable[[HeardMessage], Awaitable[None]], now_ms: Callable[[], int]) -> None:
        self._heard, self._now_ms = heard, now_ms
        self._taken = TakenIds()
        self._waiting: dict[str, list[Acknowledge]] = {}
        self._queue: asyncio.Queue[HeardMessage] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin to hand on."""
        self._stopping = False
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="handing-on")

    async def stop(self) -> None:
        """End; the one that is just being taken has a second. What waits is not acknowledged, and comes again."""
        task, self._task = self._task, None
        self._stopping = True
        self._queue = asyncio.Queue()
        if task is None:
            return
        if self._waiting:
            await asyncio.wait([task], timeout=_STOP_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self._waiting.clear()

    async def take(self, message: HeardMessage, acknowledge: Acknowledge) -> None:
        """Put a message in line; one that was taken before is only acknowledged once more."""
        if message.msg_id in self._taken:
            await acknowledge()
        elif message.msg_id in self._waiting:
            self._waiting[message.msg_id].append(acknowledge)
        elif self._stopping or len(self._waiting) >= _MOST_WAITING:
            log.warning("a message is not taken now; it comes again")
        else:
            self._waiting[message.msg_id] = [acknowledge]
            self._queue.put_nowait(message)

    async def _run(self) -> None:
        while not self._stopping:
            message = await self._queue.get()
            safe = await self._is_taken(message)
            acknowledges = self._waiting.pop(message.msg_id, [])
            for acknowledge in acknowledges if safe else ():
                await acknowledge()

    async def _is_taken(self, message: HeardMessage) -> bool:
        try:
            async with asyncio.timeout(_TAKE_S):
                await self._heard(message)
        except Exception:
            log.exception("a message was not taken; it comes again")
            return False
        self._taken.add(message.msg_id, now_ms=self._now_ms())
        return True
