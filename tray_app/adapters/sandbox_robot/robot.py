"""A DingTalk robot of one's own on 127.0.0.1: `StrictRobot` over real HTTP, on a thread of its own.

The demo and every test send to it.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence

from tray_app.adapters.sandbox_robot.http import http, misbehave, read_request, wall_ms
from tray_app.adapters.sandbox_robot.server import StandInServer
from tray_app.sandbox.fields import SeenMessage
from tray_app.sandbox.robot import PATH, RawRequest, RobotAnswer, StrictRobot


class SandboxRobot(StandInServer):
    """Use as a context manager, or `start()` and `stop()`. Token and key are made anew each time.

    `robot` is the judge behind it; put faults in line with `robot.script(…)`, read `received` from any thread.
    `connections` counts how many were opened to it.
    """

    def __init__(
        self,
        *,
        keywords: Sequence[str] = (),
        signed: bool = True,
        per_minute: int = 20,
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        super().__init__("sandbox robot")
        self.secret = "SEC" + secrets.token_hex(32) if signed else ""
        self.robot = StrictRobot(
            token=secrets.token_hex(32), secret=self.secret, keywords=keywords, per_minute=per_minute
        )
        self._now_ms = now_ms
        self.connections = 0

    @property
    def webhook(self) -> str:
        """The address to send to, with the token; known once started, and the same after a restart."""
        return f"http://127.0.0.1:{self._port}{PATH}?access_token={self.robot.token}"

    @property
    def received(self) -> tuple[SeenMessage, ...]:
        """What the group has seen so far."""
        with self._changed:
            return tuple(self.robot.received)

    def wait_for(self, messages: int, timeout_s: float = 20.0) -> tuple[SeenMessage, ...]:
        """Wait until the group has seen so many messages, and return all. Raises TimeoutError, saying how many came."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.robot.received) >= messages, timeout_s):
                raise TimeoutError(f"{len(self.robot.received)} of {messages} messages came in {timeout_s} s")
            return tuple(self.robot.received)

    def wait_for_requests(self, requests: int, timeout_s: float = 20.0) -> int:
        """Wait until so many requests came, refused and dropped ones too. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.robot.requests >= requests, timeout_s):
                raise TimeoutError(f"{self.robot.requests} of {requests} requests came in {timeout_s} s")
            return self.robot.requests

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await super()._talk(reader, writer)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await read_request(reader)
        with self._changed:
            self.robot.count()
            fault = self.robot.next_fault()
            taken = self._take(request) if fault is None or fault.take else None
            self._changed.notify_all()
        if fault is not None:
            return await misbehave(fault, reader, writer)
        if taken is not None:
            body = b"" if request.method == "HEAD" else taken.body
            writer.write(http(taken.status, taken.headers, body))
            await writer.drain()
        return request.headers.get("connection", "").lower() != "close"

    def _take(self, request: RawRequest) -> RobotAnswer:
        return self.robot.answer(request, now_ms=self._now_ms())
