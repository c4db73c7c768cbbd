"""A file is put in place of another whole, and one that another program has open is waited for."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.catalogs import catalogs
from tests.support.held_file import HeldFile, held
from tray_app.core.kernel.texts import Language
from tray_app.whole_files import PATIENCE_S, FileInUse, hint, move, remove, why, write_whole

NEW = b"new \xe6\x96\xb0"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "设置.toml"
    path.write_bytes(b"old")
    return path


def replace(path: Path) -> None:
    write_whole(path, NEW)


def rename(path: Path) -> None:
    move(path, path.with_name("moved"))


def _closed_once_refused(file: HeldFile) -> threading.Thread:
    def wait_and_close() -> None:
        file.refused.wait(20)
        file.close()

    thread = threading.Thread(target=wait_and_close)
    thread.start()
    return thread


@pytest.mark.parametrize("change", [replace, rename, remove])
def test_a_file_that_is_open_elsewhere_for_a_moment_is_waited_for(file: Path, change: Callable[[Path], None]) -> None:
    with held(file) as other:
        closing = _closed_once_refused(other)
        change(file)
        closing.join()
    assert (file.read_bytes() if file.exists() else None) == (NEW if change is replace else None)


@pytest.mark.parametrize("change", [replace, rename, remove])
def test_one_that_stays_open_is_left_as_it_was_and_the_owner_is_told_to_close_it(
    file: Path, change: Callable[[Path], None]
) -> None:
    began = time.monotonic()
    with held(file), pytest.raises(FileInUse) as caught:
        change(file)
    assert PATIENCE_S <= time.monotonic() - began < PATIENCE_S + 10
    assert [(path.name, path.read_bytes()) for path in file.parent.iterdir()] == [(file.name, b"old")]
    english, chinese = catalogs()[Language.EN], catalogs()[Language.ZH]
    assert english(hint(caught.value, file)).startswith(f"Close the program that has {file} open")
    assert chinese(hint(caught.value, file)).startswith(f"请先关闭打开着 {file} 的程序")
    assert str(why(caught.value)) != "FileInUse"


def test_a_folder_in_its_place_is_no_open_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    began = time.monotonic()
    with pytest.raises(OSError) as caught:  # noqa: PT011 - which one, the system decides
        write_whole(tmp_path / "folder", NEW)
    assert not isinstance(caught.value, FileInUse)
    assert time.monotonic() - began < PATIENCE_S
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_what_the_last_look_finds_leaves_everything_as_it_was(file: Path) -> None:
    def changed(_written: Path) -> None:
        raise ValueError("changed meanwhile")

    with pytest.raises(ValueError, match="meanwhile"):
        write_whole(file, NEW, last=changed)
    assert [(path.name, path.read_bytes()) for path in file.parent.iterdir()] == [(file.name, b"old")]


def test_one_that_was_closed_between_the_refusal_and_the_look_is_tried_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, refused = Path.replace, PermissionError(13, "Access is denied")
    refused.winerror = 5  # type: ignore[misc,attr-defined,unused-ignore]  # what Windows says; elsewhere there is no such number
    once = [refused]

    def replace_later(self: Path, target: Path) -> Path:
        if once:
            raise once.pop()
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace_later)
    write_whole(file, NEW)
    assert (file.read_bytes(), once) == (NEW, [])
