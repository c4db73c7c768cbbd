"""The kernel's word that something is written in folders, where it gives one: Linux."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from asyncinotify import Inotify, Mask, Watch

Places: TypeAlias = Mapping[Path, frozenset[str]]  # folders, and the names that matter there: none for any

_ANY = ("MODIFY", "CREATE", "MOVED_TO", "MOVED_FROM", "DELETE", "DELETE_SELF", "MOVE_SELF", "ONLYDIR")
_AWAITED = ("CREATE", "MOVED_TO", "DELETE_SELF", "MOVE_SELF", "ONLYDIR")
_LOST = ("DELETE_SELF", "MOVE_SELF", "UNMOUNT", "Q_OVERFLOW")
_APART_S = 0.1  # a client writes its lines in bursts


def places_of(folders: Iterable[Path]) -> Places:
    """Where to watch for these folders: in them; for a missing one, where it, or what leads to it, would appear."""
    found: dict[Path, frozenset[str]] = {}
    awaited: dict[Path, set[str]] = {}
    for folder in folders:
        at, name = folder, ""
        while not at.is_dir() and at != at.parent:
            at, name = at.parent, at.name
        if name:
            awaited.setdefault(at, set()).add(name)
        else:
            found[at] = frozenset()
    return {path: frozenset(names) for path, names in awaited.items()} | found


class Stirs:
    """Calls back on the loop it is used on, ten times a second at most."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._kernel: Inotify | None = None
        self._watches: dict[Path, Watch] = {}
        self._places: Places = {}
        self._tell: Callable[[], None] = lambda: None
        self._due: asyncio.TimerHandle | None = None
        self._told_s = 0.0

    def watch(self, places: Places, tell: Callable[[], None]) -> bool:
        """Watch these, and no others any more; False where the kernel cannot tell of all of them.

        What came before a place was watched may have been missed, so `tell` is called for a new one, too.
        """
        self._tell = tell
        if sys.platform != "linux":
            return False
        if places == self._places and self._kernel is not None:
            return True
        try:
            self._change(places)
        except OSError:  # too many watches, or a folder that went this moment
            self.close()
            return False
        return True

    def close(self) -> None:
        """Watch nothing any more."""
        if self._due is not None:
            self._due.cancel()
        if self._kernel is not None:
            asyncio.get_running_loop().remove_reader(self._kernel.fd)
            self._kernel.close()
        self._kernel, self._watches, self._places, self._due = None, {}, {}, None

    def _change(self, places: Places) -> None:
        from asyncinotify import Inotify

        if self._kernel is None:
            self._kernel = Inotify(sync_timeout=0)
            asyncio.get_running_loop().add_reader(self._kernel.fd, self._read)
        kept = {path for path, names in places.items() if self._places.get(path) == names}
        for path in self._watches.keys() - kept:
            self._kernel.rm_watch(self._watches.pop(path))
        for path in places.keys() - kept:
            self._watches[path] = self._kernel.add_watch(path, _mask(_AWAITED if places[path] else _ANY))
        if places.keys() - kept:
            self._soon()
        self._places = places

    def _read(self) -> None:
        """Take what the kernel has to say."""
        lost = _mask(_LOST)
        kernel = self._kernel
        while kernel is not None and (event := kernel.sync_get()) is not None:
            if event.mask & lost:
                self.close()  # a folder is another, or some word was dropped: all is watched anew after the next look
                self._soon()
                return
            names = frozenset[str]() if event.watch is None else self._places.get(event.watch.path, frozenset())
            if event.name is not None and (not names or os.fspath(event.name) in names):
                self._soon()

    def _soon(self) -> None:
        if self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_at(max(loop.time(), self._told_s + _APART_S), self._now)

    def _now(self) -> None:
        self._due, self._told_s = None, asyncio.get_running_loop().time()
        self._tell()


def _mask(events: Iterable[str]) -> "Mask":
    from asyncinotify import Mask

    return reduce(or_, (Mask[event] for event in events))
