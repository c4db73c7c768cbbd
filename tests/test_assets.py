"""`asset()` finds files from a checkout, an installed wheel and a frozen build, and says so when a build lost one."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tray_app
from tray_app.assets import asset


def test_an_asset_of_the_checkout_is_found() -> None:
    assert asset("tray/normal-22.png").read_bytes().startswith(b"\x89PNG")
    assert asset("texts").is_dir()


def test_a_missing_asset_is_an_error_that_names_the_file() -> None:
    with pytest.raises(FileNotFoundError, match="nothing-of-the-kind"):
        asset("nothing-of-the-kind.png")


def test_assets_inside_the_package_are_used_where_a_wheel_or_frozen_build_put_them(tmp_path: Path) -> None:
    package = tmp_path / "tray_app"
    (package / "_assets" / "tray").mkdir(parents=True)
    (package / "_assets" / "tray" / "normal-22.png").write_bytes(b"picture")
    for name in ("__init__.py", "assets.py"):
        shutil.copy(Path(tray_app.__file__).parent / name, package / name)
    code = "from tray_app.assets import asset; print(asset('tray/normal-22.png'))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=30
    )
    assert Path(done.stdout.strip()) == package / "_assets" / "tray" / "normal-22.png"
