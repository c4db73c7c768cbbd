"""Which process a number stands for: whether it runs, and when it began, on Linux, Windows and macOS.

A system gives the number of a process that has ended to another one. What is kept in a file is therefore number and
birth: both together name one process for as long as the computer runs.
"""

import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_PID = 2**32 - 1 if sys.platform == "win32" else 2**31 - 1


def is_pid(number: object) -> bool:
    """Whether a process can have this number: 0 and negative ones mean groups, greater ones nothing at all."""
    return type(number) is int and 0 < number <= _MOST_PID


def is_alive(pid: int) -> bool:
    """Whether a process of this number runs, whoever's it is; it may be another program's by now."""
    return is_pid(pid) and _runs(pid)


def is_mine(pid: int) -> bool:
    """Whether a process of this number runs and is this user's, as far as the system tells."""
    return is_pid(pid) and _runs(pid, others=False)


def born(pid: int) -> str:
    """Tell a process from every other one that had its number; empty where there is none, or it cannot be told."""
    return _born(pid) if is_pid(pid) else ""


def is_same(pid: int, birth: str) -> bool:
    """Whether that very process still runs; with no birth known, whether any of that number does."""
    return is_alive(pid) and (not birth or born(pid) in {birth, ""})


def began_ms(pid: int) -> int:
    """When a process began, in wall-clock milliseconds; 0 where the system does not tell."""
    birth = born(pid)
    return _wall_ms(int(birth)) if birth else 0


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _QUERY = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION
    _STILL_ACTIVE = 259
    _REFUSED = 5  # ERROR_ACCESS_DENIED: another user's, or the system's
    _UNIX_EPOCH = 116_444_736_000_000_000  # in Windows' 100 ns since 1601
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
    _kernel.OpenProcess.restype = wintypes.HANDLE
    _kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
    _kernel.GetExitCodeProcess.argtypes = (wintypes.HANDLE, wintypes.LPDWORD)
    _kernel.GetProcessTimes.argtypes = (wintypes.HANDLE, *(ctypes.POINTER(wintypes.FILETIME),) * 4)

    def _asked(pid: int, ask: "Callable[[int], int]") -> int | None:
        handle = _kernel.OpenProcess(_QUERY, 0, pid)
        if not handle:
            return None
        try:
            return ask(handle)
        finally:
            _kernel.CloseHandle(handle)

    def _runs(pid: int, *, others: bool = True) -> bool:
        """Ask for the exit code: `os.kill(pid, 0)` would end the process on Windows."""

        def still_active(handle: int) -> int:
            code = wintypes.DWORD()
            return _kernel.GetExitCodeProcess(handle, ctypes.byref(code)) and code.value == _STILL_ACTIVE

        found = _asked(pid, still_active)
        return bool(found) if found is not None else others and ctypes.get_last_error() == _REFUSED

    def _born(pid: int) -> str:
        def created(handle: int) -> int:
            times = [wintypes.FILETIME() for _ in range(4)]
            known = _kernel.GetProcessTimes(handle, *(ctypes.byref(each) for each in times))
            return times[0].dwHighDateTime << 32 | times[0].dwLowDateTime if known else 0

        return str(_asked(pid, created) or "")

    def _wall_ms(birth: int) -> int:
        return (birth - _UNIX_EPOCH) // 10_000

else:

    def _runs(pid: int, *, others: bool = True) -> bool:
        """Signal 0 reaches a process that is there; another user's refuses it."""
        try:
            os.kill(pid, 0)
        except PermissionError:
            return others
        except (OSError, OverflowError):
            return False
        return not _has_ended(pid)

    def _has_ended(pid: int) -> bool:
        """One that has ended is there until its parent asks how: in a container without an init, for ever."""
        try:
            return _stat(pid)[0] == "Z"
        except (OSError, IndexError):
            return False

    def _stat(pid: int) -> list[str]:
        """What Linux tells of a process behind its name: its state first."""
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()

    def _born(pid: int) -> str:
        """Linux: clock ticks since the boot. macOS: microseconds since 1970."""
        try:
            if sys.platform == "darwin":
                return str(_mac_born(pid) or "")
            return str(int(_stat(pid)[19]))
        except (OSError, ValueError, IndexError):
            return ""

    def _wall_ms(birth: int) -> int:
        if sys.platform == "darwin":
            return birth // 1000
        try:
            return _booted_s() * 1000 + birth * 1000 // int(os.sysconf("SC_CLK_TCK"))
        except (OSError, ValueError, StopIteration):
            return 0

    @cache
    def _booted_s() -> int:
        """When the machine was started. The file costs as much as all others of a look together, so it is read once."""
        lines = Path("/proc/stat").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("btime"))

    def _mac_born(pid: int) -> int:
        """`proc_pidinfo` of libproc; `pbi_start_tvsec` and `pbi_start_tvusec` are the last of `struct proc_bsdinfo`."""
        import ctypes

        flavour, size, seconds_at = 3, 136, 120  # PROC_PIDTBSDINFO
        info = (ctypes.c_char * size)()
        if ctypes.CDLL("/usr/lib/libproc.dylib").proc_pidinfo(pid, flavour, ctypes.c_uint64(0), info, size) != size:
            return 0
        seconds, micros = (int.from_bytes(info.raw[at : at + 8], sys.byteorder) for at in (seconds_at, seconds_at + 8))
        return seconds * 1_000_000 + micros
