"""The entry by which this system starts the app at login."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from tray_app.adapters.autostart.xdg import DesktopFile
from tray_app.services.owner.start_at_login import AutostartEntry


class SystemEntry(AutostartEntry, Protocol):
    """An entry as commands see it."""

    @property
    def command(self) -> str:
        """What it starts now, in one line; empty where there is none."""
        ...


def entry_of(environ: Mapping[str, str]) -> SystemEntry:
    """Give this system's entry; nothing is touched yet."""
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "win32":
        from tray_app.adapters.autostart.windows import RunKey

        return RunKey()
    if sys.platform == "darwin":
        from tray_app.adapters.autostart.mac import LaunchAgent

        return LaunchAgent(home / "Library" / "LaunchAgents")
    config = environ.get("XDG_CONFIG_HOME", "").strip()
    return DesktopFile((Path(config) if config else home / ".config") / "autostart")
