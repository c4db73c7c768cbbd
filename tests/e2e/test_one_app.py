"""One app for one database, found by every command, ended in order: with a login session, without, from a terminal."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import forks
from tests.support.command import command, environment
from tests.support.patience import PATIENCE_S
from tests.support.system import kill
from tray_app.adapters.files.endpoint import Endpoint, EndpointFile
from tray_app.app.client.child import Process, clean_environment

pty = pytest.importorskip("pty", reason="terminals of Linux")
if sys.platform != "linux":
    pytest.skip("login sessions and terminals of Linux", allow_module_level=True)
RUN = [sys.executable, "-m", "tray_app", "run", "--headless", "--port", "0"]


@dataclass(frozen=True)
class Home:
    """A person's home folder, whose app is found by nothing but it."""

    folder: Path

    def environ(self, **more: str) -> dict[str, str]:
        own = {"HOME": str(self.folder), "CLAUDE_CONFIG_DIR": str(self.folder / "claude"), "LC_ALL": "C.UTF-8"}
        kept = {name: value for name, value in clean_environment().items() if not name.startswith("XDG_")}
        return {**kept, "LANGUAGE": "", **own, **more}

    def wait(self) -> Endpoint:
        file = EndpointFile(self.folder / ".local/share/dingtalk-tray/run/endpoint.json")
        deadline = time.monotonic() + PATIENCE_S
        while (found := file.read_live()) is None:
            assert time.monotonic() < deadline, self.printed()
            time.sleep(0.02)
        return found

    def left(self) -> list[Path]:
        """What a killed app leaves and a stopped one takes away."""
        data = self.folder / ".local/share/dingtalk-tray"
        return [place for place in (data / "run/endpoint.json", data / "history.sqlite3-wal") if place.exists()]

    def printed(self) -> str:
        return (self.folder / "printed").read_text("utf-8")

    @contextlib.contextmanager
    def running(self, environ: Mapping[str, str]) -> Iterator[Process]:
        with (self.folder / "printed").open("wb") as printed:
            process = forks.spawn(RUN, environ=environ, folder=self.folder, printed=printed)
        try:
            self.wait()
            yield process
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def login(folder: Path) -> dict[str, str]:
    folder.mkdir(mode=0o700, exist_ok=True)
    return {"XDG_RUNTIME_DIR": str(folder)}


@pytest.mark.parametrize("app", ["with a session", "without"])
@pytest.mark.parametrize("later", ["the same session", "another session", "without"])
def test_who_is_logged_in_makes_no_difference(home: Home, app: str, later: str) -> None:
    first = login(home.folder / "first") if app == "with a session" else {}
    then = {"the same session": "first", "another session": "second"}.get(later)
    with home.running(home.environ(**first)):
        environ = home.environ(**({} if then is None else login(home.folder / then)))
        paused = command("pause", "--json", environ=environ)
        assert (paused.code, paused.json()["pause"]["until_ms"]) == (0, None)
        second = command("run", "--headless", "--port", "0", environ=environ)
        assert (second.code, "already" in second.out) == (0, True)
        assert command("status", "--json", environ=environ).json()["pause"] is not None
        assert command("quit", environ=environ).code == 0


def test_two_folders_that_share_a_database_have_one_app(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    two.mkdir()
    with forks.running_app(one, environ=environment(one)):
        (two / "data").symlink_to(one / "data")
        second = command("run", "--headless", "--port", "0", environ=environment(two))
        assert (second.code, "already" in second.out) == (0, True)


@contextlib.contextmanager
def on_a_terminal(command_line: list[str], environ: Mapping[str, str], folder: Path) -> Iterator[tuple[int, int]]:
    """Start it as the first program of a terminal: its process id, and our end of the line."""
    pid, line = pty.fork()
    if not pid:
        os.chdir(folder)  # nohup leaves a file there
        os.execve(command_line[0], command_line, dict(environ))  # noqa: S606 - a shell would stand between
    try:
        yield pid, line
    finally:
        with contextlib.suppress(ProcessLookupError):
            kill(pid)


def ended(pid: int) -> int:
    """The exit code."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := os.waitpid(pid, os.WNOHANG))[0]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return os.waitstatus_to_exitcode(found[1])


@pytest.mark.parametrize("how", ["the terminal is closed", "Ctrl+C", "Ctrl+\\"])
def test_whatever_a_terminal_does_the_app_ends_in_order(home: Home, how: str) -> None:
    with on_a_terminal(RUN, home.environ(), home.folder) as (pid, line):
        home.wait()
        if how == "the terminal is closed":
            os.close(line)  # the kernel hangs up
        else:
            os.write(line, b"\x03" if how == "Ctrl+C" else b"\x1c")
        assert ended(pid) == 0
    assert [left.name for left in home.left()] == []


def test_a_terminal_that_is_gone_before_the_greeting_is_no_reason_to_end_otherwise(home: Home) -> None:
    line, terminal = pty.openpty()
    with subprocess.Popen(  # a session of its own that the terminal is not of: nobody tells the app that it is gone
        RUN,
        env=home.environ(),
        cwd=home.folder,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    ) as process:
        os.close(terminal)
        os.close(line)
        home.wait()
        assert command("status", environ=home.environ()).code == 0
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    assert home.left() == []


def test_started_with_nohup_it_outlives_its_terminal(home: Home) -> None:
    nohup = shutil.which("nohup")
    assert nohup is not None
    with on_a_terminal([nohup, *RUN], home.environ(), home.folder) as (pid, line):
        home.wait()
        os.close(line)
        assert command("pause", environ=home.environ()).code == 0
        os.kill(pid, signal.SIGTERM)
        assert ended(pid) == 0
