"""Messages are handed on one at a time; what is not safe is not acknowledged."""

import asyncio
from collections.abc import Callable

import pytest

from tests.support.patience import PATIENCE_S
from tray_app.core.messages.heard import HeardMessage
from tray_app.services.hearing.handing_on import HandingOn

pytestmark = pytest.mark.anyio


class Taker:
    """Takes a message once it may; `acknowledged` are the ids that were, in order."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.may = asyncio.Event()
        self._moved = asyncio.Event()
        self.taken: list[str] = []
        self.acknowledged: list[str] = []
        self.handing_on = HandingOn(heard=self._hear, now_ms=lambda: 0)
        self.handing_on.start()

    async def gets(self, msg_id: str) -> None:
        async def acknowledge() -> None:
            self.acknowledged.append(msg_id)
            self._moved.set()

        await self.handing_on.take(HeardMessage(msg_id=msg_id, text="允许"), acknowledge)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._moved.clear()
                await self._moved.wait()

    async def _hear(self, message: HeardMessage) -> None:
        self.begun.set()
        await self.may.wait()
        self.taken.append(message.msg_id)


async def test_who_stops_waits_for_the_one_that_is_being_taken_and_what_waits_comes_again() -> None:
    taker = Taker()
    await taker.gets("one")
    await taker.gets("two")
    await taker.begun.wait()
    stopping = asyncio.create_task(taker.handing_on.stop())
    await asyncio.sleep(0)
    await taker.gets("three")
    taker.may.set()
    await stopping

    assert (taker.taken, taker.acknowledged) == (["one"], ["one"])
    taker.handing_on.start()
    await taker.gets("one")
    await taker.gets("two")
    await taker.until(lambda: len(taker.acknowledged) == 3)
    assert (taker.taken, taker.acknowledged) == (["one", "two"], ["one", "one", "two"])
    await taker.handing_on.stop()


async def test_a_flood_is_bounded_and_the_rest_comes_again() -> None:
    taker = Taker()
    for number in range(1_005):
        await taker.gets(f"{number}")
    taker.may.set()
    await taker.until(lambda: len(taker.acknowledged) == 1_000)

    await taker.gets("1004")
    await taker.until(lambda: "1004" in taker.acknowledged)
    assert taker.taken == [*(f"{number}" for number in range(1_000)), "1004"]
    await taker.handing_on.stop()
