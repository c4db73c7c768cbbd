"""The front of the web app: Host, Origin, token, method, size and time are checked before anything else runs."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tray_app.adapters.web.access import Access, Area, area_of, bearer
from tray_app.adapters.web.jsonrpc import PARSE_ERROR, checked, too_deep
from tray_app.adapters.web.limits import HttpLimits
from tray_app.adapters.web.responses import Refusal, answer, closed
from tray_app.core.clients.client import GRANT_KEY
from tray_app.core.kernel.texts import Text, text

_logger = logging.getLogger(__name__)
_ONCE = frozenset(
    {b"host", b"origin", b"authorization", b"content-type", b"content-length", b"transfer-encoding", b"cookie"}
    | {b"mcp-protocol-version", b"mcp-method", b"mcp-name", b"mcp-session-id"}
)
_CHALLENGE = ((b"www-authenticate", b"Bearer"),)  # no resource metadata: clients would start OAuth discovery
_UNAUTHORIZED = -32001


class Guard:
    """A pure ASGI app around another. `closing` ends waiting streams when the server stops."""

    def __init__(self, app: ASGIApp, *, access: Access, limits: HttpLimits, say: Callable[[Text], str]) -> None:
        self._app = app
        self._access = access
        self._hosts = access.hosts()
        self._limits = limits
        self._say = say
        self._running = 0  # requests of agents and hooks
        self.closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then hand on. Every refusal is an answer of our own; an exception inside is a bare 500."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        area = area_of(scope["path"])
        counted = False
        begun = ended = False

        async def watched_send(message: Message) -> None:
            nonlocal begun, ended
            begun = True
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(closed(message) if message["type"] == "http.response.start" else message)

        try:
            self._check(scope, area)
            counted = self._count(area)
            await self._app(scope, await self._body(scope, receive, area), watched_send)
            if begun and not ended:  # a stream that was told to stop: give it a proper end
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except Refusal as refusal:
            await answer(send, refusal, self._say(refusal.text), "rpc" if area is Area.MCP else "plain")
        except Exception:
            _logger.exception("a request failed")
            if not begun:  # else the broken-off answer tells the client
                failed = Refusal(500, text("endpoint.internal"), code=-32603)
                await answer(send, failed, self._say(failed.text), "rpc" if area is Area.MCP else "plain")
        finally:
            self._running -= counted

    def _count(self, area: Area) -> bool:
        """Take a place for an agent's or a hook's request; the owner always gets in."""
        if area not in {Area.MCP, Area.HOOK}:
            return False
        if self._running >= self._limits.requests:
            raise Refusal(503, text("endpoint.busy"), headers=((b"retry-after", b"1"),))
        self._running += 1
        return True

    def _check(self, scope: Scope, area: Area) -> None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        self._check_headers(headers)
        fields = dict(headers)
        host = fields.get(b"host", b"").lower()
        own = host in self._hosts
        if not own and not (area is Area.MCP and self._access.is_extra(host)):
            raise Refusal(421, text("endpoint.wrong_host"))
        # by a name of the owner's only programs call: a page there is one of another server, wherever the name leads
        if b"origin" in fields and not (own and fields[b"origin"] == b"http://" + host):
            raise Refusal(403, text("endpoint.wrong_origin"))
        self._check_credentials(scope, area, headers)
        if area is Area.MCP and scope["method"] != "POST":
            raise Refusal(405, text("endpoint.only_post"), headers=((b"allow", b"POST"),))
        length = fields.get(b"content-length", b"0")
        if not length.isdigit() or int(length[:20]) > self._limits.body_bytes:
            raise self._too_large()

    def _check_headers(self, headers: list[tuple[bytes, bytes]]) -> None:
        size = sum(len(name) + len(value) + 4 for name, value in headers)
        if size > self._limits.header_bytes or len(headers) > self._limits.headers:
            raise Refusal(431, text("endpoint.long_headers"), close=True)
        names = [name for name, _value in headers if name in _ONCE]
        if len(names) != len(set(names)):
            raise Refusal(400, text("endpoint.twice"), close=True)
        if b"content-length" in names and b"transfer-encoding" in names:  # where the request ends, nobody can say
            raise Refusal(400, text("endpoint.two_lengths"), close=True)

    def _check_credentials(self, scope: Scope, area: Area, headers: list[tuple[bytes, bytes]]) -> None:
        token = bearer(headers)
        match area:
            case Area.MCP:
                client = None if token is None else self._access.client_of(token)
                if client is None:
                    raise Refusal(401, text("endpoint.no_token"), code=_UNAUTHORIZED, headers=_CHALLENGE)
                scope.setdefault("state", {})[GRANT_KEY] = client
            case Area.API:
                if token is None or not self._access.is_control(token):
                    raise Refusal(401, text("endpoint.no_control"), headers=_CHALLENGE)
            case Area.HOOK | Area.FOLLOW_UP:
                if token is None or not self._access.is_hook(token):
                    raise Refusal(401, text("endpoint.no_hook"), headers=_CHALLENGE)
            case Area.QUESTION:
                if token is None or not self._access.is_question(token):
                    raise Refusal(401, text("endpoint.no_hook"), headers=_CHALLENGE)
            case Area.UI:
                pass  # the pages check their own cookie
            case Area.NONE:
                raise Refusal(404, text("endpoint.nothing_here"))

    async def _body(self, scope: Scope, receive: Receive, area: Area) -> Receive:
        names = {name for name, _value in scope["headers"]}
        if area is not Area.MCP and not names & {b"content-length", b"transfer-encoding"}:
            return self._until_closing(receive)
        try:
            async with asyncio.timeout(self._limits.body_s):
                body = await self._read(receive)
        except TimeoutError:
            raise Refusal(408, text("endpoint.slow_body"), close=True) from None
        if area is not Area.UI and too_deep(body):
            raise Refusal(400, text("endpoint.too_deep"), code=PARSE_ERROR)
        return self._replay(checked(body) if area is Area.MCP else body, receive)

    async def _read(self, receive: Receive) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise Refusal(400, text("endpoint.cut_off"), close=True)
            body += message.get("body", b"")
            if len(body) > self._limits.body_bytes:
                raise self._too_large()
            if not message.get("more_body", False):
                return bytes(body)

    def _replay(self, body: bytes, receive: Receive) -> Receive:
        given = False
        rest = self._until_closing(receive)

        async def replay() -> Message:
            nonlocal given
            if given:
                return await rest()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        return replay

    def _until_closing(self, receive: Receive) -> Receive:
        async def until_closing() -> Message:
            told = asyncio.ensure_future(receive())
            stop = asyncio.ensure_future(self.closing.wait())
            try:
                await asyncio.wait({told, stop}, return_when=asyncio.FIRST_COMPLETED)
                return told.result() if told.done() else {"type": "http.disconnect"}
            finally:
                for task in (told, stop):
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task

        return until_closing

    def _too_large(self) -> Refusal:
        most = self._limits.body_bytes // 1024
        return Refusal(413, text("endpoint.too_large", most=most), close=True)
