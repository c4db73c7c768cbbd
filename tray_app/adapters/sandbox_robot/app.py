"""An app robot's side of DingTalk on 127.0.0.1: `StrictApp` and its gateway over real HTTP and real WebSockets.

It has a thread of its own; every method may be called from any thread.
"""

import asyncio
import contextlib
import logging
import secrets
import ssl
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any, TypeVar, Unpack

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from tray_app.adapters.sandbox_robot.http import http, misbehave, read_request, wall_ms
from tray_app.adapters.sandbox_robot.server import StandInServer
from tray_app.sandbox.dingtalk_app import StrictApp
from tray_app.sandbox.gateway import CONNECT_PATH, GatewayConnection, NoEntry, StrictGateway
from tray_app.sandbox.phone import Wording
from tray_app.sandbox.robot import RawRequest
from tray_app.sandbox.sending import ChatMessage, StrictSending

logging.getLogger("websockets.server").setLevel(logging.WARNING)  # it tells of every connection

T = TypeVar("T")
_CHUNK = 65_536


class SandboxApp(StandInServer):
    """Use as a context manager, or `start()` and `stop()`. Client id and secret are made anew each time.

    `app` judges requests and keeps `breaches`; `gateway` is Stream mode, `sending` what the robot says to people.
    Change or read them only within `change()` and `read()`, or use `hear()` (the phone), `chat`, `wait_until()`,
    `cut()`. `tls` serves both doors over TLS.
    """

    def __init__(self, *, now_ms: Callable[[], int] = wall_ms, tls: ssl.SSLContext | None = None) -> None:
        super().__init__("sandbox app", tls=tls)
        self.client_id = "ding" + secrets.token_hex(8)
        self.client_secret = secrets.token_hex(32)
        self.app = StrictApp(client_id=self.client_id, client_secret=self.client_secret)
        self.gateway = StrictGateway(self.app)
        self.sending = StrictSending(self.app)
        self._now_ms = now_ms
        self._due: asyncio.Event | None = None
        self._sockets: dict[int, _ServerSocket] = {}

    @property
    def api(self) -> str:
        """The address that stands for `https://api.dingtalk.com`; known once started, the same after a restart."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    @property
    def breaches(self) -> list[str]:
        """What broke the contract so far, in words."""
        return self.read(lambda: list(self.app.breaches))

    @property
    def chat(self) -> list[ChatMessage]:
        """What people got from the robot so far."""
        return self.read(lambda: list(self.sending.received))

    def wait_for_chat(self, messages: int, timeout_s: float = 20.0) -> list[ChatMessage]:
        """Wait until people got so many messages, and return all. Raises TimeoutError."""
        self.wait_until(lambda: len(self.sending.received) >= messages, timeout_s)
        return self.chat

    # ---- the phone

    def hear(self, text: str, *, staff_id: str = "manager807", msg_id: str = "", **more: Unpack[Wording]) -> str:
        """Write to the robot as this person; returns the msgId. Without `staff_id` it is a stranger."""

        def write() -> str:
            return self.gateway.hear(text, staff_id=staff_id, msg_id=msg_id, now_ms=self._now_ms(), **more)

        return self.change(write)

    def disconnect(self, reason: str = "connection is expired", *, message_id: bool = True) -> None:
        """Have the gateway send every connection away."""
        self.change(lambda: self.gateway.disconnect(reason, now_ms=self._now_ms(), message_id=message_id))

    def cut(self) -> None:
        """Reset every WebSocket, as a network does."""
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._cut)

    # ---- from other threads

    def change(self, work: Callable[[], T]) -> T:
        """Do it while nothing else happens to app and gateway, then send what became due."""
        with self._changed:
            done = work()
            self._changed.notify_all()
        loop, due = self._loop, self._due
        if loop is not None and due is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                loop.call_soon_threadsafe(due.set)
        return done

    def read(self, look: Callable[[], T]) -> T:
        """Look while nothing changes."""
        with self._changed:
            return look()

    def wait_until(self, holds: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Wait until this holds; it is asked whenever something came or went. Raises TimeoutError with the story."""
        with self._changed:
            if not self._changed.wait_for(holds, timeout_s):
                told = (self.gateway.story, self.gateway.acknowledged, self.app.requests, self.app.breaches)
                raise TimeoutError(f"it did not come in {timeout_s} s: {told}")

    # ---- on the thread's own loop

    def _listens(self) -> Iterable[Coroutine[Any, Any, None]]:
        self._due = asyncio.Event()
        self.gateway.endpoint = f"{'wss' if self._tls else 'ws'}://127.0.0.1:{self._port}{CONNECT_PATH}"
        return (self._pump(),)

    async def _pump(self) -> None:
        """Send what is due, and close what lingered long enough."""
        due = self._due
        while due is not None:
            due.clear()
            with self._changed:
                now_ms = self._now_ms()
                out = self.gateway.take_out(now_ms)
                late = [n for n, each in self.gateway.connections.items() if (each.closes_ms or now_ms + 1) <= now_ms]
                next_ms = self.gateway.next_ms()
                if out:
                    self._changed.notify_all()
            for number, said in out:
                if number in self._sockets:
                    self._sockets[number].send(said)
            for number in late:
                if number in self._sockets:
                    self._sockets[number].abort()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(
                    None if next_ms is None else max(0, next_ms - self._now_ms()) / 1000 + 0.001
                ):
                    await due.wait()

    def _cut(self) -> None:
        for socket in tuple(self._sockets.values()):
            socket.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request, or be a WebSocket until its end; say whether the connection goes on."""
        request = await read_request(reader)
        with self._changed:
            fault = self.app.next_fault(request.target)
            self._changed.notify_all()
            wants_socket = request.headers.get("upgrade", "").lower() == "websocket"
            judged = fault is None or fault.take
            taken = self.app.answer(request, now_ms=self._now_ms()) if judged and not wants_socket else None
            self._changed.notify_all()
        if fault is not None:
            return await misbehave(fault, reader, writer)
        if taken is None:
            await self._be_socket(request, reader, writer)
            return False
        writer.write(http(taken.status, taken.headers, taken.body))
        await writer.drain()
        return request.headers.get("connection", "").lower() != "close"

    async def _be_socket(self, request: RawRequest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with self._changed:
                connection = self.gateway.connect(request.target, self._now_ms())
        except NoEntry as refused:
            writer.write(http(refused.status, {"content-type": "text/plain"}, refused.words.encode()))
            await writer.drain()
            return
        near = _ServerSocket(request, writer)
        self._sockets[connection.number] = near
        self.change(lambda: None)
        try:
            await self._hear_client(near, connection, reader)
        finally:
            del self._sockets[connection.number]
            self.change(lambda: self.gateway.closed(connection.number))

    async def _hear_client(
        self, near: "_ServerSocket", connection: GatewayConnection, reader: asyncio.StreamReader
    ) -> None:
        while data := await reader.read(_CHUNK):
            for said in near.take(data):
                self.change(partial(self.gateway.frame, connection.number, said))
            if near.ended:
                return


class _ServerSocket:
    """One WebSocket, seen from the server. Raises ValueError where the client does not keep RFC 6455."""

    def __init__(self, request: RawRequest, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._protocol = ServerProtocol(max_size=None)
        lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{n}: {v}" for n, v in request.headers.items())]
        self._protocol.receive_data("\r\n".join([*lines, "", ""]).encode("latin-1"))
        (asked,) = self._protocol.events_received()
        if isinstance(asked, Request):
            self._protocol.send_response(self._protocol.accept(asked))
        self._flush()
        if self._protocol.state is not OPEN:
            raise ValueError("no handshake of a WebSocket")

    @property
    def ended(self) -> bool:
        return self._protocol.state is not OPEN

    def send(self, said: str) -> None:
        if not self.ended:
            self._protocol.send_text(said.encode("utf-8", "replace"))
            self._flush()

    def take(self, data: bytes) -> list[str]:
        self._protocol.receive_data(data)
        events = self._protocol.events_received()
        self._flush()
        return [str(one.data, "utf-8") for one in events if isinstance(one, Frame) and one.opcode is Opcode.TEXT]

    def abort(self) -> None:
        self._writer.transport.abort()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._writer.write(data)
