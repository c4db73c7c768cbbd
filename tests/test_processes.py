"""A number names a process only together with its birth, on every system."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tray_app.processes import began_ms, born, is_alive, is_mine, is_pid, is_same

_SLACK_MS = 60_000  # clock corrections since the boot
BEYOND = [2**32, 2**64, 10**40]
WAITS = [sys.executable, "-c", "input()"]


@pytest.fixture
def other() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(WAITS, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [0, -1, *BEYOND, *(-each for each in BEYOND)])
@pytest.mark.parametrize("more", [False, True], ids=["", "with a real one in its lower bits"])
def test_a_number_that_no_process_can_have_is_nobody(number: int, more: bool) -> None:
    number += os.getpid() if more and abs(number) > 1 else 0
    assert (is_alive(number), is_mine(number), born(number), began_ms(number)) == (False, False, "", 0)
    assert not is_same(number, "")


@pytest.mark.parametrize("number", [True, 1.0, "1", None])
def test_what_is_no_number_is_no_process(number: object) -> None:
    assert not is_pid(number)


def test_a_process_is_known_by_its_birth(other: "subprocess.Popen[bytes]") -> None:
    assert is_alive(other.pid)
    assert is_mine(other.pid)
    birth = born(other.pid)
    assert birth
    assert birth == born(other.pid) != born(os.getpid())
    assert is_same(other.pid, birth)
    assert not is_same(other.pid, born(os.getpid()))  # its number was given to another one
    assert is_same(other.pid, "")  # nothing is known of its birth
    assert abs(began_ms(other.pid) - time.time() * 1000) < _SLACK_MS
    other.kill()
    other.wait()
    assert not is_alive(other.pid)
    assert not is_same(other.pid, birth)


if sys.platform == "linux":

    def test_one_that_has_ended_is_gone_also_where_nobody_asks_how(other: "subprocess.Popen[bytes]") -> None:
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # as in a container without an init
        os.kill(other.pid, 0)  # the system still lists it
        assert (is_alive(other.pid), is_mine(other.pid)) == (False, False)
