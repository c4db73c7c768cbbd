"""What a long reading leaves free in the allocator is handed back to the system."""

import sys
from contextlib import suppress


def give_back() -> None:
    """Takes some milliseconds, in which others go on. Linux alone; another C library than glibc has no such call."""
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
