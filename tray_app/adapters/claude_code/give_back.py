"""What a long reading leaves to the allocator and the garbage collector."""

import contextlib
import gc
import sys
from collections.abc import Iterator


def give_back() -> None:
    """Takes some milliseconds, in which others go on. Linux alone; another C library than glibc has no such call."""
    if sys.platform != "linux":
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextlib.contextmanager
def collector_off() -> Iterator[None]:
    """While very much is made that stays, it finds nothing: a quarter of the time, and every other thread waits."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
