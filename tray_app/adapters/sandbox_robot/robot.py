"""A DingTalk robot of one's own on 127.0.0.1: `StrictRobot` over real HTTP, on a thread of its own.

The demo and every test send to it.
"""

import asyncio
import contextlib
import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from tray_app.adapters.sandbox_robot.http import http, misbehave, read_request, wall_ms
from tray_app.sandbox.fields import SeenMessage
from tray_app.sandbox.robot import PATH, RawRequest, RobotAnswer, StrictRobot

log = logging.getLogger(__name__)
_START_S = 10.0


class SandboxRobot:
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
        self.secret = "SEC" + secrets.token_hex(32) if signed else ""
        self.robot = StrictRobot(
            token=secrets.token_hex(32), secret=self.secret, keywords=keywords, per_minute=per_minute
        )
        self._now_ms = now_ms
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ready: threading.Event = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._port = 0
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

    def start(self) -> Self:
        """Listen; after a stop, at the same port again."""
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, name="sandbox-robot", daemon=True)
        self._thread.start()
        if not self._ready.wait(_START_S) or not self._thread.is_alive():
            raise RuntimeError("the sandbox robot did not start")
        return self

    def stop(self) -> None:
        """Hang up on everybody and close; stopping twice is fine."""
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                loop.call_soon_threadsafe(stop.set)
        if self._thread is not None:
            self._thread.join(_START_S)
            self._thread = None

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

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

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError:
            log.exception("the sandbox robot cannot listen")
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        talks: set[asyncio.Task[None]] = set()

        def on_connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            talk = asyncio.ensure_future(self._talk(reader, writer))
            talks.add(talk)
            talk.add_done_callback(talks.discard)

        server = await asyncio.start_server(on_connect, "127.0.0.1", self._port)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for talk in tuple(talks):
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass  # the client hung up or spoke no HTTP: nothing to answer
        finally:
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; say whether the connection goes on."""
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
