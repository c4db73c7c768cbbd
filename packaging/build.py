"""Makes the packages, from a checkout or an unpacked sdist: `python packaging/build.py TARGET...`.

    wheel       dist/dingtalk_tray-VERSION-py3-none-any.whl
    sdist       dist/dingtalk_tray-VERSION.tar.gz
    app         build/packaging/app/dingtalk-tray: the app as a folder with a Python of its own
                Linux: also dist/dingtalk-tray-VERSION-linux-x86_64.tar.xz
    deb         dist/dingtalk-tray_VERSION_amd64.deb
    rpm         dist/dingtalk-tray-VERSION-1.x86_64.rpm
    exe         dist/DingTalkTray-VERSION-x64.exe: the installer for Windows; on Linux made under Wine
    dmg         dist/DingTalkTray-VERSION-arm64.dmg, on a Mac (macos/README.md)
    sbom        dist/dingtalk-tray-VERSION.cdx.json: the Python packages inside, as CycloneDX
    checksums   dist/SHA256SUMS over all of dist/
    manifests   dist/manifests: for winget, Homebrew and the AUR, of what lies in dist
    all         everything that this system can make

The tools come from requirements-build.lock into .dev at the first run. The same commit, Python and system packages give
the same bytes: every packed file has the time of the last commit, or SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from steps import environments, project  # noqa: E402 - they lie beside, and are not installed


def main(names: list[str]) -> int:
    """Make what is named, in the given order; the result is the exit code."""
    if not names or names[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if names else 2
    if not environments.is_tools():
        tools = environments.prepare("tools")
        return subprocess.call([str(tools), str(Path(__file__).resolve()), *names])
    return make(names)


def make(names: list[str]) -> int:
    """The same, inside the environment of the tools."""
    from steps.targets import TARGETS, missing

    wanted = names
    if names == ["all"]:
        wanted = [name for name in TARGETS if not missing(name)]
        print("\n".join(f"Left out: {missing(name)}." for name in TARGETS if missing(name)))
    if unknown := [name for name in wanted if name not in TARGETS]:
        print(f"No such target: {', '.join(unknown)}. There are: {', '.join(TARGETS)}, all", file=sys.stderr)
        return 2
    project.DIST.mkdir(exist_ok=True)
    for name in wanted:
        if why := missing(name):
            print(f"{why}.", file=sys.stderr)
            return 1
        began = time.perf_counter()
        for made in TARGETS[name]():
            print(f"{made.stat().st_size / 1e6:7.1f} MB  {made.relative_to(project.ROOT)}")
        print(f"{'':10}  {name}: {time.perf_counter() - began:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
