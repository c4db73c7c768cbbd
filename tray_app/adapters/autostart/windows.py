"""Windows: a value of the person's `Run` key; Task Manager and Settings switch it off in a key beside."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from tray_app.core.kernel.texts import text
from tray_app.core.state.login import LoginStart
from tray_app.services.owner.start_at_login import NoEntryHere
from tray_app.store_python import is_store_python

if sys.platform == "win32":
    import winreg

    _RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
    _APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
    _NAME = "dingtalk-tray"
    _LONGEST = 260  # what is longer Windows does not start, and says so to nobody

    @dataclass(frozen=True, slots=True)
    class RunKey:
        """`HKEY_CURRENT_USER` alone: nobody's rights but the person's own are needed. `apart`: only we would see it."""

        apart: bool = field(default_factory=is_store_python)

        @property
        def place(self) -> str:
            """Where it is."""
            return rf"HKEY_CURRENT_USER\{_RUN}\{_NAME}"

        @property
        def command(self) -> str:
            """What it starts; empty where there is none."""
            found = _value(_RUN)
            return found if isinstance(found, str) else ""

        def look(self) -> LoginStart:
            """How it stands: the first byte beside is even where it may start (2, 6), odd where not (3, 7)."""
            if not self.command:
                return LoginStart.OFF
            said = _value(_APPROVED)
            off = isinstance(said, bytes) and bool(said) and said[0] % 2 == 1
            return LoginStart.SWITCHED_OFF if off else LoginStart.ON

        def switch_on(self, command: Sequence[str]) -> None:
            """Write it, and take away what switched it off. Raises OSError."""
            self._write(command)
            _remove(_APPROVED)

        def switch_off(self) -> None:
            """Leave neither. Raises OSError."""
            _remove(_RUN)
            _remove(_APPROVED)

        def heal(self, command: Sequence[str], *, same: int) -> bool:
            """Have an entry of this folder start this. Raises OSError."""
            line, now = subprocess.list2cmdline(command), self.command
            if now == line or not now.endswith(f" {subprocess.list2cmdline(command[-same:])}"):
                return False
            self._write(command)
            return True

        def _write(self, command: Sequence[str]) -> None:
            line = subprocess.list2cmdline(command)
            if self.apart:
                raise NoEntryHere(text("autostart.store_python"), text("autostart.store_python_hint"))
            if len(line) > _LONGEST:
                raise NoEntryHere(text("autostart.too_long", most=_LONGEST), text("autostart.too_long_hint"))
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN) as key:
                winreg.SetValueEx(key, _NAME, 0, winreg.REG_SZ, line)

    def _value(path: str) -> object:
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
                return winreg.QueryValueEx(key, _NAME)[0]
        except FileNotFoundError:
            return None

    def _remove(path: str) -> None:
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path, 0, winreg.KEY_SET_VALUE) as key:
                winreg.DeleteValue(key, _NAME)
        except FileNotFoundError:
            return
