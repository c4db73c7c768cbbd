"""The lock that lets one app run per owner: freed by the system when the process ends, however it ends."""

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text

_TAKEN = frozenset({errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN, errno.EDEADLK})


class SingleInstance:
    """A lock on one file. The file stays: removing it would let two starters lock two files of one name."""

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self._path = path
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Take the lock; False where another process has it. Raises TrayAppError where there can be no lock file."""
        if self._handle is not None:
            return True
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
            try:
                _lock(handle)
            except OSError:
                os.close(handle)
                raise
        except OSError as error:
            if error.errno in _TAKEN and self._path.exists():
                return False
            reason = text("settings.no_lock", path=str(self._path), why=error.strerror or type(error).__name__)
            raise TrayAppError(reason, text("settings.unwritable_hint", path=str(self._path))) from error
        self._handle = handle
        return True

    def release(self) -> None:
        """Give the lock back; without it, nothing happens."""
        if self._handle is not None:
            with suppress(OSError):
                os.close(self._handle)
            self._handle = None


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
