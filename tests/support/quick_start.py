"""The real app in processes of its own that start in no time: forked from one that has imported everything.

Run as a program it is that process; a test uses `quick_starts()`. For tests that kill the app many times: its imports
take a second of processor time.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tray_app.adapters.endpoint_file import Endpoint, EndpointFile
from tray_app.adapters.paths import HOME_VARIABLE, Paths

_START_S = 20.0


@dataclass(frozen=True)
class QuickStarts:
    """Starts one app after the other below `home`; each must be killed before the next."""

    process: "subprocess.Popen[str]"
    paths: Paths

    def start(self) -> tuple[int, Endpoint]:
        """Return the new app's process id, and where it answers."""
        file = EndpointFile(self.paths.endpoint)
        before = file.read_left()
        pid = int(self._ask("start"))
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            endpoint = file.read_live()
            if endpoint is not None and endpoint != before:
                return pid, endpoint
            time.sleep(0.005)
        raise TimeoutError("the app did not answer")

    def kill(self, pid: int) -> None:
        """`kill -9`; returns when it is gone."""
        os.kill(pid, signal.SIGKILL)
        assert self._ask("wait") == str(-signal.SIGKILL)

    def _ask(self, what: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@contextlib.contextmanager
def quick_starts(home: Path, *, environ: Mapping[str, str]) -> Iterator[QuickStarts]:
    """Import everything once, and fork from there."""
    command = [sys.executable, "-m", "tests.support.quick_start"]
    pipe = subprocess.PIPE
    env = {**environ, HOME_VARIABLE: str(home)}
    with subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, text=True) as process:
        yield QuickStarts(process, Paths.under(home))
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)


def _serve() -> None:
    """Fork at `start` and say the child's id; at `wait` say how it ended. Single-threaded, so that a fork is whole."""
    import tray_app.adapters.mcp_server
    import tray_app.cli.run_command  # noqa: F401 - that is the point
    from tray_app.cli import main

    pid = 0
    for line in sys.stdin:
        if line == "start\n":
            pid = os.fork()
            if not pid:
                sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - open as long as the app runs
                os.dup2(2, 1)
                os._exit(main(["run", "--headless", "--port", "0"]))
            print(pid, flush=True)  # noqa: T201 - the answer
        else:
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)  # noqa: T201 - the answer
            pid = 0
    if pid:  # the test ended early
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    _serve()
