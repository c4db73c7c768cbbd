"""Blocking work beside the loop that may take long: on a thread of its own, which a quitting app does not wait for.

`asyncio.to_thread` is for short work: Python joins its threads at the end, so ten seconds there keep the app for ten.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


async def run_detached(work: Callable[[], T]) -> T:
    """Give what `work` gives, or raise what it raises. Cancelled: the work goes on and nobody hears of it."""
    job = _Job(work)
    threading.Thread(target=job.run, name="run_detached", daemon=True).start()
    return await job.done


class _Job(Generic[T]):
    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[T] = self._loop.create_future()

    def run(self) -> None:
        try:
            result = self._work()
        except Exception as error:  # noqa: BLE001 - it is raised where the work was asked for
            self._tell(self.done.set_exception, error)
        else:
            self._tell(self.done.set_result, result)

    def _tell(self, how: Callable[..., None], what: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the app has ended
            self._loop.call_soon_threadsafe(lambda: None if self.done.done() else how(what))
