"""policy.json on disk: read and written whole, its schema beside it, an old one kept when it is reset."""

import os
import stat
import sys
from pathlib import Path

import pytest

from tests.support.system import make_pipe
from tray_app.adapters.files.policy import PolicyFile, default_policy
from tray_app.assets import asset
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.policy.file.findings import InvalidPolicy


@pytest.fixture
def file(tmp_path: Path) -> PolicyFile:
    return PolicyFile(tmp_path / "config" / "policy.json", last_good=tmp_path / "data" / "last.json")


def test_no_file_is_nothing_wrong(file: PolicyFile) -> None:
    assert file.read() is None


@pytest.mark.parametrize("source", ["{}", "\ufeff{\r\n}", '{"x": "允许 🎉"}', ""])
def test_a_text_comes_back_as_it_was_written(file: PolicyFile, source: str) -> None:
    file.write(source)
    assert file.read() == source


def test_the_schema_that_the_file_names_lies_beside_it_and_is_renewed(file: PolicyFile) -> None:
    file.write("{}")
    beside = file.path.with_name("policy.schema.json")
    assert '"$schema": "policy.schema.json"' in default_policy()
    beside.write_text("an older one", "utf-8")
    file.write("{}")
    assert beside.read_bytes() == asset("policy/policy.schema.json").read_bytes()


def test_a_text_in_another_encoding_is_named_by_its_place(file: PolicyFile) -> None:
    file.write("")
    file.path.write_bytes(b'{\n  "a": "\xe9"}')
    with pytest.raises(InvalidPolicy) as caught:
        file.read()
    assert [(finding.line, finding.column) for finding in caught.value.findings] == [(2, 9)]


def test_what_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "policy.json").mkdir()
    file = PolicyFile(tmp_path / "policy.json", last_good=tmp_path / "last.json")
    for attempt in (file.read, lambda: file.write("{}")):
        with pytest.raises(TrayAppError):
            attempt()
    assert [path.name for path in tmp_path.iterdir()] == ["policy.json"]
    with pytest.raises(TrayAppError):
        PolicyFile(tmp_path / "other.json", last_good=tmp_path / "last.json").write('"\ud800"')


def test_a_pipe_in_its_place_is_not_waited_for(file: PolicyFile) -> None:
    file.write("{}")
    file.path.unlink()
    make_pipe(file.path)
    with pytest.raises(TrayAppError):
        file.read()
    file.write("{}")
    assert file.read() == "{}"


def test_a_reset_writes_the_default_and_keeps_every_old_file(file: PolicyFile) -> None:
    assert file.reset() is None
    file.write("mine")
    first = file.reset()
    file.write("mine too")
    second = file.reset()
    assert first is not None
    assert second is not None
    assert (first.name, first.read_text("utf-8")) == ("policy.json.bak-1", "mine")
    assert (second.name, second.read_text("utf-8")) == ("policy.json.bak-2", "mine too")
    assert file.read() == default_policy()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the folder's own rights")
def test_a_link_that_leads_nowhere_is_no_missing_file(tmp_path: Path) -> None:
    link = tmp_path / "policy.json"
    link.symlink_to(tmp_path / "gone.json")
    with pytest.raises(TrayAppError) as caught:
        PolicyFile(link, last_good=tmp_path / "last.json").read()
    assert caught.value.reason == text("policy.dangling")
    assert caught.value.hint == text("policy.unreadable_hint", path=str(link))


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_only_the_owner_can_read_what_is_written_and_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "dotfiles.json", tmp_path / "policy.json"
    target.write_text("old", "utf-8")
    link.symlink_to(target)
    file = PolicyFile(link, last_good=tmp_path / "last.json")
    backup = file.reset()
    assert link.is_symlink()
    assert target.read_text("utf-8") == default_policy()
    assert backup is not None
    assert {stat.S_IMODE(path.stat().st_mode) for path in (target, backup)} == {0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
@pytest.mark.parametrize("there", ["a pipe", "a folder", "a device"])
def test_a_reset_moves_away_what_is_no_file(tmp_path: Path, there: str) -> None:
    path = tmp_path / "policy.json"
    match there:
        case "a pipe":
            make_pipe(path)
        case "a folder":
            path.mkdir()
        case _:
            path.symlink_to("/dev/zero")
    file = PolicyFile(path, last_good=tmp_path / "last")
    assert file.reset() == tmp_path / "policy.json.bak-1"
    assert file.read() == default_policy()
    assert os.path.lexists(tmp_path / "policy.json.bak-1")
