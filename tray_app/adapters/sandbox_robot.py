"""A DingTalk robot of one's own on 127.0.0.1: `StrictRobot` over real HTTP, on a thread of its own.

The demo and every test send to it. It speaks HTTP/1.1 by hand, because it must also misbehave as networks do: reset,
stall, answer without end or with what is no HTTP.
"""

import asyncio
import contextlib
import logging
import secrets
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self, assert_never

from tray_app.sandbox.fields import SeenMessage
from tray_app.sandbox.robot import (
    PATH,
    AnswerWith,
    Drop,
    Endless,
    Garbage,
    RawRequest,
    RobotAnswer,
    RobotFault,
    Stall,
    StrictRobot,
)

log = logging.getLogger(__name__)
_MOST_BODY = 1 << 20
_START_S = 10.0
_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)  # SO_LINGER of 0 s: close() resets


def wall_ms() -> int:
    """Tell the time as DingTalk does: milliseconds since 1970."""
    return time.time_ns() // 1_000_000


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
        request = await _read_request(reader)
        with self._changed:
            self.robot.count()
            fault = self.robot.next_fault()
            taken = self._take(request) if fault is None or fault.take else None
            self._changed.notify_all()
        if fault is not None:
            return await _misbehave(fault, reader, writer)
        if taken is not None:
            body = b"" if request.method == "HEAD" else taken.body
            writer.write(_http(taken.status, taken.headers, body))
            await writer.drain()
        return request.headers.get("connection", "").lower() != "close"

    def _take(self, request: RawRequest) -> RobotAnswer:
        return self.robot.answer(request, now_ms=self._now_ms())


async def _read_request(reader: asyncio.StreamReader) -> RawRequest:
    """Read one request with a content-length body. Raises ValueError or EOFError for anything else."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _version = first.split(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= _MOST_BODY:
        raise ValueError("a body of that length is not read")
    return RawRequest(method=method, target=target, headers=headers, body=await reader.readexactly(length))


async def _misbehave(fault: RobotFault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    match fault:
        case AnswerWith(status=status, headers=headers, body=body):
            writer.write(_http(status, headers, body))
            await writer.drain()
            return True
        case Drop(first=first):
            writer.write(first)
            await writer.drain()
            sock: socket.socket = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        case Stall(first=first):
            writer.write(first)
            await writer.drain()
            await reader.read()  # returns when the client hangs up
        case Endless(headers=headers):
            writer.write(_head(200, headers))
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
        case Garbage(said=said):
            writer.write(said)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        case _:
            assert_never(fault)
    return False


def _http(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    return _head(status, {"content-length": str(len(body)), **headers}) + body


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace")
