"""A copy of the process that has imported everything is what Python would have started."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import forks
from tests.support.command import command, environment, fresh_command
from tray_app import __version__

if sys.platform == "win32" or not forks.on_this_system():
    pytest.skip("nothing is forked on this system", allow_module_level=True)
PROBE = [sys.executable, "-m", "tests.support.forks_probe"]


def started(wish: str, environ: dict[str, str], given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([*PROBE, wish], env=environ, input=given, capture_output=True, check=False, timeout=30)


def forked(wish: str, environ: dict[str, str], given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    assert forks.can_be_forked(environ)
    return forks.run([*PROBE, wish], environ, given, timeout=30)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path, TZ="Asia/Shanghai", MINE="中文", PYTHON_KEYRING_BACKEND="a.b")


@pytest.mark.parametrize("language", ["C.UTF-8", "C", "xx_YY.UTF-8"])
def test_a_copy_finds_around_it_what_a_fresh_process_finds(environ: dict[str, str], language: str) -> None:
    environ["LC_ALL"] = language
    facts: list[dict[str, Any]] = []
    for run in (started, forked):
        done = run("facts", environ, "是\n".encode())
        assert (done.returncode, done.stderr) == (0, b"")
        facts.append(json.loads(done.stdout))
    fresh, copy = facts
    assert copy == fresh
    assert copy["environ"] == environ
    assert (copy["given"], copy["handles"], copy["threads"]) == ("是\n", ["0", "1", "2"], ["MainThread"])


@pytest.mark.parametrize(
    "wish", ["exit 0", "exit 7", "complain", "raise", "interrupt", "signal SIGKILL", "signal SIGTERM", "slowly"]
)
def test_a_copy_ends_as_a_fresh_process_ends(environ: dict[str, str], wish: str) -> None:
    fresh, copy = started(wish, environ), forked(wish, environ)
    last = [done.stderr.splitlines()[-1:] for done in (fresh, copy)]
    assert (copy.returncode, copy.stdout, last[1]) == (fresh.returncode, fresh.stdout, last[0])


def test_every_copy_has_a_process_id_and_chances_of_its_own(environ: dict[str, str]) -> None:
    first, second = forked("chance", environ).stdout.split(), forked("chance", environ).stdout.split()
    assert len({*first, *second}) == 4


@pytest.mark.parametrize("run", [command, fresh_command])
def test_a_command_is_the_same_either_way(environ: dict[str, str], run: Callable[..., Any]) -> None:
    done = run("--version", environ=environ)
    assert (done.code, done.out, done.err) == (0, f"dingtalk-tray {__version__}\n", "")


def test_what_python_itself_is_asked_for_is_left_to_a_fresh_process(environ: dict[str, str]) -> None:
    for name, value in {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "PYTHONHASHSEED": "1"}.items():
        assert not forks.can_be_forked({**environ, name: value})
        done = forks.run([*PROBE, "facts"], {**environ, name: value}, b"", timeout=30)
        assert json.loads(done.stdout)["environ"][name] == value


def test_a_copy_that_takes_too_long_is_killed(environ: dict[str, str]) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        forks.run([*PROBE, "wait"], environ, b"", timeout=0.2)


def test_a_copy_is_asked_waited_for_and_killed_as_any_process(environ: dict[str, str], tmp_path: Path) -> None:
    printed = tmp_path / "printed"
    with printed.open("wb") as file:
        process = forks.spawn([*PROBE, "wait"], environ=environ, folder=tmp_path, printed=file)
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0)
    process.kill()
    assert (process.wait(10), process.poll(), process.wait()) == (-signal.SIGKILL,) * 3
    process.terminate()  # of one that is gone: nothing happens


def test_copies_end_with_the_process_that_asked_for_them_even_when_it_is_killed(environ: dict[str, str]) -> None:
    asks = (
        "import sys, time; from pathlib import Path; from tests.support import forks;"
        "e = forks._server().environ; f = open('/dev/null', 'wb');"
        f"p = [forks.spawn({[*PROBE, 'wait']!r}, environ=e, folder=Path('/'), printed=f) for _ in range(2)];"
        "print(*[each.pid for each in p], flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", asks], env=environ, stdout=subprocess.PIPE) as asking:
        assert asking.stdout is not None
        handles = [os.pidfd_open(int(pid)) for pid in asking.stdout.readline().split()]
        asking.kill()
    assert len(handles) == 2
    for handle in handles:
        ended(handle)


def ended(handle: int) -> None:
    ready, _, _ = select.select([handle], [], [], 20)
    os.close(handle)
    assert ready
