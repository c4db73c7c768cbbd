"""Watches the folder of the owner's files: the system says when one has changed, nobody polls."""

import logging
from collections.abc import Callable
from pathlib import Path

from watchfiles import awatch

log = logging.getLogger(__name__)
_GATHER_MS = 60  # an editor writes a file in several steps
_STEP_MS = 20
_LOOK_MS = 60_000  # how often the watcher's thread comes up for air; changes come at once


class ConfigWatch:
    """Calls back on the loop it runs on. Links are watched where they lead, as far as that folder exists."""

    def __init__(self, files: dict[Path, Callable[[], None]]) -> None:
        """`files` are looked at by name, so that one that is replaced, removed or made anew is seen."""
        self._files = files

    async def run(self) -> None:
        """Watch for ever. Where the system cannot (no more watches), files are read at the next start or reload."""
        wanted = {place: path for path in self._files for place in _places(path)}
        folders = {place.parent for place in wanted if place.parent.is_dir()}
        try:
            async for changes in awatch(
                *folders,
                watch_filter=lambda _change, name: Path(name) in wanted,
                debounce=_GATHER_MS,
                step=_STEP_MS,
                rust_timeout=_LOOK_MS,
                recursive=False,
            ):
                for path in sorted({wanted[Path(name)] for _, name in changes}):
                    self._files[path]()
        except (OSError, RuntimeError) as error:
            log.warning("changes of the settings files are not noticed by themselves: %s", type(error).__name__)


def _places(path: Path) -> set[Path]:
    """Give the file by its own name and by the one behind a link; both are told by watchers."""
    return {path.parent.resolve() / path.name, path.resolve()}
