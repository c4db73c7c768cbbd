"""Files of an open database that are taken away: noticed by their names, and written back from what is still open.

Without this every write goes on into files that have no name any more, and is gone with the program.
"""

import contextlib
import errno
import os
import shutil
import sqlite3
import sys
from collections.abc import Collection
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

_ENDINGS = ("", "-wal", "-shm")
Mark: TypeAlias = tuple[int, int] | None


class OpenFiles:
    """The files that one connection has open. They stay the same as long as it is open, however much is written."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Look at them now: the connection has read or written something already."""
        # where the file system knows no log, a journal comes and goes with each transaction
        (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
        self._endings = _ENDINGS if journal == "wal" else _ENDINGS[:1]
        self._names = [f"{path}{ending}" for ending in self._endings]
        self._marks: list[Mark] = [_mark(name, None) for name in self._names]
        self._seen = _size(self._names[0])
        self._size = min(_size(self._names[0]), _bytes(connection))  # less, where a log that shrinks it waits

    def are(self, written: Mark) -> bool:
        """Whether they are all there, the database being this file."""
        return self._marks[0] == written and None not in self._marks

    def lost(self) -> frozenset[str]:
        """Endings of those whose name is gone, or leads to another file. Windows lets nobody take an open file away."""
        if sys.platform == "win32":
            return frozenset()
        pairs = zip(self._endings, self._names, self._marks, strict=True)
        return frozenset(ending for ending, name, mark in pairs if _mark(name, mark) != mark)

    def is_cut(self) -> bool:
        """Whether the file is shorter than it was; by itself it only grows while it is open."""
        return sys.platform != "win32" and _size(self._names[0]) < self._size

    def changed_size(self) -> bool:
        """Whether the file has another size than at the last look: it was folded into, or written over."""
        seen, self._seen = self._seen, _size(self._names[0])
        return seen != self._seen


def _size(path: Path | str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - as below
    except OSError:  # it is gone, which is another thing
        return 1 << 62


def _bytes(connection: sqlite3.Connection) -> int:
    """How long the file is once everything is in it."""
    (pages,), (size,) = (connection.execute(f"PRAGMA {asked}").fetchone() for asked in ("page_count", "page_size"))
    return int(pages) * int(size)


def mark_of(path: Path) -> Mark:
    """What a file is known by, however much is written to it; None where there is none."""
    return _mark(str(path), None)


def _mark(name: str, last: Mark) -> Mark:
    try:
        found = os.stat(name)  # noqa: PTH116 - before every use of the database: Path.stat takes half as long again
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:  # nothing can be seen there now, which does not mean that it is gone
        return None if error.errno == errno.ELOOP else last  # a link that leads to itself
    return found.st_dev, found.st_ino


def write_back(connection: sqlite3.Connection, path: Path, lost: Collection[str]) -> tuple[str, Mark]:
    """Put everything that `connection` holds under its name again; open it anew then, and close it.

    Not before: whoever takes the files away may not be done, and what `connection` holds is all there is. So it is
    copied even where only the log is gone. Gives the new name of another file that lies in its place (else an empty
    string) and what the written file is known by. Raises sqlite3.Error and OSError: then everything is as before.
    """
    real = Path(os.path.realpath(path))  # the name may be a link, which stays
    real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(real.parent).free < _bytes(connection):  # else every question would copy until it is full
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    new = real.with_name(f".{real.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(new)) as copy:
            connection.backup(copy)
        written = mark_of(new)
        kept = _out_of_the_way(real) if "" in lost else ""
        new.replace(real)  # before the old log goes: it says nothing that is not in the copy
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise
    for ending in _ENDINGS[1:]:
        Path(f"{real}{ending}").unlink(missing_ok=True)  # of another database, or older than what is in the file now
    return kept, written


def _out_of_the_way(real: Path) -> str:
    """Rename what lies in the place of the database, unless it is an empty file."""
    if not os.path.lexists(real) or (real.is_file() and not real.stat().st_size):
        return ""
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S-%f")
    return real.rename(real.with_name(f"{real.stem}.replaced-{stamp}{real.suffix}")).name
