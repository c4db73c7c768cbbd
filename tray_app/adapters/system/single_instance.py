"""The lock that lets one app run per owner: freed by the system when the process ends, however it ends."""

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text

_TAKEN = frozenset({errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN, errno.EDEADLK})


class SingleInstance:
    """A lock on one file. The file stays: removing it would let two starters lock two files of one name."""

    def __init__(self, path: Path, *, former: Sequence[Path] = ()) -> None:
        """Open nothing yet. `former` are files that earlier versions lock instead: they are looked at, never made."""
        self._path = path
        self._former = former
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Take the lock; False where another process has it. Raises TrayAppError where there can be no lock file."""
        if self._handle is not None:
            return True
        try:
            if any(_is_held(path) for path in self._former):
                return False
            self._handle = self._take()
        except OSError as error:
            if error.errno in _TAKEN and self._path.exists():
                return False
            reason = text("settings.no_lock", path=str(self._path), why=error.strerror or type(error).__name__)
            raise TrayAppError(reason, text("settings.unwritable_hint", path=str(self._path))) from error
        return True

    def renew(self) -> bool:
        """Take the lock anew where its file was removed; False where another process was first. Raises TrayAppError."""
        if self._handle is None or self._is_there(self._handle):
            return self._handle is not None
        lost, self._handle = self._handle, None
        try:
            return self.acquire()
        finally:
            os.close(lost)

    def release(self) -> None:
        """Give the lock back; without it, nothing happens."""
        if self._handle is not None:
            with suppress(OSError):
                os.close(self._handle)
            self._handle = None

    def _take(self) -> int:
        """Open and lock the file; what was locked must still be the file of that name."""
        while True:
            handle = _open(self._path, os.O_CREAT)
            try:
                _lock(handle)
                if self._is_there(handle):
                    return handle
            except OSError:
                os.close(handle)
                raise
            os.close(handle)

    def _is_there(self, handle: int) -> bool:
        if sys.platform == "win32":  # an open file cannot be removed there
            return True
        try:
            return os.path.samestat(os.fstat(handle), self._path.stat())
        except FileNotFoundError:
            return False


def _open(path: Path, flags: int = 0) -> int:
    # without waiting: somebody may have put a pipe there
    return os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | flags, 0o600)


def _is_held(path: Path) -> bool:
    try:
        handle = _open(path)
    except OSError:
        return False
    try:
        _lock(handle)
    except OSError as error:
        return error.errno in _TAKEN
    finally:
        os.close(handle)
    return False


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
