"""dev.py says what is wrong in words, and gives a command's own exit code."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from shlex import quote

import pytest

ROOT = Path(__file__).parents[2]


def run(cwd: Path, *words: str, path: str | None = None, python: str = sys.executable) -> tuple[int, str, str]:
    env = {**os.environ, "PATH": path} if path is not None else dict(os.environ)
    done = subprocess.run(
        [python, "dev.py", *words], cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=50
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Give a folder with what dev.py needs before it sets anything up."""
    folder = tmp_path / "clone"
    (folder / "packaging").mkdir(parents=True)
    for name in (
        "dev.py",
        "pyproject.toml",
        "requirements.lock",
        "requirements-dev.lock",
        "packaging/uv-bootstrap.txt",
    ):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def bare_python(tmp_path: Path) -> str:
    """Give a Python without pip, venv and ensurepip, as Debian's python3 package alone is."""
    home = tmp_path / "bare"
    venv.create(home, with_pip=False, symlinks=os.name == "posix")
    packages = next(home.glob("lib/python*/site-packages"), home / "Lib" / "site-packages")
    hide = "import sys; sys.modules.update(dict.fromkeys(('venv', 'ensurepip', 'pip')))\n"
    (packages / "hide.pth").write_text(hide, encoding="utf-8")  # Debian has a sitecustomize of its own
    return str(home / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def test_without_pip_venv_and_uv_it_stops_with_one_sentence(clone: Path, bare_python: str, tmp_path: Path) -> None:
    code, out, err = run(clone, "demo", path=str(tmp_path), python=bare_python)
    assert (code, out) == (1, "")
    assert err == (
        "This Python has neither pip nor venv, and there is no uv. Install one of them, then run the same command again"
        " (Debian, Ubuntu: sudo apt-get install python3-venv).\n"
    )
    assert not (clone / ".venv").exists()


@pytest.mark.skipif(os.name == "nt", reason="stands in a shell script for uv")
def test_a_failed_step_leaves_no_mark_of_success(clone: Path, tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    uv.write_text(
        '#!/bin/sh\ncase "$1" in --version) echo uv 0.8.0; exit 0 ;; esac\necho no index for you >&2\nexit 2\n'
    )
    uv.chmod(0o755)
    for _ in range(2):
        code, out, err = run(clone, "demo", path=str(tmp_path))
        assert (code, out) == (1, "")
        assert err.startswith("Setting up .venv ...\nno index for you\nSetting up failed at: ")
        assert "run the same command again" in err
    assert not (clone / ".venv" / "dev-stamp.json").exists()


@pytest.mark.skipif(os.name == "nt", reason="stands in a shell script for uv")
def test_the_environment_is_made_once_and_renewed_when_a_lock_changes(clone: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    uv = tmp_path / "uv"
    uv.write_text(
        '#!/bin/sh\nif [ "$1" = --version ]; then echo "uv 0.13.9 (x86_64)"; exit; fi\n'
        f'echo "$1 $2" >> {quote(str(log))}\n'
        f'if [ "$1" = venv ]; then {quote(sys.executable)} -m venv --without-pip .venv; fi\n'
    )
    uv.chmod(0o755)
    (clone / "tray_app").mkdir()
    (clone / "tray_app" / "__main__.py").write_text("import sys\nprint(sys.argv[1:])\nsys.exit(7)\n")
    path = f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin"

    assert run(clone, "demo", "--x", path=path) == (7, "['demo', '--x']\n", "Setting up .venv ...\n")
    assert log.read_text().splitlines() == ["venv --quiet", "pip sync", "pip install"]
    assert run(clone, "run", path=path) == (7, "['run']\n", "")

    lock = clone / "requirements.lock"
    lock.write_text(lock.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert run(clone, "demo", path=path) == (7, "['demo']\n", "Setting up .venv ...\n")
    assert log.read_text().splitlines()[3:] == ["pip sync", "pip install"]

    moved = clone.rename(tmp_path / "moved")
    assert run(moved, "demo", path=path) == (7, "['demo']\n", "Setting up .venv ...\n")


@pytest.mark.skipif(os.name == "nt", reason="stands in a shell script for uv")
def test_a_uv_that_is_too_old_is_passed_over(clone: Path, bare_python: str, tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho uv 0.7.22\n")
    uv.chmod(0o755)
    code, _, err = run(clone, "demo", path=str(tmp_path), python=bare_python)
    assert (code, err[:42]) == (1, "This Python has neither pip nor venv, and ")


def test_an_unknown_command_prints_the_usage_and_exits_2(clone: Path) -> None:
    code, out, _ = run(clone, "frobnicate")
    assert code == 2
    assert "python dev.py demo" in out


def test_an_unknown_check_names_those_there_are() -> None:
    words = [sys.executable, "-c", "import dev; dev.check(['lnt'])"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("No such check: lnt. There are: lint, format, layers, types-linux, ")


def test_dev_py_can_be_read_by_a_python_too_old_for_the_app() -> None:
    import ast

    ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 7))
