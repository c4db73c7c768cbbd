"""CI installs what the tests ask for, and no test is skipped there for want of a package."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import system

ROOT = Path(__file__).parents[2]
IS_ROOT = sys.platform != "win32" and os.geteuid() == 0
ASKS = """
import pytest

@pytest.mark.needs("no-such-package")
def test_it():
    pass
"""


def asked_for() -> dict[str, str]:
    """Give every package a test names, with the file that names it."""
    found = {}
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {
                "needs",
                "require",
                "why_missing",
            }:
                words = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                found.update({str(word): str(path.relative_to(ROOT)) for word in words})
    return found


def test_every_package_a_test_names_is_installed_by_ci() -> None:
    assert {name: file for name, file in asked_for().items() if name not in system.listed()} == {}


def test_every_listed_package_has_its_reason() -> None:
    lines = [line for line in system.LIST.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert [line for line in lines if line and not line.partition("#")[2].strip()] == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_the_script_can_be_run_and_reads_no_input() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)], capture_output=True, check=False).returncode == 0
    commands = [line for line in script.read_text(encoding="utf-8").splitlines() if "dev.py" in line]
    assert [line.split()[2] for line in commands] == ["check", "test", "demo", "test", "soak", "mutate", "test", "test"]
    assert commands[-1].split()[3] == "--windows"
    assert all(line.endswith("</dev/null") for line in commands)


@pytest.mark.parametrize(
    ("ci", "closing", "why"),
    [
        ("", "1 skipped", "not installed here (bash .ci/run installs them)"),
        (
            "true",
            "1 error",
            "apt-get update failed: nothing is installed in a test" if IS_ROOT else "not root",
        ),
    ],
)
def test_a_missing_package_skips_a_test_here_and_fails_it_in_ci_where_alone_it_is_asked_for(
    tmp_path: Path, ci: str, closing: str, why: str
) -> None:
    (tmp_path / "test_asks.py").write_text(ASKS, encoding="utf-8")
    asked = tmp_path / "asked"
    apt = tmp_path / "apt-get"
    apt.write_text(f"#!/bin/sh\necho > {asked}\necho nothing is installed in a test >&2\nexit 1\n", encoding="utf-8")
    apt.chmod(0o755)
    env = {**os.environ, "PATH": str(tmp_path), "CI": ci, "PYTHONPATH": str(ROOT)}
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-ra",
        "-p",
        "tests.support.system",
        "-p",
        "no:cacheprovider",
        str(tmp_path),
    ]
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert closing in done.stdout.splitlines()[-1]
    assert f"needs the Debian packages no-such-package: {why}" in done.stdout
    assert asked.exists() == (ci == "true" and IS_ROOT)
