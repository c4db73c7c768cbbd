"""Commands as people and agents wait for them: from the start of the process to its end, beside Python itself.

Beside the wait the CPU's time, which hardly grows where the machine does other things.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tray_app.adapters.system.paths import HOME_VARIABLE
from tray_app.app.client.child import running_app

_RUNS = 11
_COMMANDS = ("--version", "mcp-headers", "status", "approvals", "pause", "resume")


def measure_commands(home: Path, environ: Mapping[str, str]) -> dict[str, float]:
    """Milliseconds, the medians of runs that take turns; the app runs."""
    commands = {"Python that does nothing": ["-c", ""]} | {
        f"command {name}": ["-P", "-m", "tray_app", name] for name in _COMMANDS
    }
    took: dict[str, list[float]] = {name: [] for name in commands}
    cpu: dict[str, list[float]] = {name: [] for name in commands}
    with running_app(home, environ=environ):
        for _ in range(_RUNS):
            for name, words in commands.items():
                began, before = time.perf_counter(), _children_s()
                subprocess.run(
                    [sys.executable, *words],
                    env={**environ, HOME_VARIABLE: str(home)},
                    stdout=subprocess.DEVNULL,
                    check=True,
                )
                took[name].append((time.perf_counter() - began) * 1000)
                cpu[name].append((_children_s() - before) * 1000)
    waits = {f"{name}, median ms": statistics.median(found) for name, found in took.items()}
    return waits | {f"{name}, CPU ms": statistics.median(found) for name, found in cpu.items()}


def _children_s() -> float:
    """CPU time of processes that were waited for; nothing on Windows."""
    if sys.platform == "win32":
        return 0.0
    import resource

    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
