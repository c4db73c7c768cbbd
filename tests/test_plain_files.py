"""A file is read whole or refused with its reason: nothing that lies in its place is waited for."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.system import make_pipe
from tray_app.plain_files import read_plain

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices that have a path in a folder"),
    pytest.mark.timeout(10),
]
MOST = 1_000


def pipe(path: Path) -> None:
    make_pipe(path)


def folder(path: Path) -> None:
    path.mkdir()


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def terminal(path: Path) -> None:
    path.symlink_to("/dev/tty")


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def loop(path: Path) -> None:
    path.symlink_to(path)


TRAPS = [pipe, folder, device, terminal, huge, loop]


@pytest.mark.parametrize("trap", TRAPS)
def test_it_is_refused_at_once(tmp_path: Path, trap: Callable[[Path], None]) -> None:
    trap(tmp_path / "file")
    with pytest.raises(OSError, match=r".") as caught:
        read_plain(tmp_path / "file", most=MOST)
    assert caught.value.strerror


def test_a_file_and_a_link_to_one_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * MOST)
    (tmp_path / "link").symlink_to("file")
    assert read_plain(tmp_path / "link", most=MOST) == b"x" * MOST
    with pytest.raises(FileNotFoundError):
        read_plain(tmp_path / "none", most=MOST)
