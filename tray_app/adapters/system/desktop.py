"""What the app asks of the desktop around it: open a page, show a folder, fill the clipboard.

Each call blocks for a moment (at most `_TIMEOUT_S`), so keep it off the event loop, and says whether it worked: where
there is no desktop the caller shows the address or writes a file instead.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tray_app.adapters.system import clipboard

_TIMEOUT_S = 5.0
_NO_WINDOW = 0x0800_0000 if sys.platform == "win32" else 0  # CREATE_NO_WINDOW
_CLIPBOARDS = {
    "wayland": (("wl-copy",),),
    "x11": (("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input")),
}


class Desktop:
    """The owner's desktop, as far as the environment tells of one."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        """Children get the environment without our secrets, and with the system's libraries, not a frozen app's."""
        self._environ = {name: value for name, value in environ.items() if not name.startswith("DINGTALK_")}
        if "LD_LIBRARY_PATH_ORIG" in environ:  # PyInstaller keeps the original there; the browser needs it
            self._environ["LD_LIBRARY_PATH"] = environ["LD_LIBRARY_PATH_ORIG"]

    def open_page(self, url: str) -> bool:
        """Show an http(s) address in the browser. Never a text browser: it would take over the terminal."""
        return url.startswith(("http://", "https://")) and self._open(url)

    def open_folder(self, folder: Path) -> bool:
        """Show a folder in the file manager."""
        return folder.is_dir() and self._open(str(folder))

    def copy(self, words: str) -> bool:
        """Put text on the clipboard."""
        if sys.platform == "win32":
            return clipboard.put(words)
        if sys.platform == "darwin":
            return self._run(["pbcopy"], given=words.encode())
        commands = _CLIPBOARDS["wayland"] if self._environ.get("WAYLAND_DISPLAY") else ()
        commands += _CLIPBOARDS["x11"] if self._environ.get("DISPLAY") else ()
        return any(self._run(list(command), given=words.encode()) for command in commands)

    def _open(self, target: str) -> bool:
        if sys.platform == "win32":
            try:
                os.startfile(target)  # noqa: S606 - the shell's own way; only addresses and folders of ours come here
            except OSError:
                return False
            return True
        if sys.platform == "darwin":
            return self._run(["open", target])
        if not (self._environ.get("DISPLAY") or self._environ.get("WAYLAND_DISPLAY")):
            return False
        return self._run(["xdg-open", target]) or self._run(["gio", "open", target])

    def _run(self, command: list[str], *, given: bytes = b"") -> bool:
        """Run a helper. One that stays (a browser in the foreground) has worked; xclip goes on in the background."""
        program = shutil.which(command[0], path=self._environ.get("PATH"))
        if program is None:
            return False
        try:
            done = subprocess.Popen(
                [program, *command[1:]],
                env=self._environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                creationflags=_NO_WINDOW,
            )
        except OSError:
            return False
        try:
            done.communicate(given, timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return True
        return done.returncode == 0
