"""Windows as Wine plays it, made by packaging/windows/python.sh, in which an installer is tried."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.command import Done

_TIMEOUT_S = 240
_PATIENCE_S = 90


@dataclass(frozen=True, slots=True)
class Wine:
    """One Windows below `folder`; its person is the one who runs the tests."""

    folder: Path

    @property
    def local(self) -> Path:
        """`%LOCALAPPDATA%`."""
        return self._person / "AppData/Local"

    @property
    def start_menu(self) -> Path:
        """The folder of the person's start menu."""
        return self._person / "AppData/Roaming/Microsoft/Windows/Start Menu/Programs"

    @property
    def _person(self) -> Path:
        users = self.folder / "prefix/drive_c/users"
        (person,) = (path for path in users.iterdir() if path.name != "Public" and path.is_dir())
        return person

    def run(self, program: str | Path, *arguments: str, given: str = "", **more: str) -> Done:
        """Run a Windows program to its end."""
        done = subprocess.run(
            [str(self.folder / "wine"), str(program), *arguments],
            env={**os.environ, **more},
            input=given,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def registry(self, key: str) -> str:
        """Give the values below a key, as `reg query` prints them; nothing where it is not there."""
        return self.run("reg", "query", key, "/s").out

    def path(self, path: Path) -> str:
        """Name a file as Windows does."""
        inside = path.relative_to(self.folder / "prefix/drive_c")
        return "C:\\" + str(inside).replace("/", "\\")

    def lend_windows_own(self) -> None:
        """Give this Windows the one library that every later one has and Wine 8 has not; no package may carry it."""
        own = self.folder / "prefix/drive_c/windows/system32/bcryptprimitives.dll"
        if not own.exists():
            own.write_bytes((self.folder / "prefix/drive_c/python/bcryptprimitives.dll").read_bytes())

    @contextmanager
    def desktop(self, display: str) -> Iterator["subprocess.Popen[Any]"]:
        """Run a desktop with a notification area, and end all of this Windows afterwards."""
        ask = '. "$1/env"; exec wine explorer /desktop=tray,1024x768'
        words = ["bash", "-c", ask, "bash", str(self.folder)]
        nothing = subprocess.DEVNULL
        with subprocess.Popen(
            words, env={**os.environ, "DISPLAY": display}, stdin=nothing, stdout=nothing, stderr=nothing
        ) as shown:
            try:
                yield shown
            finally:
                subprocess.run([str(self.folder / "end")], capture_output=True, check=False)
                shown.wait(30)


def until(true: Callable[[], object], what: str) -> None:
    """Look until it is so."""
    deadline = time.monotonic() + _PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
