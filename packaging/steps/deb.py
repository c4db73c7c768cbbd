"""The Debian package, by dpkg-deb."""

import email.utils
import hashlib
import shutil
import subprocess
from pathlib import Path

from steps import linux
from steps.project import BUILD, DIST, MAINTAINER, NAME, deb_machine, epoch, reproducible, version

_CONTROL = """Package: {name}
Version: {version}
Architecture: {machine}
Maintainer: {maintainer}
Installed-Size: {kib}
Depends: libc6 (>= {glibc})
Recommends: gnome-keyring | kwalletmanager | keepassxc
Section: net
Priority: optional
Description: {summary}
{description}
"""


def build() -> Path:
    """Make the package in `dist/` and give its path."""
    root = linux.tree(BUILD / "deb", zsh="zsh/vendor-completions")
    share = root / "usr/share"
    linux.packed(share / "doc" / NAME / "changelog.gz", changelog())
    overrides = share / "lintian/overrides"
    overrides.mkdir(parents=True)
    shutil.copyfile(linux.LINUX / "lintian-overrides", overrides / NAME)
    control(root)
    linux.settle(root)
    target = DIST / f"{NAME}_{version()}_{deb_machine()}.deb"
    words = ["dpkg-deb", "--root-owner-group", "-Zxz", "--threads-max=1", "--build", str(root), str(target)]
    done = subprocess.run(words, env=reproducible(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return target


def changelog() -> str:
    """Write the one entry that Debian asks for; what changed is in CHANGELOG.md beside it."""
    day = email.utils.formatdate(epoch())
    return f"{NAME} ({version()}) unstable; urgency=medium\n\n  * See CHANGELOG.md.gz.\n\n -- {MAINTAINER}  {day}\n"


def control(root: Path) -> None:
    """Write what dpkg reads: the fields, the digest of each file, and the script that runs before removal."""
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    kib = sum((path.stat().st_size + 1023) // 1024 for path in files)
    sums = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(root)}" for path in files]  # noqa: S324 - dpkg's own
    fields = _CONTROL.format(
        name=NAME,
        version=version(),
        machine=deb_machine(),
        maintainer=MAINTAINER,
        kib=kib,
        glibc=linux.glibc(root / "usr/lib" / NAME),
        summary=linux.SUMMARY,
        description="\n".join(f" {line}" for line in linux.DESCRIPTION.splitlines()),
    )
    stop = (linux.LINUX / "stop-app").read_text(encoding="utf-8")
    linux.put(root / "DEBIAN/control", fields)
    linux.put(root / "DEBIAN/md5sums", "\n".join(sums) + "\n")
    linux.put(root / "DEBIAN/prerm", f'#!/bin/sh\nset -e\n{stop}[ "$1" != remove ] || stop_app\n')
