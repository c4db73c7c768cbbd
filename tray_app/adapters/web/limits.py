"""How much one connection may ask for: sizes in bytes, times in seconds, and the HTTP protocol that keeps the times."""

import asyncio
import sys
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from tray_app.adapters.web.responses import CLOSED

_LINGER_S = 2.0
_LINGER_BYTES = 16 * 1024 * 1024
_OUR_FILES = 128  # beside connections: database, transcripts, log


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """What is more than any honest client needs. A request has `request_s` to arrive whole, its body `body_s`.

    `connections` are open at once; where more come, those idle longest give way. `requests` of agents and hooks run at
    once; the owner's pages and commands are not counted.
    """

    body_bytes: int = 256 * 1024
    header_bytes: int = 16 * 1024
    headers: int = 64
    body_s: float = 10.0
    request_s: float = 15.0
    keep_alive_s: int = 75
    connections: int = 1024
    requests: int = 256


def patient_until(limits: HttpLimits) -> type[H11Protocol]:
    """Build uvicorn's HTTP/1.1 protocol with these limits."""
    most = min(limits.connections, _room())
    return type("BoundedProtocol", (_Bounded,), {"request_s": limits.request_s, "most": most})


def _room() -> int:
    """How many connections the limit of open files leaves room for."""
    if sys.platform == "win32":
        return sys.maxsize
    import resource

    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return sys.maxsize if files == resource.RLIM_INFINITY else max(files - _OUR_FILES, files // 2)


class _Lingering:
    """A transport that closes as RFC 9112 (9.6) wants it where a request is refused before all of it was read.

    Closing with bytes unread makes the kernel send a reset, and the client may lose the answer that it had. So only our
    side ends; what still comes is read and thrown away, for a while.
    """

    def __init__(self, transport: asyncio.Transport, protocol: "_Bounded") -> None:
        self._transport = transport
        self._protocol = protocol
        self._timer: asyncio.TimerHandle | None = None
        self._left = _LINGER_BYTES
        self.lingers = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Whether nothing may be written any more."""
        return self.lingers or self._transport.is_closing()

    def close(self) -> None:
        """End our side first where more may come; a second time: end both."""
        if self.lingers or self._transport.is_closing() or not self._protocol.owed():
            self.end()
            return
        self.lingers = True
        self._timer = self._protocol.loop.call_later(_LINGER_S, self.end)
        try:
            self._transport.write_eof()
            self._transport.resume_reading()
        except OSError:  # the client is gone already
            self.end()

    def end(self) -> None:
        """Close both sides."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._transport.close()

    def throw_away(self, data: bytes) -> None:
        """Take what comes after the answer."""
        self._left -= len(data)
        if self._left < 0:
            self.end()


class _Bounded(H11Protocol):
    """uvicorn waits for ever for half a request; this closes it, and makes room by closing idle connections first."""

    request_s = 15.0
    most = 1024
    _deadline: asyncio.TimerHandle | None = None
    idle_since = 0.0  # in the loop's time
    transport: Any

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(_Lingering(transport, self))  # type: ignore[arg-type] # it gives all that one has
        self.idle_since = self.loop.time()
        self._start_deadline()
        if len(self.connections) > self.most:
            self._shed()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        self.transport.end()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Close when the server stops."""
        if self.transport.lingers:
            self.transport.end()
        else:
            super().shutdown()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self.idle_since = self.loop.time()
        super().on_response_complete()

    def owed(self) -> bool:
        """Whether more of a request may come than was read."""
        return self.conn.their_state in {h11.SEND_BODY, h11.ERROR}

    def data_received(self, data: bytes) -> None:
        if self.transport.lingers:
            self.transport.throw_away(data)
            return
        super().data_received(data)
        if self._whole():
            self._stop_deadline()
        elif self._deadline is None:
            self._start_deadline()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, with 431 where the head was too long; uvicorn knows 400 only, and may raise here."""
        error = sys.exception()
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            self._answer(status, msg)
        self.transport.close()

    def _answer(self, status: int, words: str) -> None:
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *CLOSED]
        for event in (
            h11.Response(status_code=status, headers=headers),
            h11.Data(data=words.encode("ascii")),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")

    def _whole(self) -> bool:
        return self.conn.their_state in {h11.DONE, h11.MUST_CLOSE, h11.CLOSED, h11.ERROR} or (
            self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]
        )

    def _start_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.request_s, self._too_slow)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self.conn.their_state is h11.IDLE and self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            self._answer(408, "The request did not arrive in time.")
        self.transport.close()

    def _shed(self) -> None:
        others: list[Any] = [other for other in self.connections if other is not self]
        idle = sorted((other for other in others if _between_requests(other)), key=lambda other: other.idle_since)
        for other in idle[: len(self.connections) - self.most]:  # whoever asks is the youngest of all
            other.transport.end()
            self.connections.discard(other)


def _between_requests(protocol: H11Protocol) -> bool:
    cycle: RequestResponseCycle | None = protocol.cycle  # None before the first one, whatever uvicorn's types say
    return cycle is None or cycle.response_complete
