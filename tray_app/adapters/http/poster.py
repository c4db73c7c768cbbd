"""Posts to a chat service: shared connections per way out, time-outs, no redirect, errors by name; asks a clock."""

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import httpx

from tray_app.adapters.http.asking import Asker, ask_over
from tray_app.adapters.http.causes import LOGIN, Progress, cause_of
from tray_app.adapters.http.proxies import Proxy, UnusableProxy, proxy_for
from tray_app.adapters.http.trust import NoCertificates, named_certificates, tls_context
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import NoReply, Reply, Request, Trouble
from tray_app.core.messages.unreached import Cause, Unreached

if TYPE_CHECKING:
    from tray_app.adapters.http.websocket import WebSocket

log = logging.getLogger(__name__)
T = TypeVar("T")

MOST_BYTES = 64 * 1024
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How a request leaves: what is equal shares its connections."""

    proxy: Proxy | None
    secure: bool
    certificates: tuple[str, str]


class HttpPoster:
    """Implements `services.ports.Poster`. Use it on one event loop, and `aclose()` it there.

    `connect_s`, `read_s` and `write_s` bound each step, `total_s` the whole exchange. A WebSocket on which nothing came
    for `ping_s` is asked, and has ended where nothing comes for `pong_s` more.
    """

    def __init__(
        self,
        *,
        connect_s: float = 5.0,
        read_s: float = 10.0,
        write_s: float = 10.0,
        total_s: float = 20.0,
        ping_s: float = 60.0,
        pong_s: float = 30.0,
    ) -> None:
        self._ping_s, self._pong_s = ping_s, pong_s
        self._timeout = httpx.Timeout(connect=connect_s, read=read_s, write=write_s, pool=connect_s)
        self._total_s = total_s
        self._transports: dict[_Way, httpx.AsyncHTTPTransport] = {}
        for name in ("httpx", "httpcore"):  # at DEBUG they log every address, with token and signature
            logging.getLogger(name).setLevel(logging.WARNING)

    async def post(self, request: Request) -> Reply | NoReply:
        """POST once and return the answer. Never follows a redirect: token and body would go along."""
        return await self._ask("POST", request)

    async def probe(self, request: Request) -> Reply | NoReply:
        """Ask for nothing in particular (HEAD), the way messages go."""
        return await self._ask("HEAD", request)

    async def aclose(self) -> None:
        """Close all connections; another `post` would open new ones."""
        transports, self._transports = self._transports, {}
        for transport in transports.values():
            await transport.aclose()

    async def connect(self, url: Secret) -> "WebSocket | Reply | NoReply":
        """Open a WebSocket (implements `services.ports.Sockets`); it is closed before this is."""
        from tray_app.adapters.http.websocket import WebSocket, shake_hands  # only who hears people needs it

        async def work(ask: Asker) -> WebSocket | Reply:
            answer = await shake_hands(ask, url.reveal(), ping_s=self._ping_s, pong_s=self._pong_s)
            return answer if isinstance(answer, WebSocket) else await _replied(answer)

        return await self._on_the_way("http" + url.reveal().removeprefix("ws"), work, name="WebSocket")

    async def _ask(self, method: str, request: Request) -> Reply | NoReply:
        url = request.url.reveal()

        async def work(ask: Asker) -> Reply:
            return await _replied(await ask(method, url, request.headers, request.body))

        return await self._on_the_way(url, work, name=method)

    async def _on_the_way(self, url: str, work: Callable[[Asker], Awaitable[T]], *, name: str) -> T | NoReply:
        """Do it on the way to this address; whatever stops it on the way is a value."""
        progress, host, proxy = Progress(), "", None
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
            proxy = proxy_for(parts.scheme, host, port)
            transport = self._transport(proxy, secure=parts.scheme == "https")
            ask = ask_over(transport, timeout=self._timeout, progress=progress)
            async with asyncio.timeout(self._total_s):
                reply = await work(ask)
            login = isinstance(reply, Reply) and reply.status == LOGIN
            if proxy is not None and login and parts.scheme == "http" and not proxy.is_tunnel:
                return _unreached(Cause.PROXY_LOGIN, host, proxy.shown)
            return reply
        except UnusableProxy as error:
            return _unreached(Cause.PROXY_UNUSABLE, host, error.variable)
        except NoCertificates as error:
            return _unreached(Cause.CERTIFICATE_FILE, host, error.variable)
        except Exception as error:  # noqa: BLE001 - whatever the network does is a value; the error's text may hold the address
            if not progress.sent:
                await progress.hang_up()
                return _unreached(*_named(error, progress, proxy, host))
            trouble = _trouble(error)
            log.info("%s: %s (%s)", name, trouble, type(error).__name__)
            return NoReply(trouble=trouble)

    def _transport(self, proxy: Proxy | None, *, secure: bool) -> httpx.AsyncHTTPTransport:
        """Find the connections of this way, or make it. Raises NoCertificates where no TLS can be spoken."""
        tls_proxy = proxy is not None and proxy.url.startswith("https:")
        secure = secure or tls_proxy
        way = _Way(proxy=proxy, secure=secure, certificates=named_certificates() if secure else ("", ""))
        if way not in self._transports:
            trust = tls_context() if secure else None
            self._transports[way] = httpx.AsyncHTTPTransport(
                trust_env=False,  # the way was chosen above
                verify=trust or False,  # without TLS nothing is verified, and no certificates need be read
                proxy=None if proxy is None else httpx.Proxy(proxy.url, ssl_context=trust if tls_proxy else None),
            )
        return self._transports[way]


def _named(error: Exception, progress: Progress, proxy: Proxy | None, host: str) -> tuple[Cause | None, str, str]:
    cause, what = cause_of(error, progress, proxy)
    log.info("not sent (%s)", type(error).__name__)
    return cause, host, what


def _unreached(cause: Cause | None, host: str, what: str) -> NoReply:
    if cause is None:
        return NoReply(trouble=Trouble.UNREACHABLE)
    log.info("not sent: %s", " ".join(filter(None, (cause, what))))
    return NoReply(trouble=Trouble.UNREACHABLE, why=Unreached(cause=cause, host=host, what=what))


async def _replied(response: httpx.Response) -> Reply:
    try:
        raw, truncated = await _read(response)
    finally:
        await response.aclose()
    encoding = response.headers.get("content-encoding", "").lower()
    body, more = _inflated(raw) if encoding in {"gzip", "x-gzip", "deflate"} and raw else (raw, False)
    return Reply(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=body,
        truncated=truncated or more,
    )


async def _read(response: httpx.Response) -> tuple[bytes, bool]:
    """Read at most 64 KiB as they come over the wire; say whether there was more."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            return bytes(body[:MOST_BYTES]), True
    return bytes(body), False


