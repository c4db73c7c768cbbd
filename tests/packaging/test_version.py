"""One version: the program, the newest heading of CHANGELOG.md and what pip reads say the same."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import tray_app

ROOT = Path(__file__).parents[2]


def test_the_program_says_its_version() -> None:
    words = [sys.executable, "-m", "tray_app", "--version"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == f"dingtalk-tray {tray_app.__version__}\n"


def test_the_changelog_begins_with_it() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+) - (?:unreleased|\d{4}-\d{2}-\d{2})$", text, re.MULTILINE)
    assert newest is not None
    assert newest[1] == tray_app.__version__


def test_pyproject_reads_it_where_the_program_has_it() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert data["project"]["dynamic"] == ["version"]
    assert data["tool"]["hatch"]["version"]["path"] == "tray_app/__init__.py"
    assert version("dingtalk-tray") == tray_app.__version__
