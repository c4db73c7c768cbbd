"""Boxes without a desktop: a unit of the person's own systemd."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tray_app.whole_files import remove, remove_empty, write_whole

UNIT = "dingtalk-tray.service"
_TIMEOUT_S = 10.0


def systemctl(environ: Mapping[str, str], *words: str) -> bool:
    """Ask the person's systemd; False where it does not do it."""
    try:
        done = subprocess.run(
            ["systemctl", "--user", *words], env=dict(environ), capture_output=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


@dataclass(frozen=True, slots=True)
class UserUnit:
    """`folder` holds the person's units; `ask` asks their systemd.

    The link that enables it is made here: `systemctl enable` does no more, and over ssh it often cannot be asked.
    """

    folder: Path
    ask: Callable[..., bool]

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "UserUnit":
        """Give the unit in the person's own folder; nothing is touched yet."""
        home = Path(environ.get("HOME") or Path.home())
        config = environ.get("XDG_CONFIG_HOME", "").strip()
        folder = (Path(config) if config else home / ".config") / "systemd" / "user"
        return cls(folder, lambda *words: systemctl(environ, *words))

    @property
    def path(self) -> Path:
        """The unit's file."""
        return self.folder / UNIT

    @property
    def _link(self) -> Path:
        return self.folder / "default.target.wants" / UNIT

    def is_on(self) -> bool:
        """Whether it starts with the person's systemd."""
        return self.path.is_file() and self._link.is_symlink()

    def switch_on(self, command: Sequence[str]) -> bool:
        """Write and enable it; whether systemd knows of it already. Raises OSError."""
        self._link.parent.mkdir(parents=True, exist_ok=True)
        target = Path(os.path.realpath(self.path))  # one kept in a dot-files folder stays there
        write_whole(target, unit(command).encode(), synced=False, last=lambda written: written.chmod(0o644))
        if not self._link.is_symlink():
            self._link.symlink_to(self.path)
        return self.ask("daemon-reload")

    def switch_off(self) -> None:
        """Leave nothing behind; what runs goes on. Raises OSError."""
        there = self.path.exists() or self._link.is_symlink()
        remove(self._link)
        remove(self.path)
        remove_empty([self._link.parent, self.folder, self.folder.parent])
        if there:
            self.ask("daemon-reload")


def unit(command: Sequence[str]) -> str:
    """Write the unit. The app ends with 1 where it cannot serve, and is tried again; with 0 where it was asked to."""
    return f"""[Unit]
Description=DingTalk Tray without an icon
After=network-online.target

[Service]
ExecStart={_exec(command)}
Restart=on-failure
RestartSec=5

[Install]
WantedBy=default.target
"""


def _exec(command: Sequence[str]) -> str:
    """Quoted by systemd's own rules: `%` and `$` are doubled.

    In the program's path it takes no quotation mark or backslash and fills in no variable: there a shell starts it.
    """
    odd = any(sign in command[0] for sign in "$'\"\\")
    words = ["/bin/sh", "-c", 'exec "$0" "$@"', *command] if odd else command
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    for sign, meant in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        word = word.replace(sign, meant)
    return f'"{word}"' if not word or any(sign in word for sign in " \t'\"\\;") else word
