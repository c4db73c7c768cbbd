"""The licences of everything that a frozen build carries, as one text: a component without one ends the build."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

from steps.environments import LOCKS
from steps.project import ROOT

FILE = "THIRD-PARTY-LICENCES.txt"
_HEAD = """dingtalk-tray itself is under the MIT licence (LICENSE). This folder also holds the programs and libraries
below, each under its own licence. Those under the LGPL (pystray, python-xlib) and the MPL are unchanged; their
source is on the Python Package Index in the versions named here. Each module lies as a file of its own in _internal
and can be replaced.
"""
_TEXT = re.compile(r"(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)
_RULE = "=" * 100


def write(app: Path) -> None:
    """Put the project's licence and those of all others into the folder of the app."""
    shutil.copy(ROOT / "LICENSE", app / "LICENSE")
    (app / FILE).write_text(together([*of_packages(), of_python(), *of_system(app / "_internal")]), encoding="utf-8")


def together(parts: list[tuple[str, str]]) -> str:
    """Make one text of (component, licence) pairs."""
    empty = [name for name, text in parts if not text.strip()]
    if empty:
        raise SystemExit(f"No licence text is known for {', '.join(empty)}.")
    return "\n\n".join([_HEAD, *(f"{_RULE}\n{name}\n{_RULE}\n\n{text.strip()}" for name, text in parts)]) + "\n"


def of_packages(site_packages: Path | None = None) -> Iterator[tuple[str, str]]:
    """Give each installed package of requirements.lock, and PyInstaller, whose loader is part of each build."""
    names = {re.split("==", line)[0] for line in LOCKS["run"].read_text(encoding="utf-8").splitlines() if "==" in line}
    found = distributions(path=[str(site_packages)]) if site_packages else distributions()
    by_name = {re.sub(r"[-_.]+", "-", one.name).lower(): one for one in found}
    for name in sorted((names | {"pyinstaller"}) & by_name.keys()):
        yield f"{by_name[name].name} {by_name[name].version}", licence_of(by_name[name])


def licence_of(package: Distribution) -> str:
    """Read the texts that a package brings in its dist-info."""
    files = [file for file in package.files or [] if ".dist-info" in file.parts[0] and _TEXT.search(str(file))]
    return "\n\n".join(Path(str(package.locate_file(file))).read_text(encoding="utf-8") for file in sorted(files))


def of_python() -> tuple[str, str]:
    """Python's own, which also names what its standard library is made of."""
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    places = [
        Path(sys.base_prefix) / "LICENSE.txt",
        Path(sys.base_prefix) / "Lib" / "LICENSE.txt",
        Path(sys.base_prefix) / "lib" / f"python{minor}" / "LICENSE.txt",
        Path(f"/usr/share/doc/python{minor}/copyright"),
    ]
    text = next((place.read_text(encoding="utf-8") for place in places if place.exists()), "")
    return f"Python {sys.version.split()[0]}", text


def of_system(internal: Path) -> Iterator[tuple[str, str]]:
    """Give the libraries that came from the Debian system it was built on, by package."""
    if sys.platform != "linux":
        return
    packages = set()
    for library in sorted(internal.glob("lib*.so*")):
        if not library.is_symlink() and not library.name.startswith("libpython"):  # links lead into a package
            packages.add(owner(library.name))
    for package in sorted(packages):
        yield f"{package} (Debian)", Path(f"/usr/share/doc/{package}/copyright").read_text(encoding="utf-8")


def owner(library: str) -> str:
    """Name the Debian package that a library is of."""
    words = ["dpkg-query", "--search", f"*/{library}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    lines = [line.partition(":")[0] for line in done.stdout.splitlines() if line.endswith(f"/{library}")]
    if not lines:
        raise SystemExit(f"No Debian package is known to hold {library}, so its licence cannot be shipped.")
    return lines[0]
