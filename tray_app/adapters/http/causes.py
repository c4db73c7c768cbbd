"""What an exception of the HTTP library stands for, by how far the connection had got."""

import contextlib
import errno
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from tray_app.adapters.http.proxies import Proxy
from tray_app.core.messages.unreached import Cause

# not yet valid, expired: OpenSSL's codes, then Windows' and the Mac's (errSecCertificateExpired, …NotValidYet)
_BY_THE_CLOCK = frozenset({9, 10, 0x800B0101, 0x800B0101 - 2**32, -67818, -67819})
_AWAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})
_STATUS = re.compile(r"[45][0-9]{2}\b")
LOGIN = 407
_FAULT = 500


class Progress:
    """Listens to httpcore's trace: from the first byte of our own request on, the message may be there."""

    def __init__(self) -> None:
        self.connected = False  # to whatever comes first: the proxy where there is one
        self.through = False  # a tunnel is open, TLS begins
        self.sent = False
        self._stream: Any = None

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """Hear one event."""
        if event.endswith("connect_tcp.complete"):
            self.connected, self._stream = True, info["return_value"]
        elif event.endswith("start_tls.started"):
            self.through = True
        elif event.endswith("send_request_headers.started"):
            self.sent = info["request"].method != b"CONNECT"  # a proxy's own request

    async def hang_up(self) -> None:
        """Close the connection of a request that was not sent: behind a proxy httpcore leaves it open."""
        if self._stream is not None:
            with contextlib.suppress(Exception):
                await self._stream.aclose()


def cause_of(error: Exception, progress: Progress, proxy: Proxy | None) -> tuple[Cause | None, str]:
    """Name why nothing was sent, and the thing in the way; None where it says no more than that."""
    found = list(_chain(error))
    secure = next((one for one in found if isinstance(one, ssl.SSLError)), None)
    if isinstance(secure, ssl.SSLCertVerificationError):
        return (Cause.CLOCK if secure.verify_code in _BY_THE_CLOCK else Cause.CERTIFICATE), ""
    if proxy is not None and not progress.through:
        return _at_proxy(error, progress, proxy)
    if secure is not None:
        return Cause.TLS, ""
    if any(isinstance(one, socket.gaierror) for one in found):
        return Cause.NAME, ""
    if any(isinstance(one, ConnectionRefusedError) for one in found):
        return Cause.REFUSED, ""
    if any(isinstance(one, OSError) and one.errno in _AWAY for one in found):
        return Cause.NO_NETWORK, ""
    if any(isinstance(one, TimeoutError | httpx.TimeoutException) for one in found):
        return Cause.TIME_OUT, ""
    return (Cause.TLS, "") if progress.through else (None, "")


def _at_proxy(error: Exception, progress: Progress, proxy: Proxy) -> tuple[Cause, str]:
    if not progress.connected or not isinstance(error, httpx.ProxyError):
        return Cause.PROXY_DOWN, proxy.shown
    said = str(error)
    if status := _STATUS.match(said):
        if int(status[0]) == LOGIN:
            return Cause.PROXY_LOGIN, proxy.shown
        return (Cause.PROXY_REFUSES if int(status[0]) < _FAULT else Cause.PROXY_FAILS), f"{proxy.shown}, {status[0]}"
    if "NO ACCEPTABLE" in said or "username/password" in said:
        return Cause.PROXY_LOGIN, proxy.shown
    return (Cause.PROXY_REFUSES if "allowed" in said or "got" in said else Cause.PROXY_FAILS), proxy.shown


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Give the exception and all behind it, also those of several addresses that were tried at once."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
