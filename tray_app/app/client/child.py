"""The real app as a child process with everything in a folder of its own, for the demo, tests and benchmarks."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from tray_app.adapters.files.endpoint import Endpoint, EndpointFile
from tray_app.adapters.system.paths import HOME_VARIABLE, Paths
from tray_app.core.connect.variables import FOLDERS

_START_S = 30.0
_STOP_S = 10.0
_LOOK_S = 0.02
_OWN = (  # of the owner's robot, keyring, desktop, agents, and a home that is not the child's
    "DINGTALK_",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "PYTHON_KEYRING_BACKEND",
    *FOLDERS,
)
_NETWORK = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"})


class DidNotStart(RuntimeError):
    """The app ended, or did not answer in time; the text is what it said."""


class Process(Protocol):
    """What is asked of a `subprocess.Popen`."""

    @property
    def pid(self) -> int:
        """The process id."""

    def poll(self) -> int | None:
        """Give the exit code; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code. Raises subprocess.TimeoutExpired."""

    def send_signal(self, sig: int) -> None:
        """Send it, unless the process has ended."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""


class Spawn(Protocol):
    """Starts a program with no input, in a folder; `printed` takes what it says."""

    def __call__(
        self, command: Sequence[str], *, environ: Mapping[str, str], folder: Path, printed: IO[bytes]
    ) -> Process:
        """Return at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A running app: its process, its folders, where it answers, and the file with what it printed."""

    process: Process
    paths: Paths
    endpoint: Endpoint
    printed: Path


def spawn(command: Sequence[str], *, environ: Mapping[str, str], folder: Path, printed: IO[bytes]) -> Process:
    """Start a process."""
    nothing, both = subprocess.DEVNULL, subprocess.STDOUT
    return subprocess.Popen(command, env=dict(environ), cwd=folder, stdin=nothing, stdout=printed, stderr=both)


@contextlib.contextmanager
def running_app(
    home: Path,
    *,
    environ: Mapping[str, str],
    arguments: Sequence[str] = ("--headless", "--port", "0"),
    spawn: Spawn = spawn,
    start_s: float = _START_S,
) -> Iterator[Child]:
    """Start the app below `home` and stop it at the end. Raises DidNotStart, also where it takes too long."""
    paths = Paths.under(home)
    command = [sys.executable, *([] if getattr(sys, "frozen", False) else ["-m", "tray_app"]), "run", *arguments]
    home.mkdir(parents=True, exist_ok=True)
    printed = home / "printed.txt"
    before = EndpointFile(paths.endpoint).read_left()
    with printed.open("wb") as file:  # a file, for a full pipe would stop the app
        its = {**dict.fromkeys(FOLDERS, str(home / "agent")), **environ, HOME_VARIABLE: str(home)}
        process = spawn(command, environ=its, folder=home, printed=file)
    try:
        endpoint = _wait(process, paths, printed, before, start_s)
        yield Child(process=process, paths=paths, endpoint=endpoint, printed=printed)
    finally:
        _end(process)


def clean_environment() -> dict[str, str]:
    """This process's environment without what would lead the app to the owner's robot, keyring, desktop or proxy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    kept = {name: value for name, value in kept.items() if name.upper() not in _NETWORK}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONUTF8": "1"}


def _wait(process: Process, paths: Paths, printed: Path, before: Endpoint | None, start_s: float) -> Endpoint:
    """Look for the file that the app writes once it answers.

    Told by its new tokens from one that a killed app has left. Not by the process id: a virtual environment's
    `python.exe` on Windows is only the parent of the real one.
    """
    file = EndpointFile(paths.endpoint)
    deadline = time.monotonic() + start_s
    while time.monotonic() < deadline:
        endpoint = file.read_live()
        if endpoint is not None and endpoint != before:
            return endpoint
        if process.poll() is not None:
            raise DidNotStart(printed.read_text("utf-8", "replace").strip())
        time.sleep(_LOOK_S)
    raise DidNotStart(f"no answer within {start_s:.0f} s\n{printed.read_text('utf-8', 'replace')}".strip())


def _end(process: Process) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
