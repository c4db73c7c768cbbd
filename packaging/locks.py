"""How the locks are made from pyproject.toml, and whether they still belong to it: `python dev.py lock [--check]`."""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import dev  # noqa: E402 - it lies one folder up, and is no installed module

CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
BUILD = ROOT / "requirements-build.lock"
HOST_FREE = ["--quiet", "--universal", "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"]


def main(args: list[str]) -> int:
    """Write the locks, with ARGS for uv; or with `--check` say whether they are fresh. The result is the exit code."""
    if args == ["--check"]:
        stale = [path.name for path in (*dev.LOCKS.values(), BUILD) if not fresh(path)]
        print(f"Stale: {', '.join(stale)}. Run: python dev.py lock" if stale else "The locks are fresh.")
        return 1 if stale else 0
    for level, path in dev.LOCKS.items():
        write(path, ["--group", "dev", *args] if level == "dev" else args)
    # what is built into a package is what the app was tested with
    write(BUILD, ["--group", "build", "--constraints", str(dev.LOCKS["run"]), *args])
    return 0


def write(path: Path, args: list[str]) -> None:
    """Resolve for every platform at once; versions that are in the lock stay unless ARGS ask to upgrade."""
    uv, env = dev.find_uv()
    sources = ["pyproject.toml", "--constraints", str(CONSTRAINTS), "--output-file", str(path)]
    dev.call([*uv, "pip", "compile", *HOST_FREE, *sources, *args], env)
    body = path.read_text(encoding="utf-8")
    path.write_text(headline(body) + body, encoding="utf-8", newline="\n")


def fresh(path: Path) -> bool:
    """Compare a lock's first line with pyproject.toml and with its own body; needs no network."""
    first, _, body = path.read_text(encoding="utf-8").partition("\n")
    return first + "\n" == headline(body)


def headline(body: str) -> str:
    """Give a lock's first line: a digest of what it was resolved from, and of the result."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = data["project"]
    limits = CONSTRAINTS.read_text(encoding="utf-8")
    asked = [project["requires-python"], project["dependencies"], data["dependency-groups"], limits]
    digest = hashlib.sha256((json.dumps(asked, sort_keys=True) + "\n" + body).encode()).hexdigest()
    return f"# Made by `python dev.py lock` from pyproject.toml; digest {digest}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
