"""One transcript file, read on from where the last read stopped, whatever happened to the file meanwhile."""

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tray_app.core.claude_code.fields import LONGEST_LINE

_CHUNK = 128 * 1024  # about a millisecond of work
_MOST_AT_ONCE = 1024 * 1024
_ANCHOR = 64
_BOM = b"\xef\xbb\xbf"


class Rewritten(Exception):
    """What was read before is no longer what the file says."""


@dataclass(slots=True)
class Tail:
    """How far one reader has come in one file."""

    path: str
    offset: int = 0  # of the first line not read yet
    inode: int = 0
    anchor: bytes = b""  # the bytes before `offset`, to know the file again
    skipping: bool = False  # inside a line too long to read
    too_long: int = 0  # how many such lines were left out
    checked: bool = False  # `total` is kept, to know the file again where the anchor does not tell
    total: int = 0  # checksum of all bytes before `offset`
    size: int = 0  # of the file, when it was last known again

    def rest(self) -> None:
        """Let go of what a checksum over all that was read makes up for."""
        self.anchor = b""

    def pieces(self) -> Iterator[bytes]:
        """New whole lines, each with its end, 128 KiB at a time; may be left early and called again.

        An unfinished last line waits for its end. Raises OSError, and Rewritten (then `restart` and read again).
        """
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        handle = os.open(self.path, flags)
        try:
            self._recognise(handle)
            while True:
                piece = self._read(handle)
                if piece is None:
                    return
                yield piece
        finally:
            os.close(handle)

    def _recognise(self, handle: int) -> None:
        now = os.fstat(handle)
        same = self.inode in (0, now.st_ino) and now.st_size >= self.offset
        if same and self.checked and self.offset and (not self.anchor or now.st_size == self.size):
            same = self._is_whole(handle)  # read by an earlier run, or changed in place
        elif same and self.anchor:
            os.lseek(handle, self.offset - len(self.anchor), os.SEEK_SET)
            same = os.read(handle, len(self.anchor)) == self.anchor
        if not same:
            raise Rewritten
        self.inode, self.size = now.st_ino, now.st_size
        os.lseek(handle, self.offset, os.SEEK_SET)

    def _is_whole(self, handle: int) -> bool:
        """Whether all that was read still stands there; a gigabyte takes a quarter of a second."""
        os.lseek(handle, 0, os.SEEK_SET)
        total, left, piece = 0, self.offset, b""
        while left and (piece := os.read(handle, min(left, _MOST_AT_ONCE))):
            total, left = zlib.crc32(piece, total), left - len(piece)
        self.anchor = piece[-_ANCHOR:]
        return not left and total == self.total

    def _read(self, handle: int) -> bytes | None:
        """The whole lines of the next piece; None at the end. The rest of a piece is read again with the next."""
        piece = os.read(handle, _CHUNK)
        while piece and b"\n" not in piece and len(piece) <= LONGEST_LINE:
            more = os.read(handle, min(max(_CHUNK, len(piece)), _MOST_AT_ONCE))
            if not more:
                return None
            piece += more
        end = piece.rfind(b"\n") + 1
        if not end:
            return self._skip(piece) if piece else None
        whole = piece[:end]
        self._advance(whole)
        if end < len(piece):
            os.lseek(handle, self.offset, os.SEEK_SET)
        if self.skipping:
            self.skipping = False
            return whole[whole.index(b"\n") + 1 :]
        return whole.removeprefix(_BOM) if self.offset == len(whole) else whole

    def _skip(self, piece: bytes) -> bytes:
        if not self.skipping:
            self.skipping = True
            self.too_long += 1
        self._advance(piece)
        return b""

    def _advance(self, passed: bytes) -> None:
        self.offset += len(passed)
        if self.checked:
            self.total = zlib.crc32(passed, self.total)
        self.anchor = (self.anchor + passed[-_ANCHOR:])[-_ANCHOR:]
