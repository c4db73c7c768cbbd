"""The app with a counter of its Python frames: `python -m tests.bench.counted_app run …` is `tray_app run …`, counted.

It is told by lines on its input: `begin` starts a count, `end` prints the last one as `{"frames": …, "files": …}`.
"""

import json
import sys
import threading
from pathlib import Path
from types import FrameType

import tray_app
from tray_app.__main__ import main

_OURS = str(Path(tray_app.__file__).parent)


class FrameCounter:
    """Hears of every function that any thread enters or goes on with, and counts those of the app's own files."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self._on = False
        self._frames = 0
        self._files: set[str] = set()

    def saw(self, frame: FrameType, event: str, _argument: object) -> None:
        """Take one event of `sys.setprofile`."""
        if self._on and event == "call" and frame.f_code.co_filename.startswith(_OURS):
            self._frames += 1
            self._files.add(frame.f_code.co_filename)

    def obey(self) -> None:
        """Do what the lines say, until there are no more."""
        for line in sys.stdin:
            if line.strip() == "begin":
                self._frames, self._files, self._on = 0, set(), True
            else:
                self._on = False
                print(json.dumps({"frames": self._frames, "files": len(self._files)}), flush=True)


if __name__ == "__main__":
    counter = FrameCounter()
    threading.Thread(target=counter.obey, daemon=True).start()  # before: its own frames are not the app's
    threading.setprofile(counter.saw)
    sys.setprofile(counter.saw)
    sys.exit(main())
