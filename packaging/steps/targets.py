"""What can be made: the name of each target, and what makes its files."""

import sys
from collections.abc import Callable
from pathlib import Path

from steps import checksums, deb, frozen, python_packages, rpm, sbom, windows


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
    "sbom": lambda: [sbom.build()],
    "checksums": lambda: [checksums.build()],
}
