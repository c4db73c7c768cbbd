"""What can be made: the name of each target, what makes its files, and what it needs here."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from steps import checksums, deb, frozen, mac, manifests, python_packages, rpm, sbom, windows


def app() -> list[Path]:
    """Freeze the app, and say how it came out."""
    print(f"{'':10}  {frozen.report(frozen.build())}")
    return [frozen.archive()] if sys.platform == "linux" else []


TARGETS: dict[str, Callable[[], list[Path]]] = {
    "wheel": lambda: [python_packages.build("wheel")],
    "sdist": lambda: [python_packages.build("sdist")],
    "app": app,
    "deb": lambda: [deb.build()],
    "rpm": lambda: [rpm.build()],
    "exe": lambda: [windows.build()],
    "dmg": lambda: [mac.build()],
    "sbom": lambda: [sbom.build()],
    "checksums": lambda: [checksums.build()],
    "manifests": manifests.build,
}


def missing(target: str) -> str:
    """Say why a target cannot be made here; nothing where it can."""
    programs = {"deb": ("dpkg-deb",), "rpm": ("rpmbuild",), "exe": ("makensis",), "dmg": ("hdiutil",)}.get(target, ())
    lack = [name for name in programs if shutil.which(name) is None]
    if target == "exe" and sys.platform != "win32" and "DINGTALK_TRAY_WINDOWS_APP" not in os.environ:
        lack += [name for name in ("wine", "x86_64-w64-mingw32-gcc") if shutil.which(name) is None]
    if lack:
        return f"{target} needs {' and '.join(lack)}"
    if target == "manifests" and not os.environ.get("DINGTALK_TRAY_RELEASE_URL"):
        return "manifests need DINGTALK_TRAY_RELEASE_URL and DINGTALK_TRAY_HOME_URL"
    return ""
