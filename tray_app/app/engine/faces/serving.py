"""The endpoint's life: bind the port, import the MCP SDK meanwhile, serve, tell other programs where, stop."""

import asyncio
import contextlib
import errno
import logging
import os
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from starlette.routing import Route

from tray_app import __version__
from tray_app.adapters.files.endpoint import Endpoint as EndpointOnDisk
from tray_app.adapters.files.endpoint import EndpointFile, TokenFile
from tray_app.adapters.files.not_serving import NotServingFile
from tray_app.adapters.system.slow_imports import load
from tray_app.adapters.web.access import Access, same_token
from tray_app.adapters.web.app import build_app
from tray_app.adapters.web.server import HttpServer, bind_loopback
from tray_app.app.agents.agent import Agent
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.state.snapshot import EndpointState
from tray_app.services.calls.dispatch import ToolCallDispatcher
from tray_app.services.clients import Clients
from tray_app.services.state.snapshot_builder import EndpointStatus

log = logging.getLogger(__name__)
_NEXT_PORTS = 20
_AGAIN_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Who gets in: `control` and `hook` are the tokens of commands and hooks, new at each start.

    `questions`: the file of the token of those that ask the owner; `extra_hosts`: by what other names agents may call.
    """

    control: Secret
    hook: Secret
    questions: TokenFile
    extra_hosts: Callable[[], Iterable[str]]


class Serving:
    """Keeps `endpoint` true; `changed` hears of it. Start and stop it as often as needed."""

    def __init__(
        self,
        *,
        dispatcher: ToolCallDispatcher,
        routes: Callable[[], Sequence[Route]],
        admission: Admission,
        endpoint: EndpointStatus,
        file: EndpointFile,
        not_serving: NotServingFile,
        catalog: Catalog,
        clients: Clients,
        agents: Sequence[Agent],
        changed: Callable[[], None],
    ) -> None:
        """Nothing is bound yet."""
        self._dispatcher = dispatcher
        self._routes = routes
        self._admission = admission
        self._endpoint = endpoint
        self._file = file
        self._not_serving = not_serving
        self._catalog = catalog
        self._clients = clients
        self._agents = agents
        self._changed = changed
        self._server: HttpServer | None = None
        self._turn = asyncio.Lock()
        self._failed = asyncio.Event()

    async def start(self, port: int, *, next_free: bool = False) -> bool:
        """Serve at `port` (0: any; `next_free`: it or the first free one after it).

        False: the snapshot says why, the log, and the file that commands read; `keep` tries on.
        """
        async with self._turn:
            return self._server is not None or await self._start(port, next_free=next_free)

    async def _start(self, port: int, *, next_free: bool) -> bool:
        try:
            sock = _bind(port, next_free=next_free)
        except OSError as error:
            used = error.errno in {errno.EADDRINUSE, errno.EACCES, 10013, 10048}  # Windows says it in its own numbers
            entry = "port_in_use" if used else "failed"
            trouble = (text(f"serving.{entry}", port=port), text(f"serving.{entry}_hint", port=port))
            self._become(EndpointState.PORT_IN_USE if used else EndpointState.FAILED, port, trouble)
            return False
        try:
            await self._serve(sock)
        except TrayAppError as error:
            trouble = (error.reason, error.hint)
        except Exception:
            log.exception("the endpoint could not start")
            trouble = (text("serving.failed"), text("serving.failed_hint"))
        else:
            return True
        await self._let_go(sock)
        self._become(EndpointState.FAILED, port, trouble)
        return False

    async def _let_go(self, sock: socket.socket) -> None:
        server, self._server = self._server, None
        if server is not None:
            await server.stop(0)
        sock.close()

    async def keep(self) -> None:
        """Try again while it does not serve, or nobody can find it; for ever."""
        while True:
            await self._failed.wait()
            await asyncio.sleep(_AGAIN_S)
            if self._endpoint.state is EndpointState.RUNNING:
                self._tell_again()
                continue
            async with self._turn:  # a stop may have come first
                if self._endpoint.state in {EndpointState.PORT_IN_USE, EndpointState.FAILED}:
                    await self._start(self._endpoint.port, next_free=False)

    def look(self) -> None:
        """Tell again where to find it, if what tells it is gone or is another's."""
        if (
            self._endpoint.state is EndpointState.RUNNING
            and self._endpoint.trouble is None
            and not self._file.is_there()
        ):
            self._tell_again()

    def _tell_again(self) -> None:
        log.warning("the file that says where to find this app was taken away, and is written again")
        trouble = None
        try:
            self.tell()
        except TrayAppError as error:
            trouble = (error.reason, error.hint)
        self._become(EndpointState.RUNNING, self._endpoint.port, trouble)

    async def stop(self, *, grace_s: float) -> None:
        """Stop serving and tell other programs."""
        async with self._turn:
            server, self._server = self._server, None
            self._become(EndpointState.STOPPING, self._endpoint.port, None)
            if server is not None:
                self._file.remove()
                await server.stop(grace_s)

    async def _serve(self, sock: socket.socket) -> None:
        port = sock.getsockname()[1]
        # most of a second of imports: on a thread of their own, so that the loop answers clicks meanwhile
        # the SDK's packages import its client and its framework, too: 12 MB and 170 ms
        await load("tray_app.adapters.mcp.server", postponed=("mcp", "mcp.server"))
        from tray_app.adapters.mcp.server import McpEndpoint

        mcp = McpEndpoint(
            self._dispatcher,
            self._catalog,
            version=__version__,
            call_id_keys=[one.call_id_key for one in self._agents if one.call_id_key],
            tool_meta={key: value for one in self._agents for key, value in one.tool_meta.items()},
        )
        access = Access(
            port=port,
            client_of=self._clients.owner_of,
            is_control=same_token(self._admission.control),
            is_hook=same_token(self._admission.hook),
            is_question=self._may_ask,
            extra_hosts=self._admission.extra_hosts,
        )
        app = build_app(mcp=mcp, routes=self._routes(), access=access, say=self._catalog)
        self._server = HttpServer(app, sock, drain=mcp.drain)
        await self._server.start()
        self._write(_url(port))  # before it is called running: what nobody can find is no use
        self._become(EndpointState.RUNNING, port, None)
        log.info("serving at %s", self._endpoint.url)

    def _may_ask(self, token: str) -> bool:
        kept = self._admission.questions.read()
        return kept is not None and kept.matches(token)

    def tell(self) -> None:
        """Tell other programs where, and by which tokens; again when one has changed. Raises TrayAppError."""
        if self._endpoint.state is not EndpointState.RUNNING:
            return  # the file comes with the start
        self._write(self._endpoint.url)

    def _write(self, url: str) -> None:
        self._file.write(
            EndpointOnDisk(
                url=url,
                pid=os.getpid(),
                version=__version__,
                token=self._clients.built_in,
                control_token=self._admission.control,
                hook_token=self._admission.hook,
            )
        )

    def _become(self, state: EndpointState, port: int, trouble: tuple[Text, Text] | None) -> None:
        if trouble is None:
            self._failed.clear()
            if state is EndpointState.RUNNING:  # one that ends leaves its reason to whoever started it
                self._not_serving.remove()
        else:
            self._failed.set()
            self._not_serving.write(*trouble)
            if trouble != self._endpoint.trouble:
                log.error("the endpoint cannot be reached: %s", self._catalog(trouble[0]))
        self._endpoint.state = state
        self._endpoint.port = port
        self._endpoint.url = _url(port)
        self._endpoint.trouble = trouble
        self._changed()


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}/mcp"


def _bind(port: int, *, next_free: bool) -> socket.socket:
    if next_free:
        for candidate in range(port, min(port + _NEXT_PORTS, 65_535)):
            with contextlib.suppress(OSError):
                return bind_loopback(candidate)
        return bind_loopback(0)
    return bind_loopback(port)
