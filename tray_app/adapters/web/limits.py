"""How much one connection may ask for: sizes in bytes, times in seconds, and the HTTP protocol that keeps the times."""

import asyncio
import sys
from dataclasses import dataclass
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from tray_app.adapters.web.responses import CLOSED

_SILENT_S = 2.0  # longer than a busy machine keeps bytes that have come from being read


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """What is more than any honest client needs. A request has `request_s` to arrive whole, its body `body_s`."""

    body_bytes: int = 256 * 1024
    header_bytes: int = 16 * 1024
    headers: int = 64
    body_s: float = 10.0
    request_s: float = 15.0
    keep_alive_s: int = 75
    connections: int = 256


def patient_until(limits: HttpLimits) -> type[H11Protocol]:
    """Build uvicorn's HTTP/1.1 protocol with these limits."""
    return type("BoundedProtocol", (_Bounded,), {"request_s": limits.request_s, "most": limits.connections})


class _Bounded(H11Protocol):
    """uvicorn waits for ever for half a request; this closes it, and makes room by closing idle connections first."""

    request_s = 15.0
    most = 256
    _deadline: asyncio.TimerHandle | None = None
    heard = 0.0  # when the last bytes came, in the loop's time

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        self.heard = self.loop.time()
        self._start_deadline()
        if len(self.connections) >= self.most:
            self._shed()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self.heard = self.loop.time()
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
        # younger ones are about to send: a burst of honest clients is answered with 503, not with a reset
        silent_since = self.loop.time() - _SILENT_S
        others: list[Any] = [other for other in self.connections if other is not self]
        idle = [other for other in others if other.heard < silent_since and _between_requests(other)]
        if idle:
            oldest = min(idle, key=lambda other: other.heard)
            oldest.transport.close()
            self.connections.discard(oldest)


def _between_requests(protocol: H11Protocol) -> bool:
    cycle: RequestResponseCycle | None = protocol.cycle  # None before the first one, whatever uvicorn's types say
    return cycle is None or cycle.response_complete
