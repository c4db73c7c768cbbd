"""Putting a file in place of another: whole at every instant, patient with a program that has the old one open.

Windows renames, replaces and removes no file that another program has open, as an editor, a backup or a virus scanner
has for a moment. That is waited for, two seconds at most; then whoever asked is told to close that program.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from tray_app.core.kernel.texts import Text, text

T = TypeVar("T")
PATIENCE_S = 2.0
_AGAIN_S = 0.05
_REFUSED, _IN_USE = 5, frozenset({32, 33})  # ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION


class FileInUse(PermissionError):
    """Another program has the file open, and Windows changes none that is."""


def write_whole(
    target: Path, content: bytes, *, synced: bool = True, last: Callable[[Path], object] = lambda _written: None
) -> None:
    """Write beside the file, then swap: a reader or a crash sees the old content or the new one, never half of it.

    The new file is its owner's alone (mode 0600). `synced`: it is on the disk before the swap. `last` is called with it
    right before the swap; what it raises leaves everything as it was. Raises OSError, FileInUse.
    """
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if synced:
                file.flush()
                os.fsync(file.fileno())
        last(written)
        _patiently(lambda: written.replace(target), written, target)
    except BaseException:
        with suppress(OSError):
            written.unlink()
        raise


def move(source: Path, target: Path) -> None:
    """Rename a file. Raises OSError, FileInUse."""
    _patiently(lambda: source.rename(target), source)


def remove(path: Path) -> None:
    """Remove a file; none there is fine. Raises OSError, FileInUse."""
    _patiently(lambda: path.unlink(missing_ok=True), path)


def remove_empty(folders: Iterable[Path]) -> None:
    """Remove these, from the innermost on, up to the first with something in it."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def why(error: Exception) -> str | Text:
    """Say what hinders writing, for a sentence that names the file."""
    if isinstance(error, FileInUse):
        return text("files.in_use")
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


def hint(error: Exception, path: Path) -> Text:
    """Say what the owner can do, so that it can be written."""
    return text("files.in_use_hint" if isinstance(error, FileInUse) else "settings.unwritable_hint", path=str(path))


def _patiently(step: Callable[[], T], *paths: Path) -> T:
    until = time.monotonic() + PATIENCE_S
    closed_since = False
    while True:
        try:
            return step()
        except PermissionError as error:
            held = _is_open_elsewhere(error, paths)
            if not held and (closed_since or getattr(error, "winerror", None) != _REFUSED):
                raise
            closed_since = not held  # perhaps between the try and the look: one more tells
            if held and time.monotonic() >= until:
                raise FileInUse(error.errno, error.strerror, str(paths[-1])) from error
        time.sleep(_AGAIN_S)


def _is_open_elsewhere(error: PermissionError, paths: Iterable[Path]) -> bool:
    code = getattr(error, "winerror", None)
    return code in _IN_USE or (code == _REFUSED and any(_is_held(path) for path in paths))


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _DELETE, _SHARE_ALL, _OPEN_EXISTING, _NONE = 0x10000, 7, 3, wintypes.HANDLE(-1).value
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateFileW.argtypes = (
        *(wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID),
        *(wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE),
    )
    _kernel.CreateFileW.restype = wintypes.HANDLE
    _kernel.CloseHandle.argtypes = (wintypes.HANDLE,)

    def _is_held(path: Path) -> bool:
        """Whether only an open handle hinders: "access denied" says also that it is a folder, or not ours to change."""
        handle = _kernel.CreateFileW(str(path), _DELETE, _SHARE_ALL, None, _OPEN_EXISTING, 0, None)
        if handle != _NONE:
            _kernel.CloseHandle(handle)
            return False
        return ctypes.get_last_error() in _IN_USE

else:

    def _is_held(_path: Path) -> bool:
        return True


__all__ = ["PATIENCE_S", "FileInUse", "hint", "move", "remove", "why", "write_whole"]
