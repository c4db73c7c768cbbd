"""A file that another program has open, as Windows keeps to it: nobody renames, replaces or removes it meanwhile.

On Windows it is really open. Elsewhere, where such files can be replaced, the file functions of the standard library
refuse this one as Windows does.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_SHARING_VIOLATION = 32


class HeldFile:
    """`refused` is set once somebody has tried; `close()` has the other program close it."""

    def __init__(self, path: Path) -> None:
        self.refused = threading.Event()
        self._path = path
        self._open = path.open("rb")

    def close(self) -> None:
        self._open.close()

    def guard(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
            if not self._open.closed and self._path in (path, *arguments):
                self.refused.set()
                if sys.platform != "win32":
                    error = PermissionError(13, "The process cannot access the file", str(path))
                    error.winerror = _SHARING_VIOLATION  # type: ignore[attr-defined]  # Windows' own attribute
                    raise error
            return real(path, *arguments, **options)

        return refuse


@contextmanager
def held(path: Path) -> Iterator[HeldFile]:
    """Hold it for as long as this lasts, or until `close()`."""
    file = HeldFile(path)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("replace", "rename", "unlink"):
            patch.setattr(Path, name, file.guard(getattr(Path, name)))
        try:
            yield file
        finally:
            file.close()
