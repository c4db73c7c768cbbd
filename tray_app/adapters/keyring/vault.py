"""The OS keyring as the app's vault: webhook and signing key of each robot, behind one worker thread."""

import asyncio
import logging
import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from tray_app.adapters.keyring import faults
from tray_app.adapters.keyring.entries import Entries, GivenUp
from tray_app.core.kernel.errors import VaultUnavailable
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import Credentials
from tray_app.core.state.snapshot import VaultState

T = TypeVar("T")


class Worker:
    """Runs jobs one after another; the thread starts with the first job and ends with `close()`."""

    def __init__(self) -> None:
        """Start nothing yet: most of the app's start-up is over before the keyring is needed."""
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Queue a job; the future carries its result or exception."""
        future: Future[T] = Future()
        self._jobs.put((future, job))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="keyring", daemon=True)
            self._thread.start()
        return future

    def close(self) -> None:
        """Let the thread end after what is queued; a stuck one is left behind (it dies with the process)."""
        self._jobs.put(None)

    def _run(self) -> None:
        while (item := self._jobs.get()) is not None:
            future, job = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(job())
            except BaseException as error:  # noqa: BLE001 - whoever waits gets it, SystemExit of a broken plug-in too
                future.set_exception(error)


_log = logging.getLogger(__name__)


class KeyringVault:
    """Implements `services.ports.Vault`. Use it from one event loop; only the keyring's work leaves that thread.

    A call unanswered after `patience_s` counts as locked: somebody has to answer the unlock dialog. It goes on in the
    background, and what it finds is kept and told through `on_change` (called on the loop). A write waits
    `write_patience_s`, because the person who typed the webhook is answering that dialog; given up, it has no effect.
    A call that is still out after `stuck_s` is left behind by the next `retry()`, with its thread.
    """

    def __init__(
        self,
        *,
        on_change: Callable[[], None] = lambda: None,
        environ: Mapping[str, str] = os.environ,
        platform: str = sys.platform,
        prefix: str = "dingtalk-tray",
        patience_s: float = 5.0,
        write_patience_s: float = 60.0,
        stuck_s: float = 60.0,
    ) -> None:
        """Touch nothing: `import keyring` (70 ms and more) waits for the first call, and for the worker thread."""
        self._on_change = on_change
        self._platform = platform
        self._patience_s = patience_s
        self._write_patience_s = write_patience_s
        self._stuck_s = stuck_s
        self._entries = Entries(platform=platform, environ=environ, prefix=prefix)
        self._worker = Worker()
        self._state = VaultState.UNASKED
        self._known: dict[str, Credentials] = {}
        self._reading: dict[str, asyncio.Future[Credentials | None]] = {}
        self._asked: set[str] = set()
        self._waiting_since: float | None = None  # loop time when a call outlasted `patience_s`

    @property
    def state(self) -> VaultState:
        """The last known state."""
        return self._state

    async def read(self, robot: str) -> Credentials | None:
        """Webhook and key, from memory once they were found. Raises VaultUnavailable."""
        if robot in self._known:
            return self._known[robot]
        self._asked.add(robot)
        reading = self._reading.get(robot)
        if reading is None:
            reading = self._reading[robot] = self._start(
                lambda: self._entries.read(robot), lambda found: self._found({robot: found} if found else {})
            )
            reading.add_done_callback(lambda done: self._reading.get(robot) is done and self._reading.pop(robot))
        return await self._wait(reading, self._patience_s)

    async def write(self, robot: str, *, webhook: Secret, secret: Secret) -> None:
        """Store both and read them back. Raises VaultUnavailable; what was stored before is then in place again."""
        wanted = Credentials(webhook=webhook, secret=secret)
        given_up = threading.Event()
        writing = self._start(
            lambda: self._entries.write(robot, wanted, given_up=given_up), lambda _: self._found({robot: wanted})
        )
        self._asked.add(robot)
        try:
            await self._wait(writing, self._write_patience_s)
        except BaseException:
            given_up.set()
            raise

    async def delete(self, robot: str) -> None:
        """Forget a robot; nothing stored is fine. Raises VaultUnavailable."""

        def forget(_: None) -> None:
            self._known.pop(robot, None)
            self._asked.discard(robot)
            self._found({})

        await self._wait(self._start(lambda: self._entries.delete(robot), forget), self._write_patience_s)

    async def retry(self) -> VaultState:
        """Look for a keyring anew, read again what was asked for, and say what was found.

        What is in memory is dropped when the keyring answers, not before: messages go on while it is locked.
        """
        if self._waiting_since is not None:
            if asyncio.get_running_loop().time() - self._waiting_since < self._stuck_s:
                return self._state
            self._leave_stuck_worker()
        asked = sorted(self._asked)

        def found(read: Mapping[str, Credentials]) -> None:
            self._known.clear()
            self._found(read)

        with suppress(VaultUnavailable):
            await self._wait(self._start(lambda: self._entries.look(asked), found), self._patience_s)
        return self._state

    def close(self) -> None:
        """Let the thread go; one that waits for a dialog ends with the process."""
        self._worker.close()

    def _start(self, work: Callable[[], T], learn: Callable[[T], None]) -> "asyncio.Future[T]":
        """Queue work; when it ends, learn from its outcome on this loop, then tell who waits."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[T] = loop.create_future()
        told.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be left to hear it

        def ended(job: Future[T]) -> None:
            with suppress(RuntimeError):  # the loop ended before the dialog did
                loop.call_soon_threadsafe(self._ended, job, told, learn)

        self._worker.submit(work).add_done_callback(ended)
        return told

    def _ended(self, job: Future[T], told: "asyncio.Future[T]", learn: Callable[[T], None]) -> None:
        self._waiting_since = None
        error = job.exception()
        if error is None:
            learn(job.result())
            told.set_result(job.result())
            return
        told.set_exception(faults.unavailable(error, platform=self._platform))
        if isinstance(error, GivenUp):  # the keyring answered, too late
            self._found({})
            return
        _log.info("keyring: %s", faults.chain(error))
        self._entries.forget_backend()
        self._become(faults.state_of(error))

    async def _wait(self, told: "asyncio.Future[T]", patience_s: float) -> T:
        """Wait for the outcome. `asyncio.wait` leaves the call alone when time is up or the caller is cancelled.

        Once a call waits for a dialog, new readers are told so at once; a writer waits with it.
        """
        if self._waiting_since is None:
            await asyncio.wait({told}, timeout=min(patience_s, self._patience_s))
            if not told.done():
                self._waiting_since = asyncio.get_running_loop().time()
                self._become(VaultState.LOCKED)
        if not told.done() and patience_s > self._patience_s:
            await asyncio.wait({told}, timeout=patience_s - self._patience_s)
        if told.done():
            return told.result()
        raise faults.locked(platform=self._platform)

    def _found(self, read: Mapping[str, Credentials]) -> None:
        self._known.update(read)
        self._become(VaultState.OK if self._known else VaultState.MISSING)

    def _leave_stuck_worker(self) -> None:
        self._worker.close()
        self._worker = Worker()
        self._reading.clear()
        self._waiting_since = None

    def _become(self, state: VaultState) -> None:
        if state is not self._state:
            self._state = state
            self._on_change()
