"""The kernel's word that something stirs in a folder, where it gives one: Linux."""

import asyncio
import contextlib
import sys
from collections.abc import Iterable
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncinotify import Inotify

# not MODIFY: the history's log, in one of the folders, is written to a thousand times a second and never closed
_EVENTS = ("CREATE", "CLOSE_WRITE", "ATTRIB", "DELETE", "MOVED_TO", "MOVED_FROM", "DELETE_SELF", "MOVE_SELF", "ONLYDIR")


class Stirring:
    """`wait()` for it. Where the kernel is of no help, waits end by their time alone."""

    def __init__(self) -> None:
        self._watched: frozenset[Path] = frozenset()
        self._kernel: Inotify | None = None

    def watch(self, folders: Iterable[Path]) -> bool:
        """Have these folders watched; False where the kernel cannot tell of all of them."""
        wanted = frozenset(folders)
        if wanted != self._watched:
            self.close()
            self._kernel = _kernel(wanted)
            self._watched = wanted if self._kernel is not None else frozenset()
        return self._kernel is not None

    async def wait(self, seconds: float) -> None:
        """Wait until something stirs, at most so long."""
        if self._kernel is None:
            await asyncio.sleep(seconds)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                event = await self._kernel.get()
                if event.mask & _lost():  # the folder itself is another: look for it anew
                    self.close()

    def close(self) -> None:
        """Watch nothing any more."""
        if self._kernel is not None:
            self._kernel.close()
        self._kernel, self._watched = None, frozenset()


def _kernel(wanted: Iterable[Path]) -> "Inotify | None":
    if sys.platform != "linux":
        return None
    from asyncinotify import Inotify, Mask

    kernel = None
    try:
        kernel = Inotify()  # OSError: too many of them already
        mask = reduce(or_, (Mask[event] for event in _EVENTS))
        for folder in wanted:
            kernel.add_watch(folder, mask)
    except OSError:
        if kernel is not None:
            kernel.close()
        return None
    return kernel


def _lost() -> int:
    from asyncinotify import Mask

    return Mask.DELETE_SELF | Mask.MOVE_SELF | Mask.UNMOUNT | Mask.IGNORED | Mask.Q_OVERFLOW
