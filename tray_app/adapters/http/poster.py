"""Posts to a chat service: one shared client, time-outs, no redirect, errors by class; and asks for a host's clock."""

import asyncio
import logging
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from tray_app.core.messages.channel import NoReply, Reply, Request, Trouble

log = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024
_DIRECT = ("all://127.0.0.1", "all://localhost", "all://[::1]")  # a proxy cannot reach this computer's loopback


class HttpPoster:
    """Implements `services.ports.Poster`. Use it on one event loop, and `aclose()` it there.

    `connect_s`, `read_s` and `write_s` bound each step, `total_s` the whole exchange.
    """

    def __init__(
        self, *, connect_s: float = 5.0, read_s: float = 10.0, write_s: float = 10.0, total_s: float = 20.0
    ) -> None:
        self._timeout = httpx.Timeout(connect=connect_s, read=read_s, write=write_s, pool=connect_s)
        self._total_s = total_s
        self._client: httpx.AsyncClient | None = None
        for name in ("httpx", "httpcore"):  # at INFO httpx logs every address, with token and signature
            logging.getLogger(name).setLevel(logging.WARNING)

    async def post(self, request: Request) -> Reply | NoReply:
        """POST once and return the answer. Never follows a redirect: token and body would go along."""
        client = self._ready_client()
        if client is None:
            return NoReply(trouble=Trouble.UNREACHABLE)
        progress = _Progress()
        try:
            async with asyncio.timeout(self._total_s):
                return await _exchange(client, request, progress)
        except Exception as error:  # noqa: BLE001 - whatever the network does is a value; the error's text may hold the address
            trouble = _trouble(error, sent=progress.sent)
            log.info("POST: %s (%s)", trouble, type(error).__name__)
            return NoReply(trouble=trouble)

    async def aclose(self) -> None:
        """Close all connections; another `post` would open new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _ready_client(self) -> httpx.AsyncClient | None:
        """Make the client at its first use; None where that fails, to be tried again at the next."""
        if self._client is None:
            try:
                self._client = httpx.AsyncClient(
                    timeout=self._timeout,
                    follow_redirects=False,
                    headers={"accept-encoding": "identity", "user-agent": "dingtalk-tray"},
                    mounts=dict.fromkeys(_DIRECT),
                )
            except Exception as error:  # noqa: BLE001 - SSL_CERT_FILE names no file, a proxy variable is no address, …
                log.warning(
                    "no HTTP client (%s): check SSL_CERT_FILE, SSL_CERT_DIR and the proxy", type(error).__name__
                )
        return self._client


class _Progress:
    """Listens to httpcore's trace: from the first byte of our own request on, the message may be there."""

    def __init__(self) -> None:
        self.sent = False

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        if (
            event.endswith("send_request_headers.started") and info["request"].method == b"POST"
        ):  # not a proxy's CONNECT
            self.sent = True


async def _exchange(client: httpx.AsyncClient, request: Request, progress: _Progress) -> Reply:
    url, headers, trace = request.url.reveal(), dict(request.headers), {"trace": progress}
    async with client.stream("POST", url, headers=headers, content=request.body, extensions=trace) as response:
        raw, truncated = await _read(response)
        encoding = response.headers.get("content-encoding", "").lower()
        body, more = _inflated(raw) if encoding in {"gzip", "x-gzip", "deflate"} else (raw, False)
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
    """Unpack what a proxy packed although we asked it not to, at most 64 KiB of it: a bomb stays small."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, by its head
    body = unpacker.decompress(raw, MOST_BYTES)
    return body, not unpacker.eof


def _trouble(error: Exception, *, sent: bool) -> Trouble:
    """Say how far it got: what failed before our first byte reached nobody; after it, the message may be there."""
    if not sent:
        return Trouble.UNREACHABLE
    broken = isinstance(error, httpx.RemoteProtocolError | httpx.DecodingError | zlib.error)
    return Trouble.BROKEN if broken else Trouble.NO_ANSWER


_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """`why` is empty where the host answered, else the class of what went wrong; `date_ms` is its clock, if it says."""

    why: str = ""
    date_ms: int | None = None


def ask_host(host: str, *, secure: bool = True) -> Probe:
    """Ask `host` (with or without port) for nothing in particular, through the environment's proxies as messages go."""
    scheme = "https" if secure else "http"
    try:
        answer = httpx.head(f"{scheme}://{host}/", timeout=_TIMEOUT_S, follow_redirects=False)
    except Exception as error:  # noqa: BLE001 - no certificate file, no such proxy, no network: all are the finding
        return Probe(why=type(error).__name__)
    try:
        return Probe(date_ms=int(parsedate_to_datetime(answer.headers["date"]).timestamp() * 1000))
    except (KeyError, ValueError):
        return Probe()
