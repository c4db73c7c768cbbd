"""A WebSocket within the HTTP client's own connection: it leaves through the same proxies, trust and time-outs.

The frames are the `websockets` library's, without its I/O.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Mapping
from typing import Any

import httpx
from websockets.client import ClientProtocol
from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from tray_app.adapters.http.asking import Asker
from tray_app.adapters.http.long_frames import LongFrames

log = logging.getLogger(__name__)
logging.getLogger("websockets.client").setLevel(logging.WARNING)  # at DEBUG it tells address and frames
_CHUNK = 65_536
_MOST_BYTES = 1 << 20
_KEPT_BYTES = 1 << 16  # of a longer text
_SWITCHED = 101
_CLOSE_S = 1.0


class WebSocket:
    """Implements `services.ports.Socket`. One task receives; any may send.

    Where nothing came for `ping_s` it asks; where nothing comes for another `pong_s`, it has ended. Of a text of
    more than 1 MiB only the first 64 KiB come: it may be sent again, and must not end each connection.
    """

    def __init__(self, response: httpx.Response, protocol: ClientProtocol, *, ping_s: float, pong_s: float) -> None:
        self._response, self._protocol = response, protocol
        self._stream: Any = response.extensions["network_stream"]
        self._ping_s, self._pong_s = ping_s, pong_s
        self._texts: deque[str] = deque()
        self._long_frames = LongFrames(_MOST_BYTES)
        self._parts: list[bytes] = []
        self._bytes = 0
        self._writing = asyncio.Lock()
        self._ended = False

    async def receive(self) -> str | None:
        """Wait for the next text; None: it has ended."""
        while not self._texts and not self._ended:
            data = await self._read()
            if data:
                self._protocol.receive_data(self._long_frames.cut(data))
                self._take()
                await self._flush()
            if not data or self._protocol.state is not State.OPEN:
                self._ended = True
        return self._texts.popleft() if self._texts else None

    async def send(self, text: str) -> None:
        """Send a text; where it has ended, nothing."""
        if not self._ended and self._protocol.state is State.OPEN:
            self._protocol.send_text(text.encode())
            await self._flush()

    async def close(self) -> None:
        """Say so, without waiting for the other side's word, and close."""
        self._ended = True
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_CLOSE_S):
                if self._protocol.state is State.OPEN:
                    self._protocol.send_close(1000)
                    await self._flush()
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_CLOSE_S):
                await self._response.aclose()

    async def _read(self) -> bytes:
        """Read what comes; nothing at the end. Silence is asked about once."""
        for number, wait_s in enumerate((self._ping_s, self._pong_s)):
            try:
                async with asyncio.timeout(wait_s):
                    data: bytes = await self._stream.read(_CHUNK)
                    return data
            except TimeoutError:
                if not number:
                    self._protocol.send_ping(b"")
                    await self._flush()
            except Exception as error:  # noqa: BLE001 - whatever the network does is the end
                log.debug("the stream ended: %s", type(error).__name__)
                return b""
        return b""

    def _take(self) -> None:
        """Put fragments together; what is no text is nothing to us."""
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode in {Opcode.TEXT, Opcode.CONT, Opcode.BINARY}:
                self._bytes += len(event.data)
                if event.data and (self._bytes <= _MOST_BYTES or not self._parts):
                    self._parts.append(bytes(event.data))
                if event.fin:
                    self._texts.append(self._together())

    def _together(self) -> str:
        """Take what came as one text; of one that is too long its beginning, up to the first part that was too much."""
        whole = b"".join(self._parts)
        said = whole if self._bytes <= _MOST_BYTES else whole[:_KEPT_BYTES]
        self._parts.clear()
        self._bytes = 0
        return said.decode("utf-8", "replace")

    async def _flush(self) -> None:
        async with self._writing:
            for data in self._protocol.data_to_send():
                if data and not await self._written(data):
                    self._ended = True

    async def _written(self, data: bytes) -> bool:
        try:
            await self._stream.write(data, timeout=self._pong_s)
        except Exception as error:  # noqa: BLE001 - whatever the network does is the end
            log.debug("the stream ended: %s", type(error).__name__)
            return False
        return True


async def shake_hands(ask: Asker, url: str, *, ping_s: float, pong_s: float) -> WebSocket | httpx.Response:
    """Ask for a WebSocket. Whoever gets the server's refusal reads and closes it. Raises as the HTTP library does."""
    protocol = ClientProtocol(parse_uri(url), max_size=None)  # too long a frame is cut
    asked = {name: value for name, value in protocol.connect().headers.raw_items() if name.lower() != "host"}
    response = await ask("GET", "http" + url.removeprefix("ws"), asked)
    if response.status_code != _SWITCHED:
        return response
    try:
        _check(protocol, response.headers)
    except BaseException:
        await response.aclose()
        raise
    return WebSocket(response, protocol, ping_s=ping_s, pong_s=pong_s)


def _check(protocol: ClientProtocol, headers: Mapping[str, str]) -> None:
    """Have the library check the answer. Raises httpx.RemoteProtocolError where it is none to our request."""
    lines = ["HTTP/1.1 101 Switching Protocols", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    protocol.receive_data("\r\n".join(lines).encode("latin-1", "replace"))
    protocol.events_received()
    if protocol.state is not State.OPEN:
        refused = protocol.handshake_exc
        words = str(refused) if isinstance(refused, WebSocketException) else "no handshake"
        raise httpx.RemoteProtocolError(words)
