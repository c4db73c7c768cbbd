"""Which Claude Code processes run now: `sessions/<pid>.json` of each configuration folder, with the pid checked.

The files are the client's own and unpromised (seen: 2.1.197 and 2.1.330). A killed client leaves its file behind, and
its pid may be another program's by now. The `.key` files beside them are the client's secrets: never opened.
"""

import json
import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tray_app.core.claude_code.words import asks_of, is_scripted, state_of
from tray_app.core.sessions.scan import LiveProcess

_LONGEST = 64 * 1024
_START_SLACK_MS = 60_000  # clock corrections since the boot
_MOST = 1_000


def live_processes(folders: Iterable[Path]) -> tuple[LiveProcess, ...]:
    """Clients that run now, by pid. What cannot be read is left out; nothing raises."""
    found: dict[int, LiveProcess] = {}
    for folder in folders:
        for path in _files(folder / "sessions"):
            process = _read(path)
            if process is not None and _is_alive(process):
                found[process.pid] = process
    return tuple(found[pid] for pid in sorted(found))


def _files(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            named = [
                entry.path
                for entry in entries
                if entry.name.endswith(".json") and entry.name[:-5].isdecimal() and entry.is_file(follow_symlinks=False)
            ]
    except OSError:
        return []
    return named[:_MOST]


def _read(path: str) -> LiveProcess | None:
    try:
        with Path(path).open("rb") as file:
            data = json.loads(file.read(_LONGEST))
    except (OSError, ValueError, RecursionError):
        return None
    session_id = data.get("sessionId") if isinstance(data, dict) else None
    if not isinstance(session_id, str) or not session_id:
        return None
    text = {key: value for key, value in data.items() if isinstance(value, str)}
    number = {key: value for key, value in data.items() if type(value) is int and value > 0}
    return LiveProcess(
        pid=int(Path(path).stem[:10]),
        session_id=session_id,
        cwd=text.get("cwd", ""),
        name=text.get("name", ""),
        version=text.get("version", ""),
        kind=text.get("kind", ""),
        entrypoint=text.get("entrypoint", ""),
        scripted=is_scripted(text.get("entrypoint", "")),
        state=state_of(text.get("status", "")),
        asks=asks_of(text.get("waitingFor", "")),
        started_ms=number.get("startedAt", 0),
        updated_ms=number.get("updatedAt", 0),
    )


def _is_alive(process: LiveProcess) -> bool:
    """Whether that very process runs: where the system tells a process's start, it must not be after the session's."""
    if sys.platform == "win32":
        return _runs_on_windows(process.pid)
    try:
        os.kill(process.pid, 0)
    except PermissionError:
        return False  # somebody else's process: the client runs as this user
    except (OSError, OverflowError):
        return False
    began_ms = _began_ms(process.pid)
    return not began_ms or not process.started_ms or began_ms <= process.started_ms + _START_SLACK_MS


if sys.platform == "win32":
    import ctypes

    _QUERY = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION
    _STILL_ACTIVE = 259

    def _runs_on_windows(pid: int) -> bool:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = ctypes.c_void_p
        handle = kernel.OpenProcess(_QUERY, False, pid)  # noqa: FBT003 -- a Windows signature
        if not handle:
            return False
        code = ctypes.c_ulong()
        known = kernel.GetExitCodeProcess(ctypes.c_void_p(handle), ctypes.byref(code))
        kernel.CloseHandle(ctypes.c_void_p(handle))
        return bool(known) and code.value == _STILL_ACTIVE

else:

    def _runs_on_windows(_pid: int) -> bool:
        return False


def _began_ms(pid: int) -> int:
    """When a process began, by Linux's /proc; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return _booted_s() * 1000 + int(fields[19]) * 1000 // int(os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, IndexError, StopIteration):
        return 0


@cache
def _booted_s() -> int:
    """When the machine was started. The file costs as much as all others of a look together, so it is read once."""
    lines = Path("/proc/stat").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("btime"))