def _inflated(raw: bytes) -> tuple[bytes, bool]:
    """Unpack what a proxy packed although we asked it not to, at most 64 KiB of it: a bomb stays small.

    Some name a packing and unpack it themselves.
    """
    if raw.lstrip()[:1] == b"{":
        return raw, False
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, by its head
    body = unpacker.decompress(raw, MOST_BYTES)
    return body, not unpacker.eof


def _trouble(error: Exception) -> Trouble:
    """Say what became of a request whose first byte went out: the message may be there."""
    broken = isinstance(error, httpx.RemoteProtocolError | httpx.DecodingError | zlib.error)
    return Trouble.BROKEN if broken else Trouble.NO_ANSWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """`failed` is None where the host answered; `date_ms` is its clock, if it says."""

    failed: NoReply | None = None
    date_ms: int | None = None


def ask_host(host: str, *, secure: bool = True) -> Probe:
    """Ask `host` (with or without port) for nothing in particular, the way messages go. Not on a running loop."""
    return asyncio.run(_probe(Request(url=Secret(f"{'https' if secure else 'http'}://{host}/"), headers={}, body=b"")))


async def _probe(request: Request) -> Probe:
    poster = HttpPoster(connect_s=5, read_s=5, write_s=5, total_s=5)
    try:
        answer = await poster.probe(request)
    finally:
        await poster.aclose()
    if isinstance(answer, NoReply):
        return Probe(failed=answer)
    try:
        return Probe(date_ms=int(parsedate_to_datetime(answer.headers["date"]).timestamp() * 1000))
    except (KeyError, ValueError):
        return Probe()
