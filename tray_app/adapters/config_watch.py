"""Notices that the owner's files have changed, within 300 ms of a save, whatever wrote them and however.

They are looked at five times a second: two `stat` calls. What systems offer for watching costs more here: a watcher's
thread wakes fifty times a second, needs folders that exist, and follows no link (docs/decisions/0275).
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

_LOOK_S = 0.18
_GATHER_S = 0.06  # an editor writes a file in several steps

_Mark: TypeAlias = tuple[int, int, int] | None


class ConfigWatch:
    """Calls back on the loop it runs on. A link is followed to what it leads to."""

    def __init__(self, files: Mapping[Path, Callable[[], None]]) -> None:
        """`files` are looked at by name, so that one that is replaced, removed or made anew is seen."""
        self._files = files
        self._seen = {path: _mark(path) for path in files}

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            await asyncio.sleep(_LOOK_S)
            for path, tell in self._files.items():
                if _mark(path) != self._seen[path]:
                    await self._quiet(path)
                    tell()

    async def _quiet(self, path: Path) -> None:
        """Wait until the file stays as it is, a moment long: half a file would be told as a fault."""
        mark = _mark(path)
        await asyncio.sleep(_GATHER_S)
        while (now := _mark(path)) != mark:
            mark = now
            await asyncio.sleep(_GATHER_S)
        self._seen[path] = mark


def _mark(path: Path) -> _Mark:
    """What changes with a file's content; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
