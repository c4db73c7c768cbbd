"""What the tests need from the operating system, and what happens where it is missing.

`@pytest.mark.needs("dbus", "chromium")` names Debian packages of `.ci/packages.txt`. Where one is missing, the test is
skipped with the exact reason; nothing is installed unasked. Where `CI=true` says that everything has to be there, root
on a Debian system has them installed once, before the first test runs, and a skip whose reason says "needs" or
"missing" is a failure. Windows has none of them: there such tests are always skipped.
"""

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

LIST = Path(__file__).parents[2] / ".ci" / "packages.txt"
APT_SECONDS = 600
ON_WINE = sys.platform == "win32" and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")
wine_cannot = pytest.mark.skipif(ON_WINE, reason="what Wine cannot do is at the head of packaging/windows/python.sh")
slow_on_wine = pytest.mark.skipif(ON_WINE, reason="under Wine the app takes longer to start than it may")
_LACK = re.compile(r"\b(?:needs|missing)\b")


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Let the test processes of this user do something one after the other; on Windows there is nothing to install."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with (Path(tempfile.gettempdir()) / f"dingtalk-tray-tests-{os.getuid()}-{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def listed() -> tuple[str, ...]:
    """Give the packages that .ci/run installs."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return tuple(line.split()[0] for line in lines if line.strip() and not line.startswith("#"))


def why_missing(*packages: str) -> str:
    """Say in one sentence what is missing, or nothing; in CI it is installed first."""
    missing = [package for package in packages if not _installed(package)]
    if not missing:
        return ""
    problem = _install(tuple(missing))
    return f"needs the Debian packages {', '.join(missing)}: {problem}" if problem else ""


def require(*packages: str) -> None:
    """Have these packages, or skip the test that asks for them."""
    reason = why_missing(*packages)
    if reason:
        pytest.skip(reason)


def make_pipe(path: Path) -> None:
    """Put a pipe there that has a name, which whoever opens it waits for; Windows has none, so the test is skipped."""
    if sys.platform == "win32":
        pytest.skip("no pipes among the files")
    os.mkfifo(path)


def kill(pid: int) -> None:
    """End a process at once, without a word to it. Raises OSError where there is none."""
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def kill_group(pid: int) -> None:
    """End a process at once with those of its group. Raises OSError where there is none, and on Windows."""
    if sys.platform == "win32":
        raise OSError("no groups")
    os.killpg(pid, signal.SIGKILL)


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line("markers", "needs(*packages): Debian packages of .ci/packages.txt that the test uses")


def pytest_collection_finish(session: pytest.Session) -> None:
    """In CI, install everything the chosen tests ask for in one go, outside any test's time-out."""
    if (
        _in_ci()
        and not session.config.option.collectonly
        and (wanted := {name for item in session.items for name in _needs(item)})
    ):
        with one_at_a_time("apt"):  # each worker comes here
            _installed.cache_clear()
            why_missing(*sorted(wanted))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose packages are not there."""
    require(*_needs(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let nothing be skipped in CI for want of something that CI installs."""
    report = yield
    if report.skipped and _in_ci() and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if _LACK.search(reason):
            report.outcome, report.longrepr = "failed", f"skipped in CI: {reason}"
    return report


def _in_ci() -> bool:
    return os.environ.get("CI") == "true" and sys.platform != "win32"


def _needs(item: pytest.Item) -> tuple[str, ...]:
    return tuple(str(package) for mark in item.iter_markers("needs") for package in mark.args)


@cache
def _installed(package: str) -> bool:
    query = shutil.which("dpkg-query")
    if query is None:
        return False
    words = [query, "--show", "--showformat=${Status}", package]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout == "install ok installed"


@cache
def _install(packages: tuple[str, ...]) -> str:
    if not _in_ci():
        return "not installed here (bash .ci/run installs them)"
    if shutil.which("apt-get") is None:
        return "this system has no apt-get"
    if sys.platform == "win32" or os.geteuid() != 0:
        return "not root, so they cannot be installed from here"
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", *words], env=env, capture_output=True, text=True, check=False, timeout=APT_SECONDS
        )
        if done.returncode:
            return "apt-get " + words[0] + " failed: " + (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    _installed.cache_clear()
    return ""
