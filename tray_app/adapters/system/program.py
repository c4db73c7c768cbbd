"""How other programs start this one: from a virtual environment, pipx, `uv tool` or a frozen build, on each system."""

import functools
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tray_app.core.connect.variables import FOLDERS, PREFIXES

_NAME, _WINDOWED = "dingtalk-tray", "dingtalk-trayw"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnProgram:
    """`executable` is Python's, or the program itself where it is `frozen`; `package` is the folder of `tray_app`."""

    executable: Path
    package: Path
    frozen: bool
    windows: bool

    @classmethod
    def of_process(cls, environ: Mapping[str, str]) -> Self:
        """Say it of this process. Inside an AppImage the executable's own folder is gone after it ends."""
        frozen = bool(getattr(sys, "frozen", False))
        image = environ.get("APPIMAGE", "") if frozen else ""
        return cls(
            executable=Path(image or sys.executable),
            package=Path(__file__).resolve().parents[2],
            frozen=frozen,
            windows=sys.platform == "win32",
        )

    def command(self, *arguments: str) -> list[str]:
        """A command of ours with its output: the installed script, beside Python in every kind of environment."""
        script = self._beside(_NAME)
        if script is not None:
            return [str(script), *arguments]
        if self.frozen:
            return [str(self.executable), *arguments]
        # -P: a folder called tray_app in the caller's directory is not ours
        return [str(self.executable), "-P", "-m", "tray_app", *arguments]

    def resident(self, *arguments: str) -> list[str]:
        """`run` without a console window."""
        return [*self._without_console(), "run", *arguments]

    def _without_console(self) -> list[str]:
        if self.windows:
            windowed = self._beside(_WINDOWED)
            if windowed is not None:
                return [str(windowed)]
            quiet = self.executable.with_name("pythonw.exe")
            if not self.frozen and quiet.exists():
                return [str(quiet), "-P", "-m", "tray_app"]
        if self.frozen:
            return [str(self.executable)]
        return [str(self.executable), "-P", "-m", "tray_app"]

    def hook(self) -> list[str]:
        """What an agent's hooks run. Without site-packages Python starts in 10 ms; the script takes 140."""
        if self.frozen:
            return self.command("hook")
        return [str(self.executable), "-I", "-S", str(self.package / "hook_cli.py")]

    def shell_line(self, *arguments: str) -> str:
        """`command`, as one line for the shell of this system."""
        words = self.command(*arguments)
        return subprocess.list2cmdline(words) if self.windows else shlex.join(words)

    def _beside(self, name: str) -> Path | None:
        script = self.executable.with_name(f"{name}.exe" if self.windows else name)
        return script if script.exists() else None


def start_detached(command: Sequence[str], environ: Mapping[str, str]) -> "subprocess.Popen[Any]":
    """Start a program that outlives this one and everything around it, with no window and no open streams of ours."""
    nowhere = subprocess.DEVNULL
    begin = functools.partial(
        subprocess.Popen, command, env=dict(environ), cwd=Path.home(), stdin=nowhere, stdout=nowhere, stderr=nowhere
    )
    if sys.platform != "win32":
        return begin(start_new_session=True)
    flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    try:  # a job of the caller's would end the app together with the caller
        return begin(creationflags=flags | subprocess.CREATE_BREAKAWAY_FROM_JOB)
    except OSError:  # the job does not let go
        return begin(creationflags=flags)


def environment_for_resident(environ: Mapping[str, str]) -> dict[str, str]:
    """What the app inherits from a coding agent that starts it: none of the agent's own variables and secrets."""
    return {name: value for name, value in environ.items() if name in FOLDERS or not name.upper().startswith(PREFIXES)}
