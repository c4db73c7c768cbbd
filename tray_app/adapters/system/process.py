"""What the process asks of the operating system for itself: no core dumps, enough open files."""

import contextlib
import sys

OPEN_FILES = 4_096  # connections, transcripts and the database; macOS begins with 256
_PR_SET_DUMPABLE = 4


def keep_memory_private() -> None:
    """Write no core dump, and let no other program of this user read our memory: webhook and key are in it."""
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):  # systemd-coredump takes a dump without asking the limit
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def allow_open_files() -> None:
    """Raise the limit of open files as far as it may be, up to what is ever needed."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # macOS has a limit behind the limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
