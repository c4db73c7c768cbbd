"""The HTTP server on 127.0.0.1, and its listening socket."""

import functools
import gc
import socket
import sys
from collections.abc import Awaitable, Callable

import uvicorn

from tray_app.adapters.web.guard import Guard
from tray_app.adapters.web.limits import HttpLimits, patient_until


def bind_loopback(port: int) -> socket.socket:
    """Listen on 127.0.0.1:`port` (0: any free one). Raises OSError where the port is taken.

    Clients that connect before the server reads are kept by the kernel, up to the backlog.
    """
    # IPPROTO_TCP by name: with proto 0 asyncio never sets TCP_NODELAY, which costs 40 ms a call (delayed ACK)
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform == "win32":
            # SO_REUSEADDR on Windows would let another program take over the port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
        sock.listen(128)
        sock.setblocking(False)  # noqa: FBT003 - the socket module's own signature
    except OSError:
        sock.close()
        raise
    return sock


__all__ = ["HttpServer", "ServerFailed", "bind_loopback"]
_WRITE_S = 0.2


class ServerFailed(RuntimeError):
    """The app did not start; the log holds the reason."""


class HttpServer:
    """Serves `app` on an already bound socket, once. To restart, build the app and the server again."""

    def __init__(
        self,
        app: Guard,
        sock: socket.socket,
        *,
        limits: HttpLimits | None = None,
        drain: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        """`drain(grace_s)` is awaited while stopping: it lets running calls finish and answers the others."""
        self._app = app
        self._sock = sock
        self._drain = drain
        limits = limits or HttpLimits()
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(
                app,
                # named: httptools would be taken where it is installed, and keeps the blanks around header values
                http=patient_until(limits),
                loop="asyncio",
                ws="none",
                lifespan="on",
                log_config=None,  # the default writes to sys.stdout, which is None in a windowed program
                log_level="error",  # below it is what any stranger on the port can cause, line by line
                access_log=False,
                proxy_headers=False,  # X-Forwarded-* from 127.0.0.1 is anybody
                server_header=False,
                date_header=False,
                h11_max_incomplete_event_size=limits.header_bytes,
                timeout_keep_alive=limits.keep_alive_s,
            )
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        port: int = self._sock.getsockname()[1]
        return port

    async def start(self) -> None:
        """Enter the app's lifespan and accept. Raises ServerFailed."""
        server = self._uvicorn
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        try:
            await server.startup(sockets=[self._sock])
        except SystemExit as exit_:  # uvicorn's way to say that the lifespan failed
            self._sock.close()
            raise ServerFailed from exit_
        _freeze_once()

    async def stop(self, grace_s: float = 0.3) -> None:
        """Refuse new connections, end streams, wait `grace_s` for running calls, then close everything."""
        server = self._uvicorn
        if not server.started:
            self._sock.close()
            return
        for listener in server.servers:
            listener.close()
        self._app.closing.set()
        try:
            if self._drain is not None:
                await self._drain(grace_s)
        finally:
            # the drained calls' answers are still to be written
            server.config.timeout_graceful_shutdown = _WRITE_S  # type: ignore[assignment] # wait_for takes any number
            await server.shutdown(sockets=[self._sock])


@functools.cache
def _freeze_once() -> None:
    """Take the imported modules out of the garbage collector's sight: a full collection costs 150 ms with them."""
    gc.freeze()
