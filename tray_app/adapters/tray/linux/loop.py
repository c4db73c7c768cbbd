"""A loop that sleeps until a socket or another thread has something: no polling, no timer, so idle costs nothing."""

import logging
import selectors
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from tray_app.adapters.tray.guarded import guarded

_logger = logging.getLogger(__name__)


class Loop:
    """Runs work on the thread that called `run`."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.settimeout(0)
        self._wake_write.settimeout(0)
        self._work: deque[Callable[[], None]] = deque()
        self._stopped = False
        self.wake_fd = self._wake_write.fileno()  # for signal.set_wakeup_fd
        self._selector.register(self._wake_read, selectors.EVENT_READ, self._woken)

    def post(self, work: Callable[[], None]) -> None:
        """Run `work` on the loop's thread soon. From any thread and from signal handlers."""
        self._work.append(work)
        self._wake()

    def stop(self) -> None:
        """End `run` after what was posted before. From any thread and from signal handlers."""
        self.post(self._stop)

    def watch(self, sock: socket.socket, ready: Callable[[int], None], *, writing: bool = False) -> None:
        """Call `ready(mask)` when `sock` can be read, and, where `writing`, when it can be written."""
        mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if writing else 0)
        if sock in self._selector.get_map():
            self._selector.modify(sock, mask, ready)
        else:
            self._selector.register(sock, mask, ready)

    def forget(self, sock: socket.socket) -> None:
        """Watch `sock` no longer; one that was never watched is fine."""
        if sock in self._selector.get_map():
            self._selector.unregister(sock)

    def run(self) -> None:
        """Serve until `stop`. A piece of work that raises is logged and does not end the loop."""
        while not self._stopped:
            for key, mask in self._selector.select():
                guarded(partial(key.data, mask))
            while self._work and not self._stopped:
                guarded(self._work.popleft())

    def close(self) -> None:
        """Give the loop's own sockets back, after `run`; what is posted later is never run."""
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()

    def _stop(self) -> None:
        self._stopped = True

    def _wake(self) -> None:
        try:
            self._wake_write.send(b"\0")
        except BlockingIOError:
            pass  # the pipe is full of wake-ups already
        except OSError:
            _logger.debug("posted after the loop ended")

    def _woken(self, _mask: int) -> None:
        with suppress(BlockingIOError):
            self._wake_read.recv(4096)
