"""The real Claude Code on a terminal with a person before it, who sees what it waits for and presses keys."""

import contextlib
import json
import os
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.claude_client import API_KEY, ClaudeClient

fcntl, pty, termios = (pytest.importorskip(name, reason="terminals of Linux") for name in ("fcntl", "pty", "termios"))
ENTER, END_OF_INPUT = b"\r", b"\x04"
_PATIENCE_S = 20.0
_ROWS, _COLUMNS = 40, 120
_LOOK_S = 0.02


class ClaudeTerminal:
    """`screen` is everything that was shown so far, with the codes that move the cursor."""

    def __init__(self, process: "subprocess.Popen[bytes]", handle: int, sessions: Path) -> None:
        self._process = process
        self._handle = handle
        self._sessions = sessions
        self._shown = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The client's process."""
        return self._process.pid

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._handle, keys)

    def wait_until(self, status: str, waiting_for: str | None = None, *, pressing: bytes = b"") -> str:
        """Wait until the client itself says that it is `busy`, `idle` or `waiting`; give the session's id.

        `pressing`: type this each second meanwhile, for a second dialog: the client says "waiting" before it is drawn.
        """
        began = time.monotonic()
        deadline, pressed = began + _PATIENCE_S, began - 1
        said: dict[str, object] = {}
        while (now := time.monotonic()) < deadline:
            if pressing and now - pressed >= 1:
                self.press(pressing)
                pressed = now
            with contextlib.suppress(OSError, ValueError):  # not there yet, or half written
                said = json.loads((self._sessions / f"{self.pid}.json").read_bytes())
            if (said.get("status"), said.get("waitingFor")) == (status, waiting_for):
                return str(said["sessionId"])
            time.sleep(_LOOK_S)
        raise AssertionError(f"it never became {status}, last {said}:\n{self._shown.decode('utf-8', 'replace')}")

    def leave(self) -> int:
        """Ctrl+D twice, as people do; give the exit code."""
        self.press(END_OF_INPUT)
        time.sleep(0.1)  # as fast as a person; the client takes two in one piece for one
        self.press(END_OF_INPUT)
        return self._process.wait(_PATIENCE_S)

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()
        self._process.wait(_PATIENCE_S)

    def close(self) -> None:
        """End it in any case."""
        self.kill()
        os.close(self._handle)
        self._reader.join(_PATIENCE_S)

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # Linux says so when the other side is closed
            while said := os.read(self._handle, 65_536):
                self._shown += said


@contextlib.contextmanager
def claude_terminal(client: ClaudeClient, *arguments: str, cwd: Path) -> Iterator[ClaudeTerminal]:
    """Start a session as a person does who has used the client here before: no questions at its start."""
    _be_known(client, cwd)
    handle, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    process = subprocess.Popen(
        [str(client.binary), *arguments],
        env={**client.environ, "TERM": "xterm-256color"},
        cwd=cwd,
        stdin=other,
        stdout=other,
        stderr=other,
        start_new_session=True,
    )
    os.close(other)
    opened = ClaudeTerminal(process, handle, client.config / "sessions")
    try:
        yield opened
    finally:
        opened.close()


def _be_known(client: ClaudeClient, cwd: Path) -> None:
    file = client.config / ".claude.json"
    client.config.mkdir(parents=True, exist_ok=True)
    said = json.loads(file.read_text("utf-8")) if file.exists() else {}
    said |= {"hasCompletedOnboarding": True, "theme": "dark"}
    said["customApiKeyResponses"] = {"approved": [API_KEY[-20:]], "rejected": []}
    said.setdefault("projects", {})[str(cwd)] = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    file.write_text(json.dumps(said), "utf-8")
