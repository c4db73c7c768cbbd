"""The pause on disk: one small file that is written over in place, so that it can be kept where the disk is full."""

import errno
import json
import os
import stat
from pathlib import Path

from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.plain_files import read_plain

_BYTES = 512  # one sector, whole or not at all; it takes no room anew when it is written again
_MOST_BYTES = 64 << 10
_DAMAGED = "damaged"


# a pipe in its place would be waited for
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


class PauseFile:
    """Implements `services.delivery.pause.PauseKeeper`."""

    def __init__(self, path: Path) -> None:
        """Touch nothing yet."""
        self._path = path

    def read(self) -> tuple[bool, object]:
        """Say whether there is a file, and what it says: None without a pause; no sense where it is damaged.

        Raises StoreUnavailable where it cannot be read.
        """
        try:
            if not os.path.lexists(self._path):  # a link to nothing is no file that was never there
                return False, None
            return True, json.loads(read_plain(self._path, most=_MOST_BYTES)[:_BYTES])
        except OSError as error:
            raise _unavailable("pause.not_read", error) from error
        except ValueError:
            return True, _DAMAGED

    def write(self, value: object) -> None:
        """Keep a value over a power cut. Raises StoreUnavailable.

        Where there is no room, a file that cannot be finished is left in place: it reads as a pause without an end.
        """
        content = json.dumps(value).encode().ljust(_BYTES)
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._path, _FLAGS, 0o600)
            try:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise OSError(errno.EINVAL, "Not a regular file")
                os.write(handle, content)
                os.ftruncate(handle, _BYTES)  # somebody may have put a longer one there
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise _unavailable("pause.not_kept", error) from error


def _unavailable(key: str, error: OSError) -> StoreUnavailable:
    return StoreUnavailable(text(key, why=error.strerror or type(error).__name__), text("pause.hint"))
