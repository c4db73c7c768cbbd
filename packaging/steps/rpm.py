"""The RPM package, by rpmbuild, from the same tree as Debian's."""

import shutil
import subprocess
from pathlib import Path

from steps import linux
from steps.project import BUILD, DIST, LICENCE, NAME, reproducible, rpm_machine, version

_SPEC = """Name: {name}
Version: {version}
Release: 1
Summary: {summary}
License: {licence}
AutoReqProv: no
Requires: glibc >= {glibc}
Recommends: gnome-keyring

%description
{description}

%install
cp -a {tree}/. %{{buildroot}}/

%preun
{stop}[ "$1" != 0 ] || stop_app

%files
{files}
"""
_SHELLS = ("bash-completion", "fish", "zsh")
_MACROS = {
    "__os_install_post": "%{nil}",  # the files are as they shall be: nothing is stripped, compiled or packed again
    "__brp_check_rpaths": "%{nil}",
    "debug_package": "%{nil}",
    "_build_id_links": "none",
    "_binary_payload": "w6.xzdio",
    "_buildhost": "reproducible",
    "use_source_date_epoch_as_buildtime": "1",
    "clamp_mtime_to_source_date_epoch": "1",
}


def build() -> Path:
    """Make the package in `dist/` and give its path."""
    if shutil.which("rpmbuild") is None:
        raise SystemExit("The .rpm needs rpmbuild (Debian: apt-get install rpm).")
    top, tree = BUILD / "rpm", linux.tree(BUILD / "rpm-tree", zsh="zsh/site-functions")
    linux.settle(tree)
    shutil.rmtree(top, ignore_errors=True)
    linux.put(top / "package.spec", spec(tree))
    made = f"{NAME}-{version()}-1.{rpm_machine()}.rpm"
    macros = {**_MACROS, "_topdir": str(top), "_rpmdir": str(top), "_rpmfilename": made}
    words = [word for name, value in macros.items() for word in ("--define", f"{name} {value}")]
    words = ["rpmbuild", "-bb", "--quiet", *words, str(top / "package.spec")]
    done = subprocess.run(words, env=reproducible(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return Path(shutil.move(top / made, DIST / made))


def spec(tree: Path) -> str:
    """Write what rpmbuild reads. Folders that not every system has are listed: else they would stay behind."""
    own, share = f"usr/lib/{NAME}", tree / "usr/share"
    shells = [path for shell in _SHELLS for path in (share / shell, *(share / shell).rglob("*"))]
    folders = [share / "doc" / NAME, *(path for path in shells if path.is_dir())]
    files = sorted(
        f"/{path.relative_to(tree)}"
        for path in tree.rglob("*")
        if (path.is_symlink() or path.is_file()) and own not in path.as_posix()
    )
    return _SPEC.format(
        name=NAME,
        version=version(),
        summary=linux.SUMMARY,
        licence=LICENCE,
        glibc=linux.glibc(tree / own),
        description=linux.DESCRIPTION,
        tree=tree,
        stop=(linux.LINUX / "stop-app").read_text(encoding="utf-8"),
        files="\n".join(
            [
                "%defattr(-,root,root)",
                f"/{own}",
                *(f"%dir /{path.relative_to(tree)}" for path in folders),
                *files,
            ]
        ),
    )
