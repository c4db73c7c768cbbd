"""The wheel holds all the app needs and nothing else, the sdist everything; both are the same whenever built."""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import tray_app

ROOT = Path(__file__).parents[2]
EPOCH = "1700000000"


def build(target: Path, kind: str = "wheel", *, source: Path = ROOT) -> Path:
    env = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    words = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    subprocess.run(words, cwd=source, env=env, capture_output=True, check=True)
    return next(target.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


def test_it_holds_the_code_the_assets_the_licence_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
    info = f"dingtalk_tray-{tray_app.__version__}.dist-info"
    assert {name.split("/")[0] for name in names} == {"tray_app", info}
    assert {"tray_app/__init__.py", "tray_app/py.typed", f"{info}/licenses/LICENSE"} <= names
    for folder in ("texts", "tray", "pages"):
        wanted = {path.relative_to(ROOT / "assets") for path in (ROOT / "assets" / folder).rglob("*") if path.is_file()}
        assert {f"tray_app/_assets/{path.as_posix()}" for path in wanted} <= names
    assert not [name for name in names if name.endswith((".pyc", ".toml~", ".orig"))]


def test_it_names_both_commands(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        text = file.read(f"dingtalk_tray-{tray_app.__version__}.dist-info/entry_points.txt").decode()
    assert "[console_scripts]\ndingtalk-tray = tray_app.__main__:main" in text
    assert "[gui_scripts]\ndingtalk-trayw = tray_app.__main__:main" in text


def test_it_is_built_byte_for_byte_the_same(wheel: Path, tmp_path: Path) -> None:
    again = build(tmp_path)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(wheel.read_bytes()).digest()


def test_the_texts_are_found_in_an_unpacked_wheel(wheel: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(wheel, tmp_path, "zip")
    ask = "from tray_app.assets import asset; print(asset('texts').joinpath('menu.toml').is_file(), asset('texts'))"
    words = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {ask}"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.split() == ["True", str(tmp_path / "tray_app" / "_assets" / "texts")]


@pytest.mark.skipif(
    not (ROOT / ".git").exists() or shutil.which("git") is None, reason="no checkout, so no list of files"
)
def test_the_sdist_holds_every_file_of_the_project_and_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    sdist = build(tmp_path / "made", "sdist")
    with tarfile.open(sdist) as file:
        if hasattr(tarfile, "data_filter"):  # Python 3.11.2, which Debian 12 has, does not know it
            file.extraction_filter = tarfile.data_filter
        file.extractall(tmp_path / "unpacked")  # noqa: S202 - our own, made in the line above
    source = tmp_path / "unpacked" / f"dingtalk_tray-{tray_app.__version__}"
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    project = {name for name in listed.split("\0") if name and (ROOT / name).exists()}
    assert {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()} == {
        *project,
        "PKG-INFO",
    }
    assert build(tmp_path, source=source).read_bytes() == wheel.read_bytes()


def test_an_installed_wheel_runs_the_demo_with_icons_of_its_own(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False, symlinks=os.name == "posix")
    scripts = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    packages = next((tmp_path / "venv").glob("lib/python*/site-packages"), tmp_path / "venv" / "Lib" / "site-packages")
    shutil.unpack_archive(wheel, packages, "zip")
    # what it depends on is taken from here; a path file in a path file is not read, so the editable app is not found
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    python = str(scripts / ("python.exe" if os.name == "nt" else "python"))
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "DISPLAY"}}

    def run(*words: str) -> str:
        words = (python, "-P", *words)
        done = subprocess.run(
            words, capture_output=True, text=True, encoding="utf-8", env=kept, cwd=tmp_path, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "dingtalk-tray run" in run("-m", "tray_app", "demo").splitlines()[-1]
    icon = "from tray_app.assets import asset; print(asset('tray/normal.ico'))"
    assert run("-c", icon).strip() == str(packages / "tray_app" / "_assets" / "tray" / "normal.ico")
