"""Wheel and sdist, by the build backend that pyproject.toml names."""

import subprocess
import sys
from functools import cache
from pathlib import Path

from steps.project import DIST, NAME, ROOT, reproducible, version


@cache
def build(kind: str) -> Path:
    """Make the `wheel` or the `sdist` in `dist/` and give its path."""
    words = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(DIST)]
    done = subprocess.run(words, cwd=ROOT, env=reproducible(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    ending = {"wheel": "-py3-none-any.whl", "sdist": ".tar.gz"}[kind]
    return DIST / f"{NAME.replace('-', '_')}-{version()}{ending}"
