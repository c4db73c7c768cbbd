"""What the operating system says of a process (Linux: /proc; elsewhere the figures are left out)."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

_CPUCLOCK_SCHED = 2  # see clock_getcpuclockid(3): a process's own clock, in ns; /proc counts in steps of 10 ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """CPU seconds and context switches since the start, resident memory in MB, threads.

    Switches are the process's own: how often it began to wait. How often others took its processor is their doing.
    """

    cpu_s: float
    switches: int
    rss_mb: float
    threads: int


def usage(pid: int) -> Usage:
    """Read the figures of a process and all its threads."""
    if sys.platform == "win32":
        raise NotImplementedError
    folder = Path(f"/proc/{pid}")
    switches = 0
    for thread in (folder / "task").iterdir():
        for line in (thread / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                switches += int(line.split()[1])
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    return Usage(
        cpu_s=time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED),
        switches=switches,
        rss_mb=int(status["VmRSS"].split()[0]) / 1024,
        threads=int(status["Threads"]),
    )
