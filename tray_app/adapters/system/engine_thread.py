"""The background thread with the one asyncio loop everything but the icon runs on: start, hand it work, stop."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from tray_app.adapters.system.loops import new_loop

T = TypeVar("T")
_logger = logging.getLogger(__name__)


class EngineStopped(RuntimeError):
    """The loop does not run (any more), so nothing can be handed to it."""


class EngineThread:
    """One daemon thread, one loop. Start it once; every method but `start` and `stop` may be called from any thread.

    `ended` is done when the loop is gone: with None after `stop()`, with the exception after a crash.
    """

    def __init__(self, *, name: str = "engine") -> None:
        self.ended: Future[None] = Future()
        self._ready: Future[asyncio.AbstractEventLoop] = Future()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self, timeout_s: float = 5.0) -> None:
        """Run the loop; returns once it turns."""
        self._thread.start()
        self._ready.result(timeout_s)

    def spawn(self, coro: Coroutine[Any, Any, T]) -> Future[T]:
        """Run `coro` on the loop; its result or exception comes through the Future. Raises EngineStopped."""
        try:
            return asyncio.run_coroutine_threadsafe(coro, self._loop())
        except RuntimeError as error:
            coro.close()
            raise EngineStopped from error

    def call(self, coro: Coroutine[Any, Any, T], timeout_s: float) -> T:
        """Run `coro` on the loop and wait here. Raises TimeoutError (and cancels it), EngineStopped, or its own error.

        Never call it on the loop's own thread: it would wait for itself.
        """
        if threading.current_thread() is self._thread:
            coro.close()
            raise RuntimeError("call() on the engine thread would wait for itself; await the coroutine")
        future = self.spawn(coro)
        try:
            return future.result(timeout_s)
        finally:
            future.cancel()

    def post(self, fn: Callable[..., object], *args: object) -> None:
        """Run `fn(*args)` on the loop soon. After the end it is dropped: a late ping has nobody to reach."""
        try:
            self._loop().call_soon_threadsafe(fn, *args)
        except RuntimeError:
            _logger.debug("dropped a call: the engine has stopped")

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Cancel what still runs, end the loop, join the thread. False where it did not end in time."""
        if not self._thread.is_alive():
            return True
        self.post(self._stop.set)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _loop(self) -> asyncio.AbstractEventLoop:
        if not self._ready.done():
            raise EngineStopped("the engine was not started")
        return self._ready.result(0)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=new_loop) as runner:  # its exit cancels every task and waits for them
                runner.run(self._wait())
        except BaseException as error:
            _logger.exception("the engine thread ended with an error")
            if not self._ready.done():
                self._ready.set_exception(error)
            self.ended.set_exception(error)
        else:
            self.ended.set_result(None)

    async def _wait(self) -> None:
        self._ready.set_result(asyncio.get_running_loop())
        await self._stop.wait()
