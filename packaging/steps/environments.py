"""Two environments in `.dev`, each exactly what its hashed lock says: the tools, and the app as it is shipped."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import dev
from steps.project import ROOT

LOCKS = {"tools": ROOT / "requirements-build.lock", "run": ROOT / "requirements.lock"}


def is_tools() -> bool:
    """Say whether this Python has the tools: `.dev/build-tools`, or one of which DINGTALK_TRAY_TOOLS says so."""
    return os.environ.get("DINGTALK_TRAY_TOOLS") == "here" or Path(sys.prefix) == dev.OWN / "build-tools"


def prepare(name: str) -> Path:
    """Bring `.dev/build-NAME` up to its lock and give its Python; does nothing where that was done before."""
    folder = dev.OWN / f"build-{name}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "lock.sha256"
    wanted = hashlib.sha256(LOCKS[name].read_bytes() + sys.version.encode() + os.fsencode(folder)).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    uv, env = dev.find_uv()
    dev.call([*uv, "venv", "--quiet", "--clear", "--python", base_python(), str(folder)], env)
    dev.offline_first(
        [*uv, "pip", "sync", "--quiet", "--python", str(python), "--require-hashes", str(LOCKS[name])], env
    )
    stamp.write_text(wanted, encoding="utf-8")
    return python


def base_python() -> str:
    """The Python outside any environment, so that one made here does not end with another."""
    name = "python.exe" if os.name == "nt" else f"bin/python3.{sys.version_info.minor}"
    found = Path(sys.base_prefix) / name
    return str(found) if found.exists() else sys.executable


def site_packages(python: Path) -> Path:
    """Where an environment's packages are."""
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([str(python), "-I", "-c", ask], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


def install(python: Path, wheel: Path) -> None:
    """Put one wheel into an environment, without what it needs: that came from the lock."""
    uv, env = dev.find_uv()
    words = [*uv, "pip", "install", "--quiet", "--python", str(python), "--no-deps", "--reinstall", str(wheel)]
    dev.call([*words, "--offline"], env)
