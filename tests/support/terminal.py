"""A terminal with a person before it: a command on a pseudo-terminal, answered as its questions appear."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

pty = pytest.importorskip("pty", reason="terminals of Linux")
_PATIENCE_S = 20.0


class Terminal:
    """`screen` is everything that was shown so far, echo included."""

    def __init__(self, process: "subprocess.Popen[bytes]", handle: int) -> None:
        self._process = process
        self._handle = handle
        self.screen = ""

    def answer(self, question: str, line: str) -> None:
        """Wait until the question is the last thing on the screen, then type a line."""
        while not self.screen.rstrip().endswith(question):
            assert self._read(), f"the command ended without asking {question!r}:\n{self.screen}"
        os.write(self._handle, f"{line}\n".encode())

    def code(self) -> int:
        """Read to the end; give the exit code."""
        while self._read():
            pass
        return self._process.wait(_PATIENCE_S)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._handle], [], [], _PATIENCE_S)
        assert ready, f"nothing happens on the screen:\n{self.screen}"
        try:
            said = os.read(self._handle, 65_536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.screen += said.decode("utf-8", "replace")
        return bool(said)


@contextmanager
def terminal(*arguments: str, environ: Mapping[str, str]) -> Iterator[Terminal]:
    """Run `dingtalk-tray ARGUMENTS` on a terminal of its own."""
    handle, other = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tray_app", *arguments],
        env=dict(environ),
        stdin=other,
        stdout=other,
        stderr=other,
        start_new_session=True,
    )
    os.close(other)
    try:
        yield Terminal(process, handle)
    finally:
        process.kill()
        process.wait()
        os.close(handle)
