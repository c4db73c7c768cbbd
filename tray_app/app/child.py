"""The real app as a child process with everything in a folder of its own, for the demo, tests and benchmarks."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tray_app.adapters.endpoint_file import Endpoint, EndpointFile
from tray_app.adapters.paths import HOME_VARIABLE, Paths

_START_S = 30.0
_STOP_S = 10.0
_LOOK_S = 0.02


class DidNotStart(RuntimeError):
    """The app ended, or did not answer in time; the text is what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A running app: its process, its folders, and where it answers."""

    process: "subprocess.Popen[str]"
    paths: Paths
    endpoint: Endpoint


@contextlib.contextmanager
def running_app(
    home: Path, *, environ: Mapping[str, str], arguments: Sequence[str] = ("--headless", "--port", "0")
) -> Iterator[Child]:
    """Start the app below `home` and stop it at the end. Raises DidNotStart."""
    paths = Paths.under(home)
    command = [sys.executable, "-m", "tray_app", "run", *arguments]
    if getattr(sys, "frozen", False):
        command = [sys.executable, "run", *arguments]
    process = subprocess.Popen(
        command,
        env={**environ, HOME_VARIABLE: str(home)},
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    try:
        yield Child(process=process, paths=paths, endpoint=_wait(process, paths))
    finally:
        _end(process)


def clean_environment() -> dict[str, str]:
    """This process's environment without what would lead the app to the owner's own robot, keyring, desktop or proxy."""
    foreign = ("DINGTALK_", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "PYTHON_KEYRING_BACKEND")
    proxies = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    kept = {name: value for name, value in kept.items() if name.upper() not in proxies}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONUTF8": "1"}


def _wait(process: "subprocess.Popen[str]", paths: Paths) -> Endpoint:
    """Look for the file that the app writes once it answers."""
    file = EndpointFile(paths.endpoint)
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        endpoint = file.read_live()
        if endpoint is not None and endpoint.pid == process.pid:
            return endpoint
        if process.poll() is not None:
            raise DidNotStart(process.stdout.read().strip() if process.stdout else "")
        time.sleep(_LOOK_S)
    raise DidNotStart(f"no answer within {_START_S:.0f} s")


def _end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.communicate(timeout=_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
