"""No process outlives the tests: what one has started and not ended (it failed, or the computer was busy) is ended."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_PATIENCE_S = 5


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left_running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Begin before every other fixture, end after all of them."""
    yield
    for stray in end_strays(tmp_path_factory.getbasetemp()):
        sys.stderr.write(f"still ran after the tests, and was ended: {stray}\n")


def end_strays(folder: Path) -> list[str]:
    """End the processes that live in a folder of tests; give their command lines. Only Linux tells which they are."""
    found = dict(_of(folder))
    for kind in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, kind)
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline and any(pid in found for pid, _ in _of(folder)):
            time.sleep(0.05)
    return list(found.values())


def _of(folder: Path) -> Iterator[tuple[int, str]]:
    """Processes whose words, variables, folder or locks lie in it: the app's home does, of every test that starts one.

    The app closes its variables and its folder to other programs of its user, root excepted; its locks anybody sees.
    """
    if sys.platform != "linux":
        return
    mark, locking = f"{folder}/".encode(), _locking(folder)
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) not in {os.getpid(), os.getppid()}:
            words, told = b"", b""
            with contextlib.suppress(OSError):
                words = (process / "cmdline").read_bytes()
                told = (process / "environ").read_bytes() + os.fsencode((process / "cwd").readlink()) + b"/"
            if words and (mark in words + told or int(process.name) in locking):
                yield int(process.name), words.replace(b"\0", b" ").decode(errors="replace").strip()


def _locking(folder: Path) -> set[int]:
    """Processes that hold a lock on a file in it; each row of the kernel: kind, mode, access, process, device:inode."""
    try:
        rows = [line.split() for line in Path("/proc/locks").read_text("ascii").splitlines()]
    except OSError:
        return set()
    held = [(int(row[4]), row[5]) for row in rows if row[1] != "->"]  # an arrow: it only waits
    inside = set(_files(folder)) if held else set()
    return {pid for pid, file in held if file in inside}


def _files(folder: Path) -> Iterator[str]:
    """Files in it, as `/proc/locks` names them."""
    if sys.platform == "win32":
        return
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            found = path.lstat()
            yield f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
