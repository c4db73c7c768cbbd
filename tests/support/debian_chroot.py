"""A fresh Debian without Python, made by debootstrap, in which a .deb is tried; it needs root and the package mirror.

Programs run in it by `chroot` in one mount namespace, which ends with `close`: nothing stays mounted. The network is
this computer's: a robot or a model on 127.0.0.1 is reached. A bus is shared by its socket in `tmp/`.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.support.command import Done

_TIMEOUT_S = 60
_NOT_THE_PACKAGES = ("var/lib/dpkg", "var/log", "var/cache", "proc", "home", "tmp", "package.deb")


class Debian:
    """One such system below `root`."""

    def __init__(self, root: Path) -> None:
        """Fetch and unpack the smallest set of packages there is."""
        self.root = root
        words = ["debootstrap", "--variant=minbase", *_mirror(root)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:]
        (root / "home/one").mkdir()
        # the namespace lasts as long as this process, which ends with its input
        hold = [
            "unshare",
            "--mount",
            "--",
            "sh",
            "-ec",
            'mount -t proc proc "$1/proc"; echo; exec cat',
            "sh",
            str(root),
        ]
        self._holder = subprocess.Popen(hold, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"\n"

    def close(self) -> None:
        """Let go of what is mounted, and delete the system."""
        self._holder.communicate(timeout=_TIMEOUT_S)
        shutil.rmtree(self.root)

    @contextmanager
    def shared(self, source: Path, place: str) -> Iterator[None]:
        """Show a file of this computer inside."""
        target = self.root / place.lstrip("/")
        target.touch()
        subprocess.run([*self._enter(), "mount", "--bind", str(source), str(target)], check=True)
        try:
            yield
        finally:
            subprocess.run([*self._enter(), "umount", "--lazy", str(target)], check=True)
            target.unlink()

    def _enter(self) -> list[str]:
        return ["nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt", "--"]

    @property
    def home(self) -> Path:
        """The home of the person inside, seen from here."""
        return self.root / "home/one"

    def words(self, *words: str, **more: str) -> list[str]:
        """Give the command that runs `words` inside, with `more` as its environment and nothing else."""
        environ = {
            "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/home/one",
            "LC_ALL": "C.UTF-8",
            "LANGUAGE": "",
            **more,
        }
        pairs = [f"{name}={value}" for name, value in environ.items()]
        return [*self._enter(), "chroot", str(self.root), "/usr/bin/env", "-i", "-C", "/home/one", *pairs, *words]

    def run(self, *words: str, given: str = "", **more: str) -> Done:
        """Run a program inside to its end."""
        done = subprocess.run(
            self.words(*words, **more),
            input=given,
            capture_output=True,
            encoding="utf-8",
            timeout=_TIMEOUT_S,
            check=False,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def start(self, *words: str, printed: IO[bytes], **more: str) -> "subprocess.Popen[Any]":
        """Start a program inside."""
        return subprocess.Popen(
            self.words(*words, **more), stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT
        )

    def install(self, package: Path) -> None:
        """Install a .deb, which may ask for nothing that is not there."""
        shutil.copyfile(package, self.root / "package.deb")
        done = self.run("dpkg", "--install", "/package.deb")
        assert done.code == 0, done.err

    def files(self) -> set[str]:
        """Name everything that is there but dpkg's own notes, logs and homes."""
        found = set()
        for folder, folders, names in os.walk(self.root):
            place = Path(folder).relative_to(self.root)
            folders[:] = [name for name in folders if (place / name).as_posix() not in _NOT_THE_PACKAGES]
            found |= {(place / name).as_posix() for name in (*folders, *names)}
        return found - set(_NOT_THE_PACKAGES)


def _mirror(root: Path) -> Sequence[str]:
    """Take release, place and mirror as this computer's apt has them."""
    words = ["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)", "Created-By: Packages"]
    lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    release, uri = min(
        (line.split() for line in lines), key=lambda pair: len(pair[0])
    )  # bookworm, not bookworm-updates
    return [release, str(root), uri]
