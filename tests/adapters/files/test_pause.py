"""A pause file that cannot be read is never taken for one that was never there."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.system import make_pipe
from tray_app.adapters.files.pause import PauseFile
from tray_app.core.kernel.errors import StoreUnavailable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links need a right of their own there")


def to_nothing(path: Path) -> None:
    path.symlink_to("gone.json")


def to_itself(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize("put", [to_nothing, to_itself, Path.mkdir, make_pipe])
def test_what_lies_in_its_place_and_cannot_be_read_is_said(tmp_path: Path, put: Callable[[Path], None]) -> None:
    path = tmp_path / "pause.json"
    put(path)
    with pytest.raises(StoreUnavailable):
        PauseFile(path).read()


def test_without_a_file_there_is_no_pause(tmp_path: Path) -> None:
    assert PauseFile(tmp_path / "pause.json").read() == (False, None)
