"""A change of several files is made whole or not at all, whichever of them cannot be written, and however late."""

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.claude_code.connect.test_connection import SERVERS, SETTINGS, WIRING, Person
from tests.support.old_databases import mount, read_only_disk
from tests.support.system import make_pipe
from tests.support.words import said as words
from tray_app.config_changes.change import UnderWay
from tray_app.config_changes.files import ConfigTrouble

CLIENT = """#!/bin/sh
[ "$1 $2" = "mcp add-json" ] || exit 0
printf '{"numStartups":4,"mcpServers":{"dingtalk":%s}}' "$4" > "$HOME/.claude.json"
"""


@pytest.fixture(params=["by hand", "by the client"])
def person(tmp_path: Path, request: pytest.FixtureRequest) -> Person:
    """Somebody whose `.claude.json` we write, or have the client write."""
    made = Person(tmp_path / "person 人")
    made.write()
    if request.param == "by the client":
        program = tmp_path / "bin" / "claude"
        program.parent.mkdir()
        program.write_text(CLIENT)
        program.chmod(0o755)
        made.environ["PATH"] = f"{program.parent}:/bin:/usr/bin"
    return made


@contextlib.contextmanager
def pinned(file: Path) -> Iterator[None]:
    """A file that can be written and not replaced, as one that is handed into a container."""
    mount("--bind", str(file), str(file))
    try:
        yield
    finally:
        subprocess.run(["umount", file], check=True)


@contextlib.contextmanager
def elsewhere(person: Person, folder: Path) -> Iterator[None]:
    """The settings are a link into a folder that cannot be written."""
    folder.mkdir()
    there = folder / "settings.json"
    shutil.move(person.settings, there)
    person.settings.symlink_to(there)
    with read_only_disk(folder):
        yield


def everything(person: Person) -> dict[str, bytes]:
    """Every file of the person and of ours but the copies, byte for byte."""
    folder = person.servers.parent
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "backups" not in path.parts
    }


@contextlib.contextmanager
def obstacle(which: str, person: Person, tmp_path: Path) -> Iterator[Path]:
    """Something in the way; gives the file that is named."""
    with contextlib.ExitStack() as there:
        match which:
            case "read-only settings folder":
                there.enter_context(read_only_disk(person.settings.parent))
                yield person.settings
            case "link into a read-only folder":
                there.enter_context(elsewhere(person, tmp_path / "dotfiles"))
                yield person.settings
            case "settings that cannot be replaced":
                there.enter_context(pinned(person.settings))
                yield person.settings
            case "our own folder":
                there.enter_context(read_only_disk(person.data))
                yield person.data


OBSTACLES = [
    "read-only settings folder",
    "link into a read-only folder",
    "settings that cannot be replaced",
    "our own folder",
]


@pytest.mark.parametrize("which", OBSTACLES)
def test_connecting_leaves_every_file_as_it_was(person: Person, which: str, tmp_path: Path) -> None:
    with obstacle(which, person, tmp_path) as named:
        before = everything(person)
        with pytest.raises(ConfigTrouble) as caught:
            person.connect()
        assert everything(person) == before
        assert str(named) in words(caught.value.reason)
    person.connect()
    assert person.connection.plan(WIRING).changes == ()
    person.disconnect()
    assert person.read()[1] == SETTINGS.encode()


@pytest.mark.parametrize("which", OBSTACLES)
def test_disconnecting_leaves_every_file_as_it_was(person: Person, which: str, tmp_path: Path) -> None:
    person.connect()
    with obstacle(which, person, tmp_path) as named:
        before = everything(person)
        with pytest.raises(ConfigTrouble) as caught:
            person.disconnect()
        assert everything(person) == before
        assert str(named) in words(caught.value.reason)
    person.disconnect()
    assert person.read() == (SERVERS.encode(), SETTINGS.encode())


def test_files_that_were_not_there_are_not_there_afterwards(tmp_path: Path) -> None:
    person = Person(tmp_path / "person")
    person.settings.parent.mkdir()
    with read_only_disk(person.settings.parent), pytest.raises(ConfigTrouble):
        person.connect()
    assert person.read() == (None, None)


def test_what_cannot_be_put_back_is_named_with_its_copy(person: Person, tmp_path: Path) -> None:
    change, _ = person.connection.plan(WIRING).changes
    under_way = UnderWay({change.path: tmp_path / "copy"})
    under_way.write(change, change.after)
    with read_only_disk(person.servers.parent), pytest.raises(ConfigTrouble) as caught:
        under_way.put_back([change])
    assert str(person.servers) in words(caught.value.reason)
    assert str(tmp_path / "copy") in words(caught.value.hint)


def test_what_somebody_else_wrote_meanwhile_stays_where_ours_is_taken_back(person: Person) -> None:
    change, _ = person.connection.plan(WIRING).changes
    under_way = UnderWay({})
    under_way.write(change, change.after)
    person.servers.write_text(person.servers.read_text().replace('"numStartups": 3', '"numStartups": 4'))
    under_way.put_back([change])
    assert person.servers.read_text() == SERVERS.replace('"numStartups": 3', '"numStartups": 4')


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["servers", "settings"])
@pytest.mark.parametrize("device", [False, True])
def test_a_pipe_or_device_in_the_place_of_a_file_is_named_and_not_waited_for(
    person: Person, name: str, device: bool
) -> None:
    path: Path = getattr(person, name)
    path.unlink()
    if device:
        if sys.platform == "win32":
            pytest.skip("no devices among the files")
        path.symlink_to("/dev/zero")
    else:
        make_pipe(path)
    with pytest.raises(ConfigTrouble) as caught:
        person.connect()
    assert str(path) in words(caught.value.reason)
