"""The wheel holds everything the app needs and nothing else, and is the same whenever it is built."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import tray_app

ROOT = Path(__file__).parents[2]
EPOCH = "1700000000"


def build(target: Path) -> Path:
    env = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(words, cwd=ROOT, env=env, capture_output=True, check=True)
    return next(target.glob("*.whl"))


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
