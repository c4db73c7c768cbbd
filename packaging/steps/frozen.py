"""The app as a folder with a Python of its own, by PyInstaller, from the wheel and nothing else of the checkout."""

import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from steps import licences, python_packages, windows_files
from steps.environments import LOCKS
from steps.project import BUILD, DIST, NAME, PACKAGING, epoch, machine, reproducible, set_times, version

APP = BUILD / "app" / NAME
_STARTS = 3


@cache
def build() -> Path:
    """Make the folder and give it; its licences lie inside."""
    BUILD.mkdir(parents=True, exist_ok=True)
    given = os.environ.get("DINGTALK_TRAY_WHEEL", "")  # made by another Python, for a Windows one under Wine
    source = unpack(Path(given) if given else python_packages.build("wheel"))
    if sys.platform == "win32":
        windows_files.write_versions()
    words = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "ERROR"]
    folders = ["--distpath", str(APP.parent), "--workpath", str(BUILD / "pyinstaller")]
    # the folder it runs in is on its path before the wheel's; without a display pystray has no other backend to look at
    env = {**reproducible(), "PYTHONPATH": str(source), "PYSTRAY_BACKEND": "dummy"}
    words += [*folders, str(PACKAGING / f"{NAME}.spec")]
    done = subprocess.run(words, cwd=BUILD, env=env, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode or "ERROR" in done.stderr:  # a module that is not found is an error, and ends with 0
        raise SystemExit(done.stderr)
    tidy(APP)
    return APP


def archive() -> Path:
    """Pack the folder for the Linux systems that have no package of their own."""
    target = DIST / f"{NAME}-{version()}-linux-{machine()}.tar.xz"
    fixed = [
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        f"--mtime=@{epoch()}",
        "--use-compress-program=xz -T1",
    ]
    app = build()
    subprocess.run(["tar", *fixed, "-cf", str(target), "-C", str(app.parent), app.name], check=True)
    return target


def unpack(wheel: Path) -> Path:
    """Unpack the wheel to where PyInstaller finds it."""
    source = BUILD / "source"
    shutil.rmtree(source, ignore_errors=True)
    with zipfile.ZipFile(wheel) as file:
        file.extractall(source)
    return source


def tidy(app: Path) -> None:
    """Add the licences, give every file the mode its kind has, and all of them the one time."""
    licences.write(app)
    forget_scripts(app)
    if os.name == "posix":
        for path in app.rglob("*"):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.name == NAME else 0o644)
    if sys.platform == "linux":
        (app / f"{NAME}w").symlink_to(NAME)
    set_times(app)


def forget_scripts(app: Path) -> None:
    """Take scripts out of the packages' lists of files: they are not in the app, and hold the path of the build."""
    for record in app.rglob("*.dist-info/RECORD"):
        lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith("../")]
        record.write_text("".join(kept), encoding="utf-8", newline="")


def foreign_modules() -> list[str]:
    """Give the modules that are in the tools' environment but belong to nothing that the app runs on."""
    ours = {re.split("==", line)[0] for line in LOCKS["run"].read_text(encoding="utf-8").splitlines() if "==" in line}
    ours.add(NAME)
    return sorted(
        module
        for module, owners in packages_distributions().items()
        if not ours & {re.sub(r"[-_.]+", "-", owner).lower() for owner in owners}
    )


def report(app: Path) -> str:
    """Say how large it is and how long its commands take, the shortest of three, in a home of its own."""
    size = sum(path.stat().st_size for path in app.rglob("*") if not path.is_symlink()) / 1e6
    return (
        f"unpacked {size:.0f} MB, --version {shortest(app, '--version'):.2f} s, doctor {shortest(app, 'doctor'):.2f} s"
    )


def shortest(app: Path, command: str) -> float:
    """Seconds from start to end."""
    home = BUILD / "home"
    times = []
    for _ in range(_STARTS):
        began = time.perf_counter()
        env = {**os.environ, "DINGTALK_TRAY_HOME": str(home)}
        subprocess.run([str(app / NAME), command], env=env, capture_output=True, check=False)
        times.append(time.perf_counter() - began)
    shutil.rmtree(home, ignore_errors=True)
    return min(times)
