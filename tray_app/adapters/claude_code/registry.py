"""Which Claude Code processes run now: `sessions/<pid>.json` of each configuration folder, with the pid checked."""

from collections.abc import Iterable
from pathlib import Path

from tray_app.core.claude_code import LiveProcess


def live_processes(folders: Iterable[Path]) -> tuple[LiveProcess, ...]:
    """Clients that run now, by pid. Skeleton: none yet."""
    del folders
    return ()
