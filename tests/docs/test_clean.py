"""The repository holds nothing that belongs to one machine, one package index, or one person's robot."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPPED = {".git", ".venv", ".dev", "__pycache__", ".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache"}

# written in pieces, so that this file is no finding itself
HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "debian" + ".org",
    "tuna." + "tsinghua",
    "nodesource" + ".com",
]
MACHINE = re.compile(r"(?<![\w.~/}-])/(?:" + "root" + "|" + "work" + r")/\w")
WEBHOOK = re.compile(r"access_token=([0-9a-f]{64})")
SIGNING_KEY = re.compile(r"\bSEC[0-9a-f]{64}\b")


def files() -> list[Path]:
    """Give every text file of the repository."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        words = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
        paths = [ROOT / name for name in listed if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not SKIPPED.intersection(path.relative_to(ROOT).parts)]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8000]]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in files():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    return found


def test_there_are_files_to_look_at() -> None:
    assert ROOT / "pyproject.toml" in files()


def test_no_file_names_a_package_index() -> None:
    assert lines_with(re.compile("|".join(re.escape(host) for host in HOSTS))) == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    assert lines_with(MACHINE) == []


@pytest.mark.parametrize("pattern", [WEBHOOK, SIGNING_KEY], ids=["webhook", "signing key"])
def test_no_file_holds_what_looks_like_a_real_robot(pattern: re.Pattern[str]) -> None:
    outside_tests = [place for place in lines_with(pattern) if not place.startswith("tests/")]
    assert outside_tests == []
