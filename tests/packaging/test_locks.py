"""The locks install the same files everywhere, whatever package index the reader uses."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock", "packaging/uv-bootstrap.txt")
PIN = re.compile(r"^([a-z0-9][a-z0-9-]*)==[0-9][0-9a-z.]*(?: ; [a-z_!=<>'\". *0-9A-Z()]+)?$")
HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")


def entries(name: str) -> list[list[str]]:
    """Give each requirement of a lock as its pin and its hashes."""
    lines = [line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace(" \\\n", "\x00")
    return [[part.strip() for part in entry.split("\x00")] for entry in joined.splitlines() if entry.strip()]


def names(lock: str) -> set[str]:
    """Give the names of a lock's packages."""
    return {re.split(r"==", pin)[0] for pin, *_ in entries(lock)}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_pinned_and_hashed_and_nothing_else_is_in_it(lock: str) -> None:
    found = entries(lock)
    assert found
    for pin, *hashes in found:
        assert PIN.match(pin), pin
        assert hashes, pin
        assert all(HASH.match(value) for value in hashes), pin


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_index_a_file_or_a_folder(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    for word in ("://", "--index", "--extra-index", "--find-links", "-f ", "-e ", " @ ", "file:"):
        assert word not in text, word


@pytest.mark.parametrize("larger", ["requirements-dev.lock", "requirements-build.lock"])
def test_a_larger_lock_holds_all_of_the_one_to_run_at_the_same_versions(larger: str) -> None:
    runtime = {entry[0]: entry[1:] for entry in entries("requirements.lock")}
    found = {entry[0]: entry[1:] for entry in entries(larger)}
    assert runtime.items() <= found.items()


def test_every_declared_dependency_is_in_its_lock() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    def declared(requirements: list[str]) -> set[str]:
        return {re.split(r"[<>=!; \[]", requirement)[0] for requirement in requirements}

    assert declared(data["project"]["dependencies"]) <= names("requirements.lock")
    assert declared(data["dependency-groups"]["dev"]) <= names("requirements-dev.lock")
    assert declared(data["dependency-groups"]["build"]) <= names("requirements-build.lock")


def test_the_build_backend_is_the_locked_one() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = {entry[0] for entry in entries("requirements-dev.lock")}
    assert set(data["build-system"]["requires"]) <= pins


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Give a folder with what `dev.py lock --check` reads."""
    (tmp_path / "packaging").mkdir()
    for name in ("dev.py", "pyproject.toml", "packaging/locks.py", "packaging/constraints.txt", *LOCKS):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def lock_check(clone: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "dev.py", "lock", "--check"], cwd=clone, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def test_the_locks_are_fresh(clone: Path) -> None:
    assert lock_check(clone) == (0, "The locks are fresh.\n")


def test_a_new_dependency_makes_the_locks_stale(clone: Path) -> None:
    project = clone / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace("dependencies = [", 'dependencies = ["left-pad",', 1), encoding="utf-8")
    stale = "Stale: requirements.lock, requirements-dev.lock, requirements-build.lock. Run: python dev.py lock\n"
    assert lock_check(clone) == (1, stale)


def test_a_lock_edited_by_hand_is_stale(clone: Path) -> None:
    lock = clone / "requirements.lock"
    lock.write_text(lock.read_text(encoding="utf-8").replace("httpx==", "httpx==9", 1), encoding="utf-8")
    assert lock_check(clone) == (1, "Stale: requirements.lock. Run: python dev.py lock\n")
