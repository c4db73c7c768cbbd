"""Which Claude Code processes run now: `sessions/<pid>.json` of each configuration folder, with the pid checked.

The files are the client's own and unpromised (seen: 2.1.197 and 2.1.330). A killed client leaves its file behind, and
its pid may be another program's by now. The `.key` files beside them are the client's secrets: never opened.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from tray_app.core.claude_code.words import asks_of, is_scripted, state_of
from tray_app.core.sessions.live.scan import LiveProcess
from tray_app.processes import began_ms, is_mine, is_pid

_LONGEST = 64 * 1024
_START_SLACK_MS = 60_000  # clock corrections since the boot
_MOST = 1_000
_MOST_DIGITS = 10


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
            named = [entry.path for entry in entries if _pid(entry.name) and entry.is_file(follow_symlinks=False)]
    except OSError:
        return []
    return named[:_MOST]


def _pid(name: str) -> int:
    """The process of a file; 0 where its name is no number that a process can have."""
    stem = name.removesuffix(".json")
    number = int(stem) if stem != name and stem.isascii() and stem.isdecimal() and len(stem) <= _MOST_DIGITS else 0
    return number if is_pid(number) and str(number) == stem else 0


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
        pid=_pid(Path(path).name),
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
    """Whether that very process runs, as this user: what began after the session has got its number later."""
    if not is_mine(process.pid):
        return False
    began = began_ms(process.pid)
    return not began or not process.started_ms or began <= process.started_ms + _START_SLACK_MS
