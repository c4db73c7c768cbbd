"""What a Linux package puts where: the same tree for .deb and .rpm."""

import datetime as dt
import gzip
import re
import shutil
import subprocess
from pathlib import Path

from steps import frozen, licences, man_page
from steps.project import NAME, PACKAGING, ROOT, epoch, set_times, version
from tray_app.core.kernel.texts import Language

LINUX = PACKAGING / "linux"
METAINFO = "org.dingtalk_tray.DingTalkTray.metainfo.xml"
SUMMARY = "tray app that lets coding agents send to a DingTalk group"
DESCRIPTION = """A resident app with an MCP server on this computer. Coding agents
such as Claude Code ask it to tell people something; it decides by the
owner's rules, delivers the message to a DingTalk group and shows in the
tray what became of it. It carries a Python of its own."""
_ICON = re.compile(r"dingtalk-tray-(\d+)\.png")


def tree(root: Path, *, zsh: str) -> Path:
    """Lay out a package below `root`; `zsh` is where this distribution's zsh looks for completions."""
    shutil.rmtree(root, ignore_errors=True)
    share, program = root / "usr/share", root / "usr/lib" / NAME
    shutil.copytree(frozen.build(), program, symlinks=True)
    doc = share / "doc" / NAME
    doc.mkdir(parents=True)
    (program / "LICENSE").rename(doc / "copyright")
    packed(doc / f"{licences.FILE}.gz", (program / licences.FILE).read_text(encoding="utf-8"))
    (program / licences.FILE).unlink()
    packed(doc / "CHANGELOG.md.gz", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    commands(root)
    desktop(share)
    words(share, zsh=zsh)
    return root


def commands(root: Path) -> None:
    """Lead both commands of /usr/bin into the folder of the app."""
    (root / "usr/bin").mkdir(parents=True)
    for name in (NAME, f"{NAME}w"):
        (root / "usr/bin" / name).symlink_to(f"../lib/{NAME}/{NAME}")


def desktop(share: Path) -> None:
    """Put the menu entry, its description for software centres and the icons."""
    put(share / "applications" / f"{NAME}.desktop", (LINUX / f"{NAME}.desktop").read_text(encoding="utf-8"))
    put(share / "metainfo" / METAINFO, metainfo())
    hicolor = share / "icons/hicolor"
    for icon in sorted((ROOT / "assets/app").iterdir()):
        if size := _ICON.fullmatch(icon.name):
            place = hicolor / f"{size[1]}x{size[1]}/apps/{NAME}.png"
        elif icon.suffix == ".svg":
            place = hicolor / ("symbolic" if "symbolic" in icon.name else "scalable") / "apps" / icon.name
        else:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(icon, place)


def words(share: Path, *, zsh: str) -> None:
    """Write the manual page in both languages and the completion for three shells."""
    for language, folder in ((Language.EN, "man/man1"), (Language.ZH, "man/zh_CN/man1")):
        packed(share / folder / f"{NAME}.1.gz", man_page.man_page(language))
        (share / folder / f"{NAME}w.1.gz").symlink_to(f"{NAME}.1.gz")
    places = {
        "bash": f"bash-completion/completions/{NAME}",
        "zsh": f"{zsh}/_{NAME}",
        "fish": f"fish/vendor_completions.d/{NAME}.fish",
    }
    for shell, place in places.items():
        put(share / place, man_page.completion(shell))


def metainfo() -> str:
    """Fill version and day into the description for software centres."""
    text = (LINUX / METAINFO).read_text(encoding="utf-8")
    released = re.search(r"^## (\S+) - (\d{4}-\d{2}-\d{2})$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    known = released is not None and released[1] == version()
    day = released[2] if known and released else dt.datetime.fromtimestamp(epoch(), dt.UTC).date().isoformat()
    kind = "stable" if known else "development"
    return text.replace("@VERSION@", version()).replace("@DATE@", day).replace("@TYPE@", kind)


def glibc(app: Path) -> str:
    """Find the oldest glibc that the app's programs and libraries ask for, e.g. `2.36`."""
    asked = {
        int(minor)
        for path in app.rglob("*")
        if path.is_file() and (path.name == NAME or ".so" in path.name)
        for minor in re.findall(rb"GLIBC_2\.(\d+)", path.read_bytes())
    }
    return f"2.{max(asked)}"


def glibc_of_deb(package: Path) -> str:
    """Read the same from a finished package's fields."""
    words = ["dpkg-deb", "--field", str(package), "Depends"]
    found = re.search(
        r"libc6 \(>= ([\d.]+)\)", subprocess.run(words, capture_output=True, text=True, check=True).stdout
    )
    return found[1] if found else "2.36"


def put(path: Path, text: str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def packed(path: Path, text: str) -> None:
    """Write a file gzipped, without name and time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def settle(root: Path) -> None:
    """Give folders and files their modes and the one time; programs keep theirs."""
    for path in root.rglob("*"):
        if not path.is_symlink():
            program = path.parent.name == "DEBIAN" and path.name == "prerm"
            path.chmod(0o755 if path.is_dir() or program or (path.name == NAME and path.parent.name == NAME) else 0o644)
    set_times(root)
