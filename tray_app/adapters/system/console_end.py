"""What ends a program on Windows besides signals: Ctrl+C and Ctrl+Break, its console closed, its person logged off.

Python's own handler lets the main thread do the rest. That is too late for a closed console, whose program Windows
ends as soon as the handler returns, and the main thread may sit in the icon's loop, which no signal wakes.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_CLOSE, _LOGOFF, _SHUTDOWN = 2, 5, 6
_PATIENCE_S = 8.0  # Windows itself waits five seconds for a closed console, longer where it is told to


class ConsoleEnd:
    """Hears on a thread of Windows' own that the program shall end."""

    def __init__(self, stop: Callable[[], None]) -> None:
        """`stop` asks for the end and returns at once."""
        self._stop = stop
        self._ended = threading.Event()

    def heard(self, event: int) -> bool:
        """Ask for the end. Where Windows would end the program afterwards, return only once it has ended in order."""
        self._stop()
        if event in {_CLOSE, _LOGOFF, _SHUTDOWN}:
            self._ended.wait(_PATIENCE_S)
        return True

    def ended(self) -> None:
        """All is closed: whoever waits may go on."""
        self._ended.set()


@contextmanager
def console_end(stop: Callable[[], None]) -> Iterator[ConsoleEnd]:
    """Hear the console's end within the block; elsewhere than on Windows signals say all of it."""
    end = ConsoleEnd(stop)
    undo = _listen(end.heard)
    try:
        yield end
    finally:
        undo()
        end.ended()


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    def _listen(heard: Callable[[int], bool]) -> Callable[[], object]:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        handler = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)(heard)
        kernel.SetConsoleCtrlHandler(handler, True)  # noqa: FBT003 - Win32's Add
        return lambda: kernel.SetConsoleCtrlHandler(handler, False)  # noqa: FBT003 - likewise; keeps the handler alive

else:

    def _listen(_heard: Callable[[int], bool]) -> Callable[[], object]:
        return lambda: None
