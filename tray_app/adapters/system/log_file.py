"""The file of the log: for its owner alone, rotating, begun anew where it was taken away; what hinders it is told."""

import errno
import logging
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Any

_MAX_BYTES = 1_000_000
_OLD_FILES = 4


class LogFile(RotatingFileHandler):
    """A log file for its owner alone, and the four before it."""

    trouble: Callable[[str], None] = staticmethod(lambda _why: None)
    _told = ""
    _grows_to = 0  # bytes; a rollover that failed is tried again beyond

    def __init__(self, file: Path) -> None:
        super().__init__(file, maxBytes=_MAX_BYTES, backupCount=_OLD_FILES, delay=True)

    @property
    def begun(self) -> bool:
        """Whether anything was written, or could not be."""
        return self.stream is not None or bool(self._told)

    def emit(self, record: logging.LogRecord) -> None:
        """Write into the file of that name, begun anew where ours was taken away."""
        self._failed = ""
        with suppress(OSError):
            self._begin_anew()
        super().emit(record)
        if self._failed != self._told:
            self._told = self._failed
            self.trouble(self._failed)

    def doRollover(self) -> None:  # noqa: N802 - logging's name
        """Begin a new file. Where that cannot be, the log grows on in the old one, and it is tried again later.

        On Windows a file that a viewer has open cannot be renamed. The newest is moved first, so that a try that fails
        moves none of the older ones on and off the end.
        """
        if self.stream is not None:
            self.stream.close()
            self.stream = None
        newest, aside = Path(self.baseFilename), Path(f"{self.baseFilename}.new")
        try:
            newest.replace(aside)
            try:
                for number in range(self.backupCount - 1, 0, -1):
                    with suppress(FileNotFoundError):
                        self._old(number).replace(self._old(number + 1))
                aside.replace(self._old(1))
            except OSError:
                aside.replace(newest)
                raise
        except OSError:
            self._grows_to = _size(newest) + self.maxBytes // 4

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 - as above
        """Say so where the file is full, and has grown a while since a rollover failed."""
        if not super().shouldRollover(record):
            self._grows_to = 0
            return False
        return _size(Path(self.baseFilename)) >= self._grows_to

    def _old(self, number: int) -> Path:
        return Path(f"{self.baseFilename}.{number}")

    def _begin_anew(self) -> None:
        if self.stream is not None:
            if _is_file(self.stream.fileno(), self.baseFilename):
                return
            stream, self.stream = self.stream, None
            with suppress(OSError):
                stream.close()
        Path(self.baseFilename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def close(self) -> None:
        """What a full disk did not take is lost here too."""
        with suppress(OSError):
            super().close()

    def _open(self) -> IO[Any]:  # type: ignore[override]  # typeshed says TextIOWrapper, the opener gives just that
        return open(self.baseFilename, self.mode, encoding="utf-8", errors="backslashreplace", opener=_open_for_owner)

    def handleError(self, _record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A full disk or a lost folder must not stop the app, nor fill a terminal with tracebacks."""
        error = sys.exc_info()[1]
        self._failed = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _is_file(handle: int, name: str) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), Path(name).stat())
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # nothing can be seen there now, which does not mean that it is gone
        return True


def _open_for_owner(path: str, flags: int) -> int:
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o600)  # a pipe in its place would be waited for
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "Not a regular file")
    return handle
