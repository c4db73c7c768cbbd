"""A person before a Windows desktop (Wine under Xvfb): opens the tray's menu, reads it, clicks in it by words."""

import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tray_app.adapters.files.endpoint import Endpoint
from tray_app.core.kernel.secret import Secret

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
WINDOWS = ROOT / ".dev" / "windows"
PATIENCE_S = 180.0  # the app takes ten times as long to start as on Linux, and longer on a busy computer
_SIZE = 1024, 768
_ICON = 1014, 758  # the first one at the lower right
_LOOK_S = 0.1
_SCREEN = f"{_SIZE[0]}x{_SIZE[1]}x24"


def until(look: Callable[[], T | None], what: str = "") -> T:
    """Wait until there is something to see."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < deadline, what or look
        time.sleep(_LOOK_S)
    return found


class Desk:
    """One desktop with the app on it. `home` is the app's folder as Linux sees it."""

    def __init__(self, home: Path, environ: Mapping[str, str], menus: Path) -> None:
        self.home = home
        self._environ = dict(environ)
        self._menus = menus
        self._desktop = f"desk{secrets.token_hex(4)}"
        self._begun: list[subprocess.Popen[bytes]] = []
        self.app: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        """Start the app in the desktop, with what reads its menus."""
        probe = ["-m", "tests.windows.probe", f"Z:{self._menus}", "run", "--port", "0", *arguments]
        self.app = self._in_desktop(r"C:\python\python.exe", *probe)
        until(lambda: self.endpoint(), "the app does not serve")

    def endpoint(self) -> Endpoint | None:
        """Where the app answers; its process is one of Windows', so that it cannot be looked for here."""
        try:
            said = json.loads((self.home / "run" / "endpoint.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return Endpoint(
            url=said["url"],
            pid=said["pid"],
            version=said["version"],
            token=Secret(said["token"]),
            control_token=Secret(said["control_token"]),
        )

    def menus(self) -> list[list[dict[str, Any]]]:
        """What is open, the outermost first."""
        try:
            found: list[list[dict[str, Any]]] = json.loads(self._menus.read_text("utf-8"))
        except (OSError, ValueError):
            return []
        return found

    def words(self) -> list[str]:
        """Open the menu and read its lines."""
        self.open()
        found = [line["words"] for line in self.menus()[0]]
        self.close()
        return found

    def open(self) -> None:
        """Right-click the icon."""
        self._xdotool("mousemove", *map(str, _ICON), "click", "3")
        until(lambda: self.menus(), "no menu opens")

    def close(self) -> None:
        """Leave the menu without a choice, by a click beside it: nobody gives it the keyboard here."""
        self._xdotool("mousemove", "200", "200", "click", "1")
        until(lambda: not self.menus(), "the menu stays open")

    def click(self, *path: str) -> None:
        """Open the menu and click the lines that begin with these words, one below the other."""
        self.open()
        for depth, words in enumerate(path):
            line = until(lambda depth=depth, words=words: self._line(depth, words), f"no {words}: {self.menus()}")  # type: ignore[misc]  # a default for each round
            self._xdotool("mousemove", *map(str, line["at"]), "click", "1")
        until(lambda: not self.menus(), "the menu stays open")

    def picture(self, file: Path) -> Path:
        """Photograph the screen."""
        subprocess.run(["import", "-window", "root", str(file)], env=self._environ, check=True)
        return file

    def end_session(self) -> None:
        """Log off, as Windows does it: each window is asked, and told."""
        self._in_desktop("wineboot", "--end-session").wait(PATIENCE_S)

    def log(self) -> str:
        """What the app has logged."""
        return (self.home / "logs" / "dingtalk-tray.log").read_text("utf-8")

    def _line(self, depth: int, words: str) -> dict[str, Any] | None:
        menus = self.menus()
        lines = menus[depth] if depth < len(menus) else []
        return next((line for line in lines if line["words"].startswith(words)), None)

    def _xdotool(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self._environ, check=True)

    def _in_desktop(self, *words: str) -> "subprocess.Popen[bytes]":
        size = f"{_SIZE[0]}x{_SIZE[1]}"
        command = [str(WINDOWS / "plain"), "explorer", f"/desktop={self._desktop},{size}", *words]
        quiet = subprocess.DEVNULL
        begun = subprocess.Popen(command, env=self._environ, cwd=ROOT, stdin=quiet, stdout=quiet, stderr=quiet)
        self._begun.append(begun)
        return begun

    def leave(self) -> None:
        """End everything in this Windows."""
        subprocess.run([str(WINDOWS / "end")], check=False)
        for each in self._begun:
            each.wait(PATIENCE_S)


@contextmanager
def windows_desk(folder: Path, *, person: str, language: str, **more: str) -> Iterator[Desk]:
    """A screen of its own, and a person's home on C:. `language`: a locale of Linux, which Wine takes over."""
    users = WINDOWS / "prefix" / "drive_c" / "users"
    home = users / person / f"tray {secrets.token_hex(4)}"
    home.mkdir(parents=True)
    read, write = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", _SCREEN, "-nolisten", "tcp"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as screen:
        os.close(write)
        try:
            with os.fdopen(read) as told:
                display = f":{told.readline().strip()}"
            environ = {
                **{name: os.environ[name] for name in ("PATH", "HOME", "USER") if name in os.environ},
                "DISPLAY": display,
                "WINE_LANG": language,
                "DINGTALK_TRAY_HOME": rf"C:\users\{person}\{home.name}",
                **more,
            }
            desk = Desk(home, environ, folder / "menus.json")
            try:
                yield desk
            finally:
                desk.leave()
        finally:
            screen.terminate()
            shutil.rmtree(home, ignore_errors=True)
