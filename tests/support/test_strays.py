"""What a test left running is found by its folder and ended; nobody else is."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.strays import end_strays

pytestmark = [
    pytest.mark.slow,  # what will not end is waited for
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process was started with"),
]
SLEEPS = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(600)"


def test_only_what_lives_in_the_folder_is_ended_even_if_it_will_not(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    for folder in (mine, other):
        folder.mkdir()
    started = [
        subprocess.Popen([sys.executable, "-c", SLEEPS], env={"HOME": str(home / "x")}, stdout=subprocess.PIPE)
        for home in (mine, other)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == b"up\n"
        assert [sys.executable in stray for stray in end_strays(mine)] == [True]
        assert started[0].wait(10) == -9
        assert started[1].poll() is None
    finally:
        for process in started:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def test_an_app_that_shows_nothing_of_itself_is_found_by_its_lock(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    locks = f"import fcntl\nfile = open({str(mine / 'app.lock')!r}, 'w')\nfcntl.flock(file, fcntl.LOCK_EX)\n"
    lock_and_sleep = locks + SLEEPS  # its words are not looked at: they come on standard input
    with subprocess.Popen(
        [sys.executable, "-"], env={}, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(lock_and_sleep.encode())
        process.stdin.close()
        try:
            assert process.stdout.readline() == b"up\n"
            assert len(end_strays(mine)) == 1
            assert process.wait(10) == -9
        finally:
            process.kill()
