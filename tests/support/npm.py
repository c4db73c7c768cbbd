"""Packages from npm, each once in a folder of its own below `.dev/`; their install scripts are not run."""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tray_app.adapters.system.single_instance import SingleInstance

_CACHE = Path(__file__).parents[2] / ".dev"
_INSTALL_S = 240
_LOOK_S = 0.2


class CannotBeHad(Exception):
    """The package is not here and cannot be fetched; says why."""


def fetched(package: str, name: str) -> Path:
    """Give the folder with `node_modules` of `package@version`, as `.dev/NAME`. Raises CannotBeHad."""
    target = _CACHE / name
    if not target.exists():
        _CACHE.mkdir(exist_ok=True)
        with _alone(target):
            if not target.exists():
                _fetch(package, target)
    return target


@contextlib.contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Let one of several test processes fetch; the others wait for it."""
    lock, deadline = SingleInstance(target.with_name(f"{target.name}.lock")), time.monotonic() + _INSTALL_S
    while not lock.acquire():
        assert time.monotonic() < deadline, f"another test run does not finish to install {target.name}"
        time.sleep(_LOOK_S)
    try:
        yield
    finally:
        lock.release()


def _fetch(package: str, target: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise CannotBeHad("there is no npm here")
    with tempfile.TemporaryDirectory(prefix="new-", dir=_CACHE, ignore_cleanup_errors=True) as folder:
        quiet = ("--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--loglevel=error")
        words = [npm, "install", *quiet, "--prefix", folder, package]
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_INSTALL_S, cwd=folder)
        except subprocess.TimeoutExpired:
            raise CannotBeHad(f"npm did not answer within {_INSTALL_S} s") from None
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise CannotBeHad(f"npm could not install it: {last}")
        Path(folder).rename(target)
