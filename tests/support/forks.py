"""The real program in processes of its own that cost no start: copies of one process that has imported everything.

The app takes 1.3 s of processor time to start and a command 0.2 s, nearly all of it for imports; a suite that starts
hundreds of them is limited by that. Each pytest worker has one server (`fork_server`, begun at first use, gone with the
worker) that forks: 0.1 s and 0.02 s. A copy is what `python -m tray_app …` would be: its own process id, signals,
`kill -9`, exit code, environment, folder and streams; `test_forks.py` compares the two. Where that cannot be (not on
Linux, or the environment asks Python itself for something else) it is started as ever, and so it is in tests whose
subject is the start itself: `tray_app.app.client.child.running_app` and `command.fresh_command`.
"""

import contextlib
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests.support.patience import PATIENCE_S
from tray_app.app.client import child
from tray_app.app.client.child import Child, Process, clean_environment

_END_S = 20.0
_READ_LATER = "PYTHON_KEYRING_BACKEND"  # by keyring, which no server has imported


class Forked:
    """The part of `subprocess.Popen` that tests use."""

    def __init__(self, command: Sequence[str], report: IO[bytes]) -> None:
        self.args = command
        self.returncode: int | None = None
        self._report = report
        self.pid = self._next()

    def poll(self) -> int | None:
        """Give the exit code, negative for a signal; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code. Raises TimeoutExpired."""
        if self.returncode is None:
            ready, _, _ = select.select([self._report], [], [], timeout)
            if not ready:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = self._next()
            self._report.close()
        return self.returncode

    def send_signal(self, sig: int) -> None:
        """Send it, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    def _next(self) -> int:
        said = self._report.read(4)
        assert said, "the fork server has ended"
        return int.from_bytes(said, "little", signed=True)


class Server:
    """The process that forks."""

    def __init__(self) -> None:
        self.environ = clean_environment()
        here, there = socket.socketpair(getattr(socket, "AF_UNIX", 0), socket.SOCK_SEQPACKET)
        with there:
            command = [sys.executable, "-m", "tests.support.fork_server", str(there.fileno())]
            nowhere = subprocess.DEVNULL
            self._process = subprocess.Popen(
                command, env=self.environ, pass_fds=[there.fileno()], stdin=nowhere, stdout=nowhere
            )
        self._control = here

    def fork(self, command: Sequence[str], environ: Mapping[str, str], folder: Path, *streams: int) -> Forked:
        """Have `[python, "-m", MODULE, ARGUMENTS…]`, with these standard streams."""
        if sys.platform != "linux":
            raise NotImplementedError
        _, _, module, *arguments = command
        wanted = {"module": module, "arguments": arguments, "folder": str(folder), "environ": dict(environ)}
        read, write = os.pipe()
        try:
            socket.send_fds(self._control, [json.dumps(wanted).encode()], [write, *streams])
        finally:
            os.close(write)
        return Forked(command, open(read, "rb", buffering=0))  # noqa: PTH123 - closed when it has ended

    def end(self) -> None:
        """End it and what it has forked."""
        self._control.close()
        self._process.wait(_END_S)


_begun: list[Server] = []
_one_at_a_time = threading.Lock()


def _server() -> Server:
    with _one_at_a_time:
        if not _begun:
            _begun.append(Server())
        return _begun[0]


def pytest_sessionfinish() -> None:
    """End the worker's server."""
    while _begun:
        _begun.pop().end()


@functools.cache
def on_this_system() -> bool:
    if sys.platform != "linux":  # elsewhere a fork is unsafe, or there is none
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # an old kernel, or one that is not Linux's own
        return False
    return True


def can_be_forked(environ: Mapping[str, str]) -> bool:
    """Whether Python would start in this environment as it did in the server's."""
    return on_this_system() and _for_python(environ) == _for_python(_server().environ)


def _for_python(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in environ.items() if name.startswith("PYTHON") and not name.startswith(_READ_LATER)
    }


def spawn(command: Sequence[str], *, environ: Mapping[str, str], folder: Path, printed: IO[bytes]) -> Process:
    """Start the program with no input and one file for what it prints."""
    if not can_be_forked(environ):
        return child.spawn(command, environ=environ, folder=folder, printed=printed)
    with Path(os.devnull).open("rb") as nothing:
        return _server().fork(command, environ, folder, nothing.fileno(), printed.fileno(), printed.fileno())


def run(
    command: Sequence[str], environ: Mapping[str, str], given: bytes, *, timeout: float
) -> "subprocess.CompletedProcess[bytes]":
    """Run the program to its end, as `subprocess.run` does with `capture_output`. Raises TimeoutExpired."""
    if not can_be_forked(environ):
        return subprocess.run(
            command, env=dict(environ), input=given, capture_output=True, timeout=timeout, check=False
        )
    with tempfile.TemporaryFile() as input_, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        input_.write(given)
        input_.seek(0)
        process = _server().fork(command, environ, Path.cwd(), input_.fileno(), out.fileno(), err.fileno())
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
            process.wait()
        for said in (out, err):
            said.seek(0)
        return subprocess.CompletedProcess(command, code, out.read(), err.read())


def running_app(
    home: Path, *, environ: Mapping[str, str], arguments: Sequence[str] = ("--headless", "--port", "0")
) -> contextlib.AbstractContextManager[Child]:
    """As `tray_app.app.client.child.running_app`."""
    return child.running_app(home, environ=environ, arguments=arguments, spawn=spawn, start_s=3 * PATIENCE_S)
