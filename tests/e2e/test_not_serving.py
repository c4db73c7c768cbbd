"""An app that cannot be reached says why, everywhere in the same words, tries on, and ends where nobody can see it."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import forks
from tests.support.command import command, environment
from tests.support.free_port import settle_port
from tests.support.old_databases import small_disk
from tests.support.patience import PATIENCE_S
from tests.support.strays import end_strays
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Process, spawn

NO_ROOM = "No space left on device"
ENDS_SOON = """
import os, sys
from pathlib import Path
from tray_app.adapters.system.paths import Paths
from tray_app.app.resident.app import Options
from tray_app.app.resident.run import run
sys.exit(0 if run(Options(paths=Paths.of(os.environ), environ=os.environ, patience_s=0.5)) else 1)
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "home"
    folder.mkdir()
    yield folder
    end_strays(folder)


@contextlib.contextmanager
def app(home: Path, *arguments: str) -> Iterator[Process]:
    """Start it without a desktop, as a service or cron does."""
    with (home / "printed").open("wb") as printed:
        words = [sys.executable, "-m", "tray_app", "run", *arguments]
        process = forks.spawn(words, environ=environment(home), folder=home, printed=printed)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_all_say(home: Path, words: str) -> None:
    """`status`, `pause`, a second `run` and `doctor`."""
    environ = environment(home)
    for line in (["status"], ["pause"], ["run"], ["doctor"]):
        done = command(*line, environ=environ)
        assert (done.code, words in done.out + done.err) == (1, True), (line, done)
    assert words in command("status", "--json", environ=environ).json()["error"]["reason"]
    log = (Paths.under(home).logs / "dingtalk-tray.log").read_text("utf-8")
    assert words in log or NO_ROOM in words  # where there is no room, there is none for a log


def serves(home: Path) -> bool:
    return command("status", environ=environment(home)).code == 0


def test_a_port_that_is_taken_is_said_everywhere_and_taken_once_it_is_free(home: Path) -> None:
    port = settle_port(home)
    with socket.create_server(("127.0.0.1", port)), app(home):
        words = f"Port {port} is used by another program"
        until(lambda: words in command("status", environ=environment(home)).err)
        assert_all_say(home, words)
    with socket.create_server(("127.0.0.1", port)) as other, app(home) as process:
        until(lambda: words in command("status", environ=environment(home)).err)
        other.close()
        until(lambda: serves(home))
        until(lambda: f"http://127.0.0.1:{port}/mcp" in (home / "printed").read_text("utf-8"))
        assert process.poll() is None
    assert "not running" in command("status", environ=environment(home)).err


def test_headless_it_ends_at_once_with_the_reason(home: Path) -> None:
    port = settle_port(home)
    with socket.create_server(("127.0.0.1", port)):
        done = command("run", "--headless", environ=environment(home))
    assert (done.code, f"Port {port} is used" in done.err) == (1, True)


def test_seen_by_nobody_it_ends_after_a_while(home: Path) -> None:
    port = settle_port(home)
    script = home / "ends_soon.py"
    script.write_text(ENDS_SOON)
    with socket.create_server(("127.0.0.1", port)), (home / "printed").open("wb") as printed:
        words = [sys.executable, str(script)]
        process = spawn(words, environ=environment(home), folder=home, printed=printed)
        assert process.wait(PATIENCE_S) == 1
    log = (Paths.under(home).logs / "dingtalk-tray.log").read_text("utf-8")
    assert "nobody can reach this app nor see it: it ends" in log
    assert "not running" in command("status", environ=environment(home)).err


def filled(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            continue
    return ballast


def test_on_a_full_disk_a_start_says_so_and_prints_no_traceback(home: Path) -> None:
    with small_disk(home, size="1m"):
        filled(home)
        done = command("run", "--headless", "--port", "0", environ=environment(home))
        assert (done.code, NO_ROOM in done.err, "Traceback" in done.err) == (1, True, False)


@pytest.mark.slow
def test_an_app_that_an_agent_started_on_a_full_disk_serves_once_there_is_room(home: Path) -> None:
    with small_disk(home, size="4m"):
        settle_port(home)
        ballast = filled(home)
        try:
            done = command("mcp-headers", environ=environment(home))
            assert (done.code, done.out, NO_ROOM in done.err) == (1, "", True)
            assert_all_say(home, NO_ROOM)
            ballast.unlink()
            until(lambda: serves(home))
            assert command("mcp-headers", environ=environment(home)).code == 0
        finally:
            ballast.unlink(missing_ok=True)
            until(lambda: serves(home))
            command("quit", environ=environment(home))


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has a file that is always full")
def test_what_cannot_be_printed_any_more_is_no_traceback(home: Path) -> None:
    with Path("/dev/full").open("w") as full:
        words = [sys.executable, "-m", "tray_app", "doctor"]
        process = subprocess.run(words, env=environment(home), stdout=full, stderr=subprocess.PIPE, check=False)
    assert (process.returncode, b"Traceback" in process.stderr) == (1, False)
