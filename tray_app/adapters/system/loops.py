"""The event loop of this system: asyncio's, and on Windows one that goes on listening.

There a client that hangs up before it was accepted (a port scan, a killed hook) makes asyncio close the listening
socket for good (https://github.com/python/cpython/issues/93821, open in every version): the app would be deaf until
its next start, with an icon that says all is well.
"""

import asyncio
import sys

if sys.platform == "win32":
    import socket
    from typing import Any

    _REST_S, _LONGEST_REST_S = 0.002, 1.0  # longer each time: it may be that the system has no memory left

    class _Proactor(asyncio.IocpProactor):
        """One whose `accept` fails only where its listener is closed."""

        def accept(self, listener: socket.socket) -> "asyncio.Future[Any]":
            """Wait for a client that stays."""
            return asyncio.ensure_future(self._accept(listener))

        async def _accept(self, listener: socket.socket) -> Any:
            failed = 0
            while True:
                try:
                    return await super().accept(listener)
                except OSError:
                    if listener.fileno() == -1:
                        raise
                failed += 1
                await asyncio.sleep(min(failed * _REST_S, _LONGEST_REST_S))

    def new_loop() -> asyncio.AbstractEventLoop:
        """Make one for a thread of its own."""
        loop = asyncio.ProactorEventLoop(_Proactor())
        loop.set_exception_handler(_tell)
        return loop

    def _tell(loop: asyncio.AbstractEventLoop, about: dict[str, Any]) -> None:
        """Leave out what asyncio says of each client that was gone; any program here could fill the log with it."""
        task, error = about.get("future"), about.get("exception")
        coroutine = task.get_coro() if isinstance(task, asyncio.Task) else None
        if isinstance(error, OSError) and getattr(coroutine, "__name__", "") == "accept_coro":
            return
        loop.default_exception_handler(about)

else:

    def new_loop() -> asyncio.AbstractEventLoop:
        """Make one for a thread of its own."""
        return asyncio.new_event_loop()


__all__ = ["new_loop"]
