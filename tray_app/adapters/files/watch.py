"""Notices that the owner's files have changed, within 300 ms of a save, whatever wrote them and however.

On Linux the kernel says when something stirs in their folders and in those that links lead to; every few seconds they
are looked at all the same, for a network's folders and a link that was laid anew. Elsewhere, and as long as one of the
folders is not there, they are looked at four times a second: a `stat` call each (docs/decisions/settings-files.md).
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from tray_app.adapters.files.stirring import Stirring

_logger = logging.getLogger(__name__)
_LOOK_S = 0.24
_MISSING_S = 2.0  # what cannot be made is tried again after so long
_SELDOM_S = 5.0
_GATHER_S = 0.06  # an editor writes a file in several steps

_Mark: TypeAlias = tuple[int, int, int] | None
_Place: TypeAlias = tuple[int, int] | None


class ConfigWatch:
    """Calls back on the loop it runs on. A link is followed to what it leads to."""

    def __init__(
        self, files: Mapping[Path, Callable[[], None]], places: Mapping[Path, Callable[[], None]] | None = None
    ) -> None:
        """`files` are looked at by name, so that one that is replaced, removed or made anew is seen.

        Of `places`, which the app itself writes to, only that is told: another lies there, or none, and again as long
        as there is none: what is missing may have come and gone between two looks.
        """
        self._files, self._places = files, places or {}
        self._seen = {path: _mark(path) for path in files}
        self._found = {path: _place(path) for path in self._places}
        self._told_s = dict.fromkeys(self._places, time.monotonic())
        self._stirring = Stirring()

    async def run(self) -> None:
        """Watch for ever."""
        try:
            await self._run()
        finally:
            self._stirring.close()

    async def _run(self) -> None:
        while True:
            await self._change()
            for path, tell in self._files.items():
                if _mark(path) != self._seen[path]:
                    await self._quiet(path)
                    _tell(path, tell)
            if any(map(self._is_odd, self._places)):
                await asyncio.sleep(_LOOK_S)  # a folder's files are taken away one by one: not while that is under way
            for path, tell in self._places.items():
                if self._is_odd(path):
                    _tell(path, tell)
                    self._told_s[path] = time.monotonic()
                    self._found[path] = _place(path)  # whoever was told may have made it anew

    async def _change(self) -> None:
        """Wait until a file is not as it was."""
        while True:
            seen = self._stirring.watch(self._folders())  # before the look: what comes after it is told
            if any(_mark(path) != mark for path, mark in self._seen.items()) or any(map(self._is_odd, self._found)):
                return
            await self._stirring.wait(_SELDOM_S if seen else _LOOK_S)

    def _folders(self) -> set[Path]:
        """Where to watch: beside each name, and beside what a link leads to."""
        beside = {folder for path in self._files for folder in (path.parent, _real(path).parent)}
        return beside | {path.parent for path in self._places}

    def _is_odd(self, path: Path) -> bool:
        place = _place(path)
        return place != self._found[path] or (place is None and time.monotonic() - self._told_s[path] > _MISSING_S)

    async def _quiet(self, path: Path) -> None:
        """Wait until the file has been as it is for a moment: half a file would be told as a fault."""
        mark = _mark(path)
        while (rest_s := _GATHER_S - _age_s(mark)) > 0:
            await asyncio.sleep(min(rest_s, _GATHER_S))
            now = _mark(path)
            if now == mark:
                break
            mark = now
        self._seen[path] = mark


def _tell(path: Path, tell: Callable[[], None]) -> None:
    """A fault in whoever reads a file must not end the watch."""
    try:
        tell()
    except Exception:
        _logger.exception("%s has changed and could not be read again", path.name)


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a link that leads to itself
        return path


def _mark(path: Path) -> _Mark:
    """What changes with a file's content; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - Path.stat takes half as long again
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _place(path: Path) -> _Place:
    """What stays while a file is written to; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - as above
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _age_s(mark: _Mark) -> float:
    """How long ago the file was written; one that is gone may be about to come back."""
    return 0.0 if mark is None else time.time() - mark[0] / 1e9
