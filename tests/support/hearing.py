"""A listener of the app against the stand-in's gateway, and what it hears."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from tests.support.patience import PATIENCE_S
from tray_app.adapters.http.poster import HttpPoster
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.adapters.system.clock import SystemClock
from tray_app.channels.dingtalk.stream import DingTalkStream
from tray_app.core.hearing.life import Pace
from tray_app.core.hearing.status import StreamPhase, StreamStatus
from tray_app.core.hearing.stream import StreamKey
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.heard import HeardMessage
from tray_app.services.hearing.listener import StreamListener

HASTY = Pace(first_ms=20, most_ms=200, owner_ms=400, steady_ms=60_000, quiet_ms=60_000, still_ms=60_000)


def key_of(sandbox: SandboxApp, *, base: str = "") -> StreamKey:
    """What the owner of that app would have set up."""
    return StreamKey(base=base or sandbox.api, client_id=sandbox.client_id, client_secret=Secret(sandbox.client_secret))


@dataclass
class Ear:
    """`key` may be changed, or be an exception to raise; `take` runs for each message before it is safe."""

    key: StreamKey | Exception | None
    pace: Pace = HASTY
    heard: list[HeardMessage] = field(default_factory=list)
    statuses: list[StreamStatus] = field(default_factory=list)
    take: Callable[[HeardMessage], object] = lambda _message: None
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.poster = HttpPoster(connect_s=PATIENCE_S, total_s=PATIENCE_S)
        self.listener = StreamListener(
            service=DingTalkStream(),
            poster=self.poster,
            sockets=self.poster,
            clock=SystemClock(),
            chance=lambda: 0.0,
            key=self._find_key,
            heard=self._hear,
            changed=self._change,
            pace=self.pace,
        )

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.heard]

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until this holds of what was heard or how it stands."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._moved.clear()
                await self._moved.wait()

    async def until_phase(self, phase: StreamPhase) -> StreamStatus:
        await self.until(lambda: self.listener.status.phase is phase)
        return self.listener.status

    async def _find_key(self) -> StreamKey | None:
        if isinstance(self.key, Exception):
            raise self.key
        return self.key

    async def _hear(self, message: HeardMessage) -> None:
        try:
            done = self.take(message)
            if asyncio.iscoroutine(done):
                await done
            self.heard.append(message)
        finally:
            self._moved.set()

    def _change(self) -> None:
        self.statuses.append(self.listener.status)
        self._moved.set()


@contextlib.asynccontextmanager
async def hearing(key: StreamKey | Exception | None, *, pace: Pace = HASTY) -> AsyncIterator[Ear]:
    """Listen until the end of the block."""
    ear = Ear(key, pace)
    ear.listener.start()
    try:
        yield ear
    finally:
        await ear.listener.stop()
        await ear.poster.aclose()


async def seen(sandbox: SandboxApp, holds: Callable[[], bool]) -> None:
    """Wait, beside the loop, until the stand-in has seen this."""
    await asyncio.to_thread(sandbox.wait_until, holds, PATIENCE_S)
