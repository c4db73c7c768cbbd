"""SHA256SUMS over everything in `dist/`, as `sha256sum --check` reads it."""

import hashlib
from pathlib import Path

from steps.project import DIST

FILE = "SHA256SUMS"


def of(path: Path) -> str:
    """Give a file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def build() -> Path:
    """Write the list and give its path."""
    files = sorted(path for path in DIST.iterdir() if path.is_file() and path.name != FILE)
    lines = [f"{of(path)}  {path.name}\n" for path in files]
    (DIST / FILE).write_text("".join(lines), encoding="utf-8", newline="\n")
    return DIST / FILE
