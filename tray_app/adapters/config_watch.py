"""Watches the owner's files: the system says when one has changed; where it cannot, they are looked at now and then."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from watchfiles import awatch

log = logging.getLogger(__name__)
_GATHER_MS = 60  # an editor writes a file in several steps
_STEP_MS = 20
_AIR_MS = 60_000  # how often the watcher's thread comes up for air; changes come at once
_POLL_S = 5.0

_Mark: TypeAlias = tuple[int, int, int] | None


class ConfigWatch:
    """Calls back on the loop it runs on. Links are watched where they lead."""

    def __init__(self, files: Mapping[Path, Callable[[], None]], *, poll_s: float = _POLL_S) -> None:
        """`files` are looked at by name, so that one that is replaced, removed or made anew is seen.

        `poll_s`: how often, where there is nothing to watch or the system has no watches left.
        """
        self._files = files
        self._poll_s = poll_s
        self._seen = {path: _mark(path) for path in files}

    async def run(self) -> None:
        """Watch for ever."""
        watching = True
        while True:
            wanted = {place: path for path in self._files for place in _places(path)}
            folders = {folder: _mark(folder) for folder in {place.parent for place in wanted}}
            if watching and None not in folders.values():
                try:
                    await self._watch(wanted, folders)
                except (OSError, RuntimeError) as error:  # no watches left, or a file system that has none
                    log.warning("settings files are looked at every %s s: %s", self._poll_s, type(error).__name__)
                    watching = False
            else:
                await asyncio.sleep(self._poll_s)
            self._look()

    async def _watch(self, wanted: Mapping[Path, Path], folders: Mapping[Path, object]) -> None:
        """Watch these folders for these names until one of them is no longer where it was."""
        changes = awatch(
            *folders,
            watch_filter=lambda _change, name: Path(name) in wanted,
            debounce=_GATHER_MS,
            step=_STEP_MS,
            rust_timeout=_AIR_MS,
            recursive=False,
        )
        asyncio.get_running_loop().call_soon(self._look)  # when the watches are set: for what was changed before
        async with contextlib.aclosing(changes):
            async for found in changes:
                for path in sorted({wanted[Path(name)] for _, name in found}):
                    self._tell(path)
                places = {place for path in self._files for place in _places(path)}
                if places != set(wanted) or any(_mark(folder) != folders[folder] for folder in folders):
                    return

    def _look(self) -> None:
        for path in self._files:
            if _mark(path) != self._seen[path]:
                self._tell(path)

    def _tell(self, path: Path) -> None:
        self._seen[path] = _mark(path)
        self._files[path]()


def _places(path: Path) -> set[Path]:
    """Give the file by its own name and by the one behind a link; both are told by watchers."""
    return {path.parent.resolve() / path.name, path.resolve()}


def _mark(path: Path) -> _Mark:
    """What changes with a file's content; of a folder, which one it is. None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (0, 0, found.st_ino) if path.is_dir() else (found.st_mtime_ns, found.st_size, found.st_ino)
