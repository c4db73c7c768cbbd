"""The installer for Windows: frozen there, or under Wine on Linux, then packed by makensis."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import dev
from steps import frozen, python_packages, windows_files
from steps.environments import LOCKS
from steps.project import DIST, NAME, PACKAGING, ROOT, WINDOWS_NAME, reproducible, version

PYTHON = dev.OWN / "windows-build"
_APP = ROOT / "build" / "packaging-windows" / "app" / NAME


def build() -> Path:
    """Make the installer in `dist/` and give its path; DINGTALK_TRAY_WINDOWS_APP names a folder frozen on Windows."""
    if given := os.environ.get("DINGTALK_TRAY_WINDOWS_APP", ""):
        return pack(Path(given).resolve())
    return pack(frozen.build() if sys.platform == "win32" else under_wine())


def pack(app: Path) -> Path:
    """Pack the folder, if everything in it is fit for Windows, and give the installer."""
    makensis = shutil.which("makensis")
    if makensis is None:
        raise SystemExit("The installer needs makensis (Debian: apt-get install nsis).")
    if wrong := windows_files.faults(app):
        raise SystemExit(f"Not fit for Windows: {', '.join(wrong)}")
    target = DIST / f"{WINDOWS_NAME}-{version()}-x64.exe"
    kib = sum(path.stat().st_size for path in app.rglob("*") if path.is_file()) // 1024
    facts = {"VERSION": version(), "FOLDER": str(app), "OUT": str(target), "ROOT": str(ROOT), "KIB": str(kib)}
    words = [makensis, "-V2", "-WX", *(f"-D{name}={value}" for name, value in facts.items())]
    done = subprocess.run(
        [*words, str(PACKAGING / "windows" / "installer.nsi")],
        env=reproducible(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return target


def under_wine() -> Path:
    """Run this build with a Windows Python that has the tools, and give the folder of the app."""
    uv, env = dev.find_uv()
    wheel = python_packages.build("wheel")
    dev.call(["bash", str(PACKAGING / "windows/python.sh"), str(PYTHON), str(LOCKS["tools"])], {**env, "UV": uv[0]})
    shutil.rmtree(_APP, ignore_errors=True)
    told = {"DINGTALK_TRAY_TOOLS": "here", "DINGTALK_TRAY_WHEEL": wheel.relative_to(ROOT).as_posix()}
    words = [str(PYTHON / "python"), "packaging/build.py", "app"]
    done = subprocess.run(words, cwd=ROOT, env={**reproducible(), **told}, capture_output=True, text=True, check=False)
    subprocess.run([str(PYTHON / "end")], capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return _APP
