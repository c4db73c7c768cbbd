"""The Windows Python under Wine: what it needs is said and hashed; nothing is installed unasked."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WINDOWS = ROOT / "packaging" / "windows"


def packages() -> list[str]:
    lines = (WINDOWS / "packages.txt").read_text(encoding="utf-8").splitlines()
    return [line.split()[0] for line in lines if line and not line.startswith("#") and line.partition("#")[2].strip()]


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_packages_that_are_missing_are_named_and_not_installed(tmp_path: Path) -> None:
    for name, said in (
        ("dpkg-query", ""),
        ("apt-get", f"touch {tmp_path}/installed"),
        ("sudo", f"touch {tmp_path}/asked"),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{said}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    words = ["bash", str(WINDOWS / "python.sh"), str(tmp_path / "windows")]
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(words, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"A Windows Python needs the Debian packages {' '.join(packages())} (")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["apt-get", "dpkg-query", "sudo", "windows"]


def test_what_comes_from_a_package_index_is_hashed() -> None:
    text = (WINDOWS / "dlls.txt").read_text(encoding="utf-8")
    assert re.findall(r"^(\S+)==", text, re.MULTILINE) == ["panda3d"]
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", text)) == 3  # one for each Python
