"""Linux desktops: a file in `~/.config/autostart`, by the XDG autostart and desktop entry specifications."""

import os
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tray_app.core.state.login import LoginStart
from tray_app.plain_files import read_plain
from tray_app.whole_files import remove, remove_empty, write_whole

_NAME = "dingtalk-tray.desktop"
_MOST_BYTES = 64 << 10
_GROUP = "[Desktop Entry]"
_HEAD = """[Desktop Entry]
Type=Application
Name=DingTalk Tray
Comment=Delivers agents' messages to DingTalk groups
Comment[zh_CN]=将智能体的消息发送到钉钉群
Icon=dingtalk-tray
Terminal=false
X-GNOME-Autostart-Delay=3
"""


@dataclass(frozen=True, slots=True)
class DesktopFile:
    """`folder` is the person's autostart folder. Desktops switch an entry off by a key in it, or remove the file."""

    folder: Path

    @property
    def _path(self) -> Path:
        return self.folder / _NAME

    @property
    def place(self) -> str:
        """The file."""
        return str(self._path)

    @property
    def command(self) -> str:
        """What it starts; empty where there is none."""
        return self._keys().get("Exec", "")

    def look(self) -> LoginStart:
        """How it stands. A file that cannot be read as one starts nothing."""
        keys = self._keys()
        if "Exec" not in keys:
            return LoginStart.SWITCHED_OFF if keys.get("Hidden", "").lower() == "true" else LoginStart.OFF
        hidden = keys.get("Hidden", "").lower() == "true"
        disabled = keys.get("X-GNOME-Autostart-enabled", "").lower() == "false"
        return LoginStart.SWITCHED_OFF if hidden or disabled else LoginStart.ON

    def switch_on(self, command: Sequence[str]) -> None:
        """Write it anew. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write(f"{_HEAD}Exec={exec_line(command)}\n")

    def switch_off(self) -> None:
        """Remove it, and the folder where nothing else is in it. Raises OSError."""
        remove(self._path)
        remove_empty([self.folder])

    def heal(self, command: Sequence[str], *, same: int) -> bool:
        """Change the line alone: the other keys may be the owner's. Raises OSError."""
        line, now = exec_line(command), self.command
        if now == line or not now.endswith(f" {exec_line(command[-same:])}"):
            return False
        text = self._text()
        lines = [f"Exec={line}" if each.partition("=")[0].strip() == "Exec" else each for each in text.splitlines()]
        self._write("\n".join(lines) + "\n")
        return True

    def _write(self, text: str) -> None:
        """A link is followed: an entry kept in a dot-files folder stays there."""
        target = Path(os.path.realpath(self._path))
        write_whole(target, text.encode(), synced=False, last=lambda written: written.chmod(0o644))

    def _text(self) -> str:
        with suppress(FileNotFoundError, UnicodeDecodeError):
            return read_plain(self._path, most=_MOST_BYTES).decode("utf-8")
        return ""

    def _keys(self) -> dict[str, str]:
        """The keys of its one group that matters."""
        keys: dict[str, str] = {}
        group = ""
        for line in self._text().splitlines():
            if line.startswith("["):
                group = line.strip()
            elif group == _GROUP and "=" in line and not line.startswith("#"):
                name, _, value = line.partition("=")
                keys[name.strip()] = value.strip()
        return keys


def exec_line(command: Sequence[str]) -> str:
    r"""Write a command as the value of `Exec`.

    Quoted by the specification's own rules: `"`, `` ` ``, `$` and `\` are escaped inside quotes, then each `\` once
    more as in every string of such a file; `%` is doubled, for it begins a field code.
    """
    return " ".join(_quoted(word) for word in command)


def _quoted(word: str) -> str:
    if word == shlex.quote(word) and "%" not in word:
        return word
    for sign in '\\"`$':
        word = word.replace(sign, f"\\{sign}")
    return '"' + word.replace("\\", "\\\\").replace("%", "%%") + '"'
