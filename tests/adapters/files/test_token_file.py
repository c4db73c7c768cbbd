"""The built-in client's token in a file: for its owner alone, whole, and believed only if it can be right."""

import stat
import sys
from pathlib import Path

import pytest

from tray_app.adapters.files.endpoint import TokenFile
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.secret import Secret

TOKEN = Secret("t" * 43)


def test_what_was_written_is_read_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = TokenFile(tmp_path / "token")
    assert file.read() is None
    file.write(Secret("s" * 43))
    file.write(TOKEN)
    assert TokenFile(tmp_path / "token").read() == TOKEN
    assert [path.name for path in tmp_path.iterdir()] == ["token"]


@pytest.mark.parametrize("said", [b"", b"t" * 42, b"t" * 44, b"t" * 42 + b" ", b"\xff" * 43, b"t" * 9_999, b"\0" * 43])
def test_a_damaged_file_is_none(tmp_path: Path, said: bytes) -> None:
    TokenFile(tmp_path / "token").write(TOKEN)
    (tmp_path / "token").write_bytes(said)
    assert TokenFile(tmp_path / "token").read() is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps access in the folder's list")
def test_the_file_is_its_owners_alone_and_not_believed_if_it_was_not(tmp_path: Path) -> None:
    path = tmp_path / "token"
    TokenFile(path).write(TOKEN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for mode in (0o640, 0o604, 0o602):
        path.chmod(mode)
        assert TokenFile(path).read() is None
    TokenFile(path).write(TOKEN)
    assert TokenFile(path).read() == TOKEN


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrayAppError) as failed:
        TokenFile(tmp_path / "gone" / "token").write(TOKEN)
    assert failed.value.reason.key == "clients.unwritable"
    assert failed.value.reason.args["path"] == str(tmp_path / "gone" / "token")
