"""ccusage, the token counter most people use, installed from npm into a cache folder for tests that compare with it."""

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest

VERSION = "20.0.24"  # the newest whose native package npm has
_CACHE = Path(__file__).resolve().parents[2] / ".dev" / f"ccusage-{VERSION}"


def ccusage(home: Path, empty: Path) -> dict[str, Any]:
    """What it says of the transcripts under a configuration folder. Skips where it cannot be had; in CI it must."""
    said = subprocess.run(command(), env=environ(home, empty), capture_output=True, check=True, timeout=120).stdout
    answer: dict[str, Any] = json.loads(said)
    return answer


def command() -> list[str]:
    """The command line, the program installed."""
    problem = install()
    if problem:
        _without(problem)
    return [str(_program()), "claude", "session", "--offline", "--json"]


def environ(home: Path, empty: Path) -> dict[str, str]:
    """A clean environment that reads one configuration folder."""
    return {
        "CLAUDE_CONFIG_DIR": str(home),
        "HOME": str(empty),
        "TZ": "UTC",
        "NO_COLOR": "1",
        "PATH": os.environ["PATH"],
    }


@cache
def install() -> str:
    """Install it once; the reason why not, or nothing."""
    npm = shutil.which("npm")
    if _program().exists():
        return ""
    if npm is None:
        return "npm is not installed"
    _CACHE.mkdir(parents=True, exist_ok=True)
    wanted = ["install", "--prefix", str(_CACHE), "--ignore-scripts", "--no-audit", "--no-fund", f"ccusage@{VERSION}"]
    try:
        done = subprocess.run([npm, *wanted], capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return "npm did not answer within two minutes"
    if done.returncode or not _program().exists():
        return f"npm cannot install ccusage {VERSION}: {done.stderr.strip().splitlines()[-1:]}"
    return ""


def _program() -> Path:
    return _CACHE / "node_modules" / ".bin" / ("ccusage.cmd" if os.name == "nt" else "ccusage")


def _without(problem: str) -> NoReturn:
    if os.environ.get("CI", "").lower() in {"1", "true"} and os.name != "nt":  # CI's Windows has no npm
        pytest.fail(problem)
    pytest.skip(problem)
