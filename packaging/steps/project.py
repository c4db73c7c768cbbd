"""What every package says of the project, each fact read from the one place where it stands."""

import datetime as dt
import os
import platform
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
BUILD = ROOT / "build" / ("packaging-windows" if os.name == "nt" else "packaging")  # the work
DIST = ROOT / "dist"  # what is handed out
NAME = "dingtalk-tray"  # command, Debian package, desktop file, icon
WINDOWS_NAME = "DingTalkTray"  # files that people download on Windows and macOS
MAINTAINER = "The dingtalk-tray developers <dingtalk-tray@example.invalid>"  # Debian and RPM demand an address
LICENCE = "MIT"


def version() -> str:
    """The version, from `tray_app/__init__.py`: the only place where it is written for the program and all packages."""
    text = (ROOT / "tray_app" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        raise SystemExit("tray_app/__init__.py names no version.")
    return found[1]


@cache
def description() -> str:
    """One sentence, from pyproject.toml."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(data["project"]["description"])


@cache
def epoch() -> int:
    """The time that every packed file gets, in seconds: SOURCE_DATE_EPOCH, else that of the last commit.

    An unpacked sdist has no commits: there it is the day of the newest release in CHANGELOG.md, or 1980 (zip's first).
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdigit():
        return int(given)
    git = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    try:
        done = subprocess.run(git, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return day_of_release()
    return int(done.stdout) if (ROOT / ".git").exists() and done.stdout.strip().isdigit() else day_of_release()


def day_of_release() -> int:
    """The newest dated heading of CHANGELOG.md, `## 1.0.0 - 2026-01-31`, at midnight UTC in seconds."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(r"^## \S+ - (\d{4}-\d{2}-\d{2})$", text, re.MULTILINE)
    day = dt.date.fromisoformat(found[1]) if found else dt.date(1980, 1, 1)
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())


def reproducible() -> dict[str, str]:
    """The environment in which the same commit gives the same bytes."""
    fixed = {"SOURCE_DATE_EPOCH": str(epoch()), "PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    return {**os.environ, **fixed}


def machine() -> str:
    """This computer's kind of processor: `x86_64` or `arm64`."""
    said = platform.machine().lower()
    return {"amd64": "x86_64", "aarch64": "arm64"}.get(said, said)


def deb_machine() -> str:
    """The same in Debian's words."""
    return {"x86_64": "amd64"}.get(machine(), machine())


def rpm_machine() -> str:
    """The same in RPM's words."""
    return {"arm64": "aarch64"}.get(machine(), machine())


def windows_machine() -> str:
    """The same in the words of Windows' downloads."""
    return {"x86_64": "x64"}.get(machine(), machine())


def set_times(folder: Path) -> None:
    """Give every file and folder below `folder`, and itself, the one time."""
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (epoch(), epoch()), follow_symlinks=os.utime not in os.supports_follow_symlinks)
