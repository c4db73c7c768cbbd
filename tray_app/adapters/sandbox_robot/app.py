"""An app robot's side of DingTalk on 127.0.0.1: `StrictApp` and its gateway over real HTTP and real WebSockets.

It has a thread of its own; every method may be called from any thread.
"""

import asyncio
import contextlib
import logging
import secrets
import ssl
import threading
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self, TypeVar, Unpack

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from tray_app.adapters.sandbox_robot.http import http, misbehave, read_request, wall_ms
from tray_app.sandbox.dingtalk_app import StrictApp
from tray_app.sandbox.gateway import CONNECT_PATH, GatewayConnection, NoEntry, StrictGateway
from tray_app.sandbox.phone import Wording
from tray_app.sandbox.robot import RawRequest
from tray_app.sandbox.sending import ChatMessage, StrictSending

log = logging.getLogger(__name__)
logging.getLogger("websockets.server").setLevel(logging.WARNING)  # it tells of every connection

T = TypeVar("T")
_START_S = 10.0
_CHUNK = 65_536


class SandboxApp:
    """Use as a context manager, or `start()` and `stop()`. Client id and secret are made anew each time.

    `app` judges requests and keeps `breaches`; `gateway` is Stream mode, `sending` what the robot says to people.
    Change or read them only within `change()` and `read()`, or use `hear()` (the phone), `chat`, `wait_until()`,
    `cut()`. `tls` serves both doors over TLS.
    """

    def __init__(self, *, now_ms: Callable[[], int] = wall_ms, tls: ssl.SSLContext | None = None) -> None:
        self.client_id = "ding" + secrets.token_hex(8)
        self.client_secret = secrets.token_hex(32)
        self.app = StrictApp(client_id=self.client_id, client_secret=self.client_secret)
        self.gateway = StrictGateway(self.app)
        self.sending = StrictSending(self.app)
        self._now_ms, self._tls = now_ms, tls
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._due: asyncio.Event | None = None
        self._sockets: dict[int, _ServerSocket] = {}
        self._port = 0

    @property
    def api(self) -> str:
        """The address that stands for `https://api.dingtalk.com`; known once started, the same after a restart."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

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

    def start(self) -> Self:
        """Listen; after a stop, at the same port again."""
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, name="sandbox-app", daemon=True)
        self._thread.start()
        if not self._ready.wait(_START_S) or not self._thread.is_alive():
            raise RuntimeError("the sandbox app did not start")
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

    # ---- on the thread's own loop

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError:
            log.exception("the sandbox app cannot listen")
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop, self._due = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        tasks: set[asyncio.Task[None]] = {asyncio.ensure_future(self._pump())}

        def on_connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            talk = asyncio.ensure_future(self._talk(reader, writer))
            tasks.add(talk)
            talk.add_done_callback(tasks.discard)

        server = await asyncio.start_server(on_connect, "127.0.0.1", self._port, ssl=self._tls)
        self._port = server.sockets[0].getsockname()[1]
        self.gateway.endpoint = f"{'wss' if self._tls else 'ws'}://127.0.0.1:{self._port}{CONNECT_PATH}"
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

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

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass  # the client hung up or spoke no HTTP: nothing to answer
        finally:
            writer.transport.abort()

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
