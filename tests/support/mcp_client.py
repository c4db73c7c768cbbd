"""The official MCP client against a real server on 127.0.0.1, and a door that writes down who knocked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.support.catalogs import catalogs
from tests.support.patience import PATIENCE_S
from tray_app.adapters.mcp.server import McpEndpoint
from tray_app.adapters.system.engine_thread import EngineThread
from tray_app.adapters.web.access import Access, clients_by_token, same_token
from tray_app.adapters.web.app import build_app
from tray_app.adapters.web.limits import HttpLimits
from tray_app.adapters.web.server import HttpServer, bind_loopback
from tray_app.app.agents.claude_code.agent import CLAUDE_CODE
from tray_app.core.delivery.delivery import Origin
from tray_app.core.delivery.receipt import Receipt, Report, Status
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Catalog, Language
from tray_app.core.messages.requests import Intent

TOKEN = "a" * 43
CONTROL = "c" * 43
_CALL_S = 60.0
SENT = Receipt(status=Status.SENT, delivery_id="d1", robot="ops")


def english() -> Catalog:
    """Read the real texts."""
    return catalogs()[Language.EN]


@dataclass
class RecordingDoor:
    """Answers with `reply` (a value, an error to raise, or a coroutine function) and keeps what it was asked."""

    reply: Receipt | Report | BaseException | Callable[[Intent], Awaitable[Receipt | Report]] = SENT
    asked: list[tuple[Intent, Origin]] = field(default_factory=list)
    finished: int = 0
    hidden: frozenset[str] = frozenset()

    def hides(self, tool: str) -> bool:
        return tool in self.hidden

    def refuse_hidden(self, origin: Origin, _arguments: Mapping[str, object]) -> Receipt | None:
        return Receipt(status=Status.REFUSED, rule="hide") if origin.tool in self.hidden else None

    async def handle(self, intent: Intent, origin: Origin, _arguments: Mapping[str, object]) -> Receipt | Report:
        self.asked.append((intent, origin))
        if isinstance(self.reply, BaseException):
            raise self.reply
        answer = self.reply if isinstance(self.reply, Receipt | Report) else await self.reply(intent)
        self.finished += 1
        return answer


@dataclass
class Endpoint:
    """A running endpoint."""

    port: int
    door: RecordingDoor
    server: HttpServer
    engine: EngineThread | None = None  # the thread it runs on, if it has one of its own

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"


def endpoint_on(door: RecordingDoor, *, port: int = 0, limits: HttpLimits | None = None, **build: Any) -> HttpServer:
    """Build everything an endpoint is made of; it is not started."""
    sock = bind_loopback(port)
    say = english()
    mcp = McpEndpoint(
        door, say, version="0.0.0", call_id_keys=(CLAUDE_CODE.call_id_key,), tool_meta=CLAUDE_CODE.tool_meta
    )
    access = Access(
        port=sock.getsockname()[1],
        client_of=build.pop("client_of", clients_by_token({"tests": Secret(TOKEN)})),
        is_control=same_token(Secret(CONTROL)),
        is_hook=build.pop("is_hook", lambda _token: False),
        is_question=build.pop("is_question", lambda _token: False),
        extra_hosts=build.pop("extra_hosts", lambda: ()),
    )
    app = build_app(mcp=mcp, access=access, say=say, limits=limits, **build)
    return HttpServer(app, sock, limits=limits, drain=mcp.drain)


@asynccontextmanager
async def running_endpoint(door: RecordingDoor | None = None, **build: Any) -> AsyncIterator[Endpoint]:
    """Serve on a free port of the running loop, and stop."""
    door = door or RecordingDoor()
    server = endpoint_on(door, **build)
    port = server.port
    await server.start()
    try:
        yield Endpoint(port, door, server)
    finally:
        async with asyncio.timeout(PATIENCE_S):
            await server.stop()


@contextmanager
def threaded_endpoint(door: RecordingDoor | None = None, **build: Any) -> Iterator[Endpoint]:
    """Serve on an engine thread, as the app does."""
    door = door or RecordingDoor()
    engine = EngineThread()
    engine.start()
    server = engine.call(_built(door, build), PATIENCE_S)
    try:
        yield Endpoint(server.port, door, server, engine)
    finally:
        engine.call(server.stop(), PATIENCE_S)
        assert engine.stop()


async def _built(door: RecordingDoor, build: dict[str, Any]) -> HttpServer:
    server = endpoint_on(door, **build)
    await server.start()
    return server


@asynccontextmanager
async def connected(url: str, *, token: str = TOKEN, mode: str = "auto", **headers: str) -> AsyncIterator[Client]:
    """Connect the official client. A call may wait for the owner, longer than httpx's own five seconds."""
    bearer = {"authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers={**bearer, **headers}, timeout=_CALL_S, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client
