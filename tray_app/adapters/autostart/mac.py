"""macOS: a property list in `~/Library/LaunchAgents`, which launchd starts at each login to the desktop."""

import os
import plistlib
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tray_app.core.state.login import LoginStart
from tray_app.plain_files import read_plain
from tray_app.whole_files import remove, write_whole

LABEL = "dingtalk-tray"
_MOST_BYTES = 64 << 10
_TIMEOUT_S = 5.0


def launchctl(*words: str) -> str:
    """Ask launchd; empty where it does not answer."""
    try:
        done = subprocess.run(
            ["/bin/launchctl", *words], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


@dataclass(frozen=True, slots=True)
class LaunchAgent:
    """`folder` is the person's. The system's settings keep apart from the file what the owner switched off.

    It is never loaded or unloaded here: that would start a second app, or end this one.
    """

    folder: Path
    ask: Callable[..., str] = launchctl

    @property
    def _path(self) -> Path:
        return self.folder / f"{LABEL}.plist"

    @property
    def place(self) -> str:
        """The file."""
        return str(self._path)

    @property
    def command(self) -> str:
        """What it starts; empty where there is none."""
        return " ".join(self._words())

    def look(self) -> LoginStart:
        """How it stands."""
        if not self._words():
            return LoginStart.OFF
        said = self.ask("print-disabled", _domain())
        off = re.search(rf'"{re.escape(LABEL)}"\s*=>\s*(?:disabled|true)\b', said)
        return LoginStart.SWITCHED_OFF if off or self._read().get("Disabled") is True else LoginStart.ON

    def switch_on(self, command: Sequence[str]) -> None:
        """Write it, and tell launchd that it may start. Raises OSError."""
        self._write(command)
        self.ask("enable", f"{_domain()}/{LABEL}")

    def switch_off(self) -> None:
        """Remove it. Raises OSError."""
        remove(self._path)

    def heal(self, command: Sequence[str], *, same: int) -> bool:
        """Have an entry of this folder start this. Raises OSError."""
        words = self._words()
        if words == list(command) or words[-same:] != list(command[-same:]):
            return False
        self._write(command)
        return True

    def _write(self, command: Sequence[str]) -> None:
        said = {
            "Label": LABEL,
            "ProgramArguments": list(command),
            "RunAtLoad": True,
            "ProcessType": "Interactive",
            "LimitLoadToSessionType": "Aqua",
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        target = Path(os.path.realpath(self._path))  # one kept in a dot-files folder stays there
        # launchd takes none that others may write
        write_whole(target, plistlib.dumps(said), synced=False, last=lambda written: written.chmod(0o644))

    def _read(self) -> dict[str, Any]:
        try:
            said = plistlib.loads(read_plain(self._path, most=_MOST_BYTES))
        except (FileNotFoundError, ValueError, plistlib.InvalidFileException):
            return {}
        return said if isinstance(said, dict) else {}

    def _words(self) -> list[str]:
        words = self._read().get("ProgramArguments")
        return [str(word) for word in words] if isinstance(words, list) else []


def _domain() -> str:
    return f"gui/{os.getuid()}" if hasattr(os, "getuid") else "gui"
