"""The pause on disk: a small file and its spare, written over in place, so that a full disk keeps it too."""

import errno
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.plain_files import read_plain

_BYTES = 512  # one sector, whole or not at all; it takes no room anew when it is written again
_MOST_BYTES = 64 << 10
_DAMAGED = "damaged"


# a pipe in its place would be waited for
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class _Copy:
    there: bool
    value: object = None
    whole: bool = False  # as long as ours are


class PauseFile:
    """Implements `services.delivery.pause.PauseKeeper`. Where file and spare differ, what pauses holds."""

    def __init__(self, path: Path, *, spare: Path) -> None:
        """Touch nothing yet. `spare` tells what held where the file at `path` is gone, unreadable or says "no pause".

        Nonsense in `path` may be an unfinished longer pause: it is one without an end, whatever the spare says.
        """
        self._path, self._spare = path, spare

    def read(self) -> tuple[bool, object]:
        """Say whether anything was kept, and what: None without a pause; no sense where that cannot be told.

        Raises StoreUnavailable where the file cannot be read and the spare knows of no pause.
        """
        try:
            spare = _read(self._spare)
        except OSError:
            spare = _Copy(there=True, value=_DAMAGED)
        paused = isinstance(spare.value, dict)
        try:
            kept = _read(self._path)
        except OSError as error:
            if paused:
                return True, spare.value
            raise _unavailable("pause.not_read", error) from error
        if kept.value is not None or paused:
            return True, spare.value if kept.value is None else kept.value
        if not kept.there and not spare.there:
            return (True, _DAMAGED) if self._outlived_a_history() else (False, None)
        known = kept.whole or (spare.there and spare.value is None)
        return True, None if known else _DAMAGED

    def holds(self, value: object) -> bool:
        """Whether file and spare both say this. Never raises."""
        try:
            return all(_read(path) == _Copy(there=True, value=value, whole=True) for path in (self._path, self._spare))
        except OSError:
            return False

    def write(self, value: object) -> None:
        """Keep a value over a power cut. Raises StoreUnavailable.

        Where there is no room, a file that cannot be finished is left in place: it reads as a pause without an end.
        """
        content, failed = json.dumps(value).encode().ljust(_BYTES), None
        for path in (self._path, self._spare):
            try:
                _write(path, content)
            except OSError as error:
                failed = failed or error
        if failed is not None:
            raise _unavailable("pause.not_kept", failed) from failed

    def _outlived_a_history(self) -> bool:
        """Whether a damaged history lies here: then this is no new folder, and the pause was taken away."""
        return any(self._path.parent.glob("history.damaged-*"))


def _read(path: Path) -> _Copy:
    """Read one of the two. Raises OSError."""
    if not os.path.lexists(path):  # a link to nothing is no file that was never there
        return _Copy(there=False)
    content = read_plain(path, most=_MOST_BYTES)
    try:
        value = json.loads(content[:_BYTES])
    except ValueError:
        return _Copy(there=True, value=_DAMAGED)
    return _Copy(there=True, value=value, whole=len(content) == _BYTES)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, _FLAGS, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Not a regular file")
        os.write(handle, content)
        os.ftruncate(handle, _BYTES)  # somebody may have put a longer one there
        os.fsync(handle)
    finally:
        os.close(handle)


def _unavailable(key: str, error: OSError) -> StoreUnavailable:
    return StoreUnavailable(text(key, why=error.strerror or type(error).__name__), text("pause.hint"))
