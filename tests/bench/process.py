"""What the operating system says of a process (Linux: /proc; elsewhere the figures are left out)."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """CPU seconds and context switches since the start, resident memory in MB, threads."""

    cpu_s: float
    switches: int
    rss_mb: float
    threads: int


def usage(pid: int) -> Usage:
    """Read the figures of a process and all its threads."""
    folder = Path(f"/proc/{pid}")
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    switches = 0
    for thread in (folder / "task").iterdir():
        for line in (thread / "status").read_text().splitlines():
            if "ctxt_switches" in line:
                switches += int(line.split()[1])
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    return Usage(
        cpu_s=(int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
        switches=switches,
        rss_mb=int(status["VmRSS"].split()[0]) / 1024,
        threads=int(status["Threads"]),
    )
