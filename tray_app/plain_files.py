"""Reading a file that anybody may have put there: it never waits, and never reads without end."""

import errno
import os
import stat
from pathlib import Path


def read_plain(path: Path, *, most: int) -> bytes:
    """All of a regular file; a link is followed. Raises OSError: also for a pipe, folder or device, and above `most`.

    A pipe is opened only when somebody writes to it, and a device may have no end: either would hold up the whole app.
    """
    _expect_plain(path.stat().st_mode, path)
    handle = os.open(path, os.O_RDONLY | _NO_WAITING)
    try:
        _expect_plain(os.fstat(handle).st_mode, path)  # it may be another by now
        with open(handle, "rb", closefd=False) as file:
            content = file.read(most + 1)
    finally:
        os.close(handle)
    if len(content) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
    return content


_NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def _expect_plain(mode: int, path: Path) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "Not a regular file", path)
