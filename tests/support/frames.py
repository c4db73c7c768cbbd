"""What really ran: calls of Python functions by file and name, on every thread that begins while it counts."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

_APP = f"{(Path(__file__).parents[2] / 'tray_app').as_posix()}/"


@dataclass
class Frames:
    """`calls` by file name and qualified name of what was called; clear it to count from here."""

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)

    def of(self, file: str, name: str) -> int:
        """How often a function of a file (`tomlkit/api.py`) was called, also while other threads go on."""
        return sum(n for (at, called), n in dict(self.calls).items() if at.endswith(file) and called == name)

    def ours(self) -> tuple[int, int]:
        """Calls in the app's own code, and in how many files."""
        mine: Counter[str] = Counter()
        for (at, _), count in dict(self.calls).items():
            if at.startswith(_APP):
                mine[at] += count
        return sum(mine.values()), len(mine)

    def _hear(self, frame: FrameType, event: str, _what: object) -> None:
        if event == "call":
            self.calls[frame.f_code.co_filename.replace("\\", "/"), frame.f_code.co_qualname] += 1


@contextmanager
def counted() -> Iterator[Frames]:
    """Count here and on all threads that begin meanwhile."""
    frames = Frames()
    threading.setprofile(frames._hear)
    sys.setprofile(frames._hear)
    try:
        yield frames
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
