"""What the stand-ins share: an HTTP server on 127.0.0.1 with a thread and a loop of its own."""

import asyncio
import contextlib
import logging
import ssl
import threading
from collections.abc import Coroutine, Iterable
from types import TracebackType
from typing import Any, Self

log = logging.getLogger(__name__)
_START_S = 10.0


class StandInServer:
    """Use as a context manager, or `start()` and `stop()`; `name` is what it stands in for, for people.

    Whatever other threads see is changed and read within `_changed`, and whoever waits for it is told there.
    """

    def __init__(self, name: str, *, tls: ssl.SSLContext | None = None) -> None:
        self._name, self._tls = name, tls
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """Where it listens; known once started, and the same after a restart."""
        return self._port

    def start(self) -> Self:
        """Listen; after a stop, at the same port again."""
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, name=self._name.replace(" ", "-"), daemon=True)
        self._thread.start()
        if not self._ready.wait(_START_S) or not self._thread.is_alive():
            raise RuntimeError(f"the {self._name} did not start")
        return self

    def stop(self) -> None:
        """Hang up on everybody and close; stopping twice is fine."""
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                loop.call_soon_threadsafe(stop.set)
        if self._thread is not None:
            self._thread.join(_START_S)
            self._thread = None

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    # ---- on the thread's own loop

    def _listens(self) -> Iterable[Coroutine[Any, Any, None]]:
        """Prepare, now that the port is known; give what is to run beside the exchanges."""
        return ()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; say whether the connection goes on."""
        raise NotImplementedError

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass  # the client hung up or spoke no HTTP: nothing to answer
        finally:
            writer.transport.abort()

    def _run(self) -> None:
        try:
            # Windows' usual loop says goodbye before it resets a connection, and a network does not
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self._serve())
        except OSError:
            log.exception("the %s cannot listen", self._name)
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        def begin(work: Coroutine[Any, Any, None]) -> None:
            task = asyncio.ensure_future(work)
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        def on_connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            begin(self._talk(reader, writer))

        server = await asyncio.start_server(on_connect, "127.0.0.1", self._port, ssl=self._tls)
        self._port = server.sockets[0].getsockname()[1]
        for work in self._listens():
            begin(work)
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
