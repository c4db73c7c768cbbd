"""Waits for the disk counted, and made longer, by a small library that is loaded before libc (Linux, a C compiler)."""

import struct
from pathlib import Path

SOURCE = Path(__file__).with_name("slow_disk.c")


class SlowDisk:
    """The waits of one process; `environ` makes it one."""

    def __init__(self, library: Path, counted: Path, delay_ms: int) -> None:
        self._counted = counted
        counted.write_bytes(bytes(8))
        self.environ = {
            "LD_PRELOAD": str(library),
            "SYNCS_COUNTED": str(counted),
            "SYNCS_DELAY_US": str(1000 * delay_ms),
        }

    def syncs(self) -> int:
        """How often it has waited so far."""
        return int(struct.unpack("l", self._counted.read_bytes())[0])
