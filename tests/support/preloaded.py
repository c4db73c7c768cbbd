"""Small libraries that are loaded before libc, and change what the system says to one program (Linux, a C compiler)."""

import shutil
import subprocess
from pathlib import Path


def built(source: Path, folder: Path) -> Path | None:
    """Make the library of a C file in a folder; None where nothing can."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    library = folder / f"{source.stem}.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library
