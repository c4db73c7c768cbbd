"""A pause file that cannot be read, was taken away or written over is never taken for one that was never there."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.system import make_pipe
from tray_app.adapters.files.pause import PauseFile
from tray_app.core.kernel.errors import StoreUnavailable

PAUSED = {"since_ms": 1, "until_ms": None, "told_ms": 1}
LINKS = pytest.mark.skipif(os.name == "nt", reason="links need a right of their own there")


def to_nothing(path: Path) -> None:
    path.symlink_to("gone.json")


def to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def gone(path: Path) -> None:
    path.unlink(missing_ok=True)


def written(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


NONSENSE = {
    "empty": written(b""),
    "garbage": written(b"nonsense"),
    "list": written(b"[]"),
    "number": written(b"0"),
    "flipped": written(b"\xff" * 512),
}
SPOIL = {
    "gone": gone,
    "null": written(b"null"),
    "padded": written(b"null".ljust(512)),
    "folder": Path.mkdir,
    **NONSENSE,
}


def pause_file(folder: Path) -> PauseFile:
    return PauseFile(folder / "pause.json", spare=folder / "pause.spare.json")


@LINKS
@pytest.mark.parametrize("put", [to_nothing, to_itself, Path.mkdir, make_pipe])
def test_what_lies_in_its_place_and_cannot_be_read_is_said(tmp_path: Path, put: Callable[[Path], None]) -> None:
    put(tmp_path / "pause.json")
    with pytest.raises(StoreUnavailable):
        pause_file(tmp_path).read()


def test_in_a_new_folder_there_is_no_pause(tmp_path: Path) -> None:
    assert pause_file(tmp_path).read() == (False, None)


@pytest.mark.parametrize("how", SPOIL)
def test_a_pause_holds_whatever_becomes_of_one_of_the_two(tmp_path: Path, how: str) -> None:
    for name in ("pause.json", "pause.spare.json"):
        file = pause_file(tmp_path)
        file.write(PAUSED)
        (tmp_path / name).unlink()
        SPOIL[how](tmp_path / name)
        assert not file.holds(PAUSED)
        kept, said = file.read()
        assert kept
        assert said is not None
        if how not in NONSENSE:
            assert said == PAUSED
        if (tmp_path / name).is_dir():
            (tmp_path / name).rmdir()


@pytest.mark.parametrize("how", NONSENSE)
def test_nonsense_in_its_place_is_a_pause_without_an_end_for_the_spare_may_be_older(tmp_path: Path, how: str) -> None:
    file = pause_file(tmp_path)
    file.write({**PAUSED, "until_ms": 2})
    SPOIL[how](tmp_path / "pause.json")
    kept, said = file.read()
    assert kept
    assert said is not None
    assert not isinstance(said, dict)  # no sense: it ends with the owner's word alone


@pytest.mark.parametrize("how", ["gone", "null", "padded"])
def test_what_is_known_to_be_no_pause_stays_none(tmp_path: Path, how: str) -> None:
    for name in ("pause.json", "pause.spare.json"):
        file = pause_file(tmp_path)
        file.write(None)
        SPOIL[how](tmp_path / name)
        assert file.read() == (True, None)
        file.write(None)
        assert file.holds(None)


@pytest.mark.parametrize(
    ("how", "spare"),
    [
        ("null", "gone"),
        ("gone", "empty"),
        ("gone", "garbage"),
        ("null", "garbage"),
        *((how, "gone") for how in NONSENSE),
    ],
)
def test_where_neither_of_the_two_can_tell_it_is_no_sense_which_means_quiet(
    tmp_path: Path, how: str, spare: str
) -> None:
    file = pause_file(tmp_path)
    file.write(None)
    SPOIL[how](tmp_path / "pause.json")
    SPOIL[spare](tmp_path / "pause.spare.json")
    kept, said = file.read()
    assert kept
    assert said is not None


def test_the_file_of_an_earlier_version_which_had_no_spare_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "pause.json"
    for value in (None, PAUSED):
        path.write_bytes(json.dumps(value).encode().ljust(512))
        assert pause_file(tmp_path).read() == (True, value)


def test_beside_a_history_that_was_set_aside_a_pause_that_is_gone_is_no_new_folder(tmp_path: Path) -> None:
    (tmp_path / "history.damaged-20261129-120000-000000.sqlite3").touch()
    kept, said = pause_file(tmp_path).read()
    assert kept
    assert said is not None


def test_what_cannot_be_kept_in_one_place_is_kept_in_the_other_and_told(tmp_path: Path) -> None:
    (tmp_path / "pause.json").mkdir()
    with pytest.raises(StoreUnavailable):
        pause_file(tmp_path).write(PAUSED)
    assert pause_file(tmp_path).read() == (True, PAUSED)
