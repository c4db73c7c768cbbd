"""Makes the packages, from a checkout or an unpacked sdist: `python packaging/build.py TARGET...`.

    wheel       dist/dingtalk_tray-VERSION-py3-none-any.whl
    sdist       dist/dingtalk_tray-VERSION.tar.gz
    all         everything that this system can make

The tools come from requirements-build.lock into .dev at the first run. The same commit, Python and system packages give
the same bytes: every packed file has the time of the last commit, or SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from steps import environments, project, python_packages  # noqa: E402 - they lie beside, and are not installed

TARGETS = {
    "wheel": lambda: [python_packages.build("wheel")],
    "sdist": lambda: [python_packages.build("sdist")],
}


def main(names: list[str]) -> int:
    """Make what is named, in the given order; the result is the exit code."""
    wanted = list(TARGETS) if names == ["all"] else names
    unknown = [name for name in wanted if name not in TARGETS]
    if unknown or not wanted:
        print(__doc__)
        return 0 if names in (["-h"], ["--help"]) else 2
    tools = environments.prepare("tools")
    if Path(sys.prefix) != tools.parents[1]:
        return subprocess.call([str(tools), str(Path(__file__).resolve()), *names])
    for name in wanted:
        for made in TARGETS[name]():
            print(f"{made.stat().st_size / 1e6:7.1f} MB  {made.relative_to(project.ROOT)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
