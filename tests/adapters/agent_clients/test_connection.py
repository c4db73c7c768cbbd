"""One client's settings file with our entry in it: given back byte for byte, whole or not at all."""

import stat
import sys
from pathlib import Path

import pytest

from tests.support.old_databases import read_only_disk
from tests.support.words import said as words
from tray_app.adapters.agent_clients.connection import ClientConnection, settings_file
from tray_app.adapters.agent_clients.program import Listed, said_of
from tray_app.config_changes.change import Change
from tray_app.config_changes.files import ConfigTrouble
from tray_app.config_changes.journal import Journal
from tray_app.core.connect.clients import CLIENTS, BridgeEntry, ClientKind, EndpointEntry

HTTP = EndpointEntry(url="http://127.0.0.1:8737/mcp", token="t" * 43)
STDIO = BridgeEntry(command="/d/dingtalk-tray-launcher", arguments=("stdio",), token="t" * 43)
BEFORE = {
    "toml": ('\ufeff# mine\r\n[mcp_servers.other]\r\nurl = "x"', "", None, "\n"),
    "json": ('\ufeff{\r\n\t"mcpServers": {"o": {}},\r\n\t"n": 12345678901234567890 }\r\n', "", None, "{}", "\ufeff\n"),
}
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a file has no such rights there")


class Files:
    """Somebody's settings of one client."""

    def __init__(self, folder: Path, kind: ClientKind) -> None:
        self.kind = kind
        self.path = folder / "person 人" / "settings"
        self.data = folder / "data"
        self.data.mkdir()

    @property
    def connection(self) -> ClientConnection:
        """As a new process would have it."""
        return ClientConnection(self.kind, self.path, Journal(self.data))

    def write(self, content: str | None) -> None:
        self.path.parent.mkdir(exist_ok=True)
        if content is not None:
            self.path.write_bytes(content.encode())

    def read(self) -> bytes | None:
        return self.path.read_bytes() if self.path.exists() else None

    def plan(self, *, stdio: bool = False) -> Change | None:
        kind = self.kind
        return self.connection.plan(kind.stdio(STDIO) if stdio or kind.http is None else kind.http(HTTP))

    def connect(self, *, stdio: bool = False) -> None:
        change = self.plan(stdio=stdio)
        assert change is not None
        self.connection.connect([change])

    def disconnect(self) -> None:
        change = self.connection.plan_undo()
        assert change is not None
        self.connection.disconnect(change)


@pytest.fixture(params=list(CLIENTS.values()), ids=list(CLIENTS))
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    return Files(tmp_path, request.param)


def odd(kind: ClientKind) -> tuple[str | None, ...]:
    return BEFORE["toml" if kind.name == "codex" else "json"]


def test_disconnect_gives_every_byte_back(files: Files) -> None:
    for before in odd(files.kind):
        files.path.unlink(missing_ok=True)
        files.write(before)
        files.connect()
        assert files.plan() is None
        files.connect(stdio=True) if files.kind.http else None  # another form, in place of the first
        files.disconnect()
        assert files.read() == (None if before is None else before.encode())
        assert files.connection.plan_undo() is None


def test_folders_that_were_made_for_the_file_go_with_it_as_far_as_they_are_empty(files: Files) -> None:
    files.path = files.path.parent / "new" / "settings"
    top, inner = files.path.parents[1], files.path.parent
    files.connect()
    if files.kind.http is not None:
        files.connect(stdio=True)  # once more: what was made at first is still known
    files.disconnect()
    assert not top.exists()
    files.connect()
    (top / "theirs").write_bytes(b"")
    files.disconnect()
    assert (top.exists(), inner.exists()) == (True, False)
    inner.mkdir()
    files.connect()
    files.disconnect()
    assert inner.exists()  # it was there


def test_what_the_client_writes_meanwhile_stays(files: Files) -> None:
    files.write(None)
    files.connect()
    text = files.path.read_text("utf-8")
    theirs = "\n[theirs]\na = 1\n" if files.kind.name == "codex" else text.replace("{", '{\n  "theirs": 1,', 1)
    files.path.write_text(text + theirs if files.kind.name == "codex" else theirs, "utf-8")
    files.disconnect()
    assert "theirs" in files.path.read_text("utf-8")
    assert "t" * 43 not in files.path.read_text("utf-8")
    assert files.connection.plan_undo() is None


def test_without_a_memory_our_entry_is_known_by_what_it_calls(files: Files) -> None:
    files.write("")
    files.connect()
    (files.data / "connect.json").unlink()
    files.disconnect()
    assert files.connection.entry() is None


def test_an_entry_of_that_name_that_is_the_persons_own_comes_back(files: Files) -> None:
    files.write(files.kind.form.put(files.kind.form.begun(None), files.kind.at, {"command": "mine"}).text)
    before = files.read()
    files.connect()
    files.disconnect()
    assert files.read() == before
    assert files.connection.plan_undo() is None


def test_a_broken_file_is_named_with_its_line_and_left_alone(files: Files) -> None:
    files.write("{\n  = [\n")
    with pytest.raises(ConfigTrouble) as told:
        files.plan()
    assert "line" in words(told.value.reason)
    assert files.read() == b"{\n  = [\n"


@POSIX
def test_only_its_owner_may_read_a_file_with_a_token_and_disconnect_gives_the_rights_back(files: Files) -> None:
    files.write("")
    files.path.chmod(0o664)
    change = files.plan()
    assert change is not None
    assert change.lines()[-2:] == ["- mode: 0664", "+ mode: 0600"]
    files.connect()
    assert stat.S_IMODE(files.path.stat().st_mode) == 0o600
    files.disconnect()
    assert (stat.S_IMODE(files.path.stat().st_mode), files.read()) == (0o664, b"")


@POSIX
def test_a_file_that_its_owner_may_not_write_is_connected_and_given_back_with_its_rights(files: Files) -> None:
    files.write("")
    files.path.chmod(0o444)
    files.connect()
    assert stat.S_IMODE(files.path.stat().st_mode) == 0o400
    files.disconnect()
    assert (stat.S_IMODE(files.path.stat().st_mode), files.read()) == (0o444, b"")


@pytest.mark.parametrize("content", [b"\xff\xfe{\x00}\x00", b"a\n\xe9 = 1\n", None])
def test_what_is_no_text_or_no_file_is_told_and_left_alone(files: Files, content: bytes | None) -> None:
    files.write(None)
    if content is None:
        files.path.mkdir()
    else:
        files.path.write_bytes(content)
    for look in (files.plan, files.connection.plan_undo, files.connection.entry):
        with pytest.raises(ConfigTrouble):
            look()
    assert files.path.is_dir() or files.read() == content


@POSIX
def test_a_link_is_followed_and_stays(files: Files) -> None:
    files.write(None)
    real = files.data / "dotfiles"
    real.write_bytes(b"")
    files.path.symlink_to(real)
    files.connect()
    assert files.path.is_symlink()
    assert b"t" * 43 in real.read_bytes()
    files.disconnect()
    assert (files.path.is_symlink(), real.read_bytes()) == (True, b"")


@POSIX
def test_where_it_cannot_be_written_nothing_is_changed_or_remembered(files: Files) -> None:
    files.write("")
    for folder in (files.path.parent, files.data):
        with read_only_disk(folder), pytest.raises(ConfigTrouble):
            files.connect()
        assert (files.read(), Journal(files.data).text()) == (b"", None)


def test_a_file_that_changes_after_it_was_planned_is_left_as_it_is(files: Files) -> None:
    files.write("")
    change = files.plan()
    assert change is not None
    files.path.write_bytes(b"\n")
    with pytest.raises(ConfigTrouble, match=r"connect\.changed"):
        files.connection.connect([change])
    assert (files.read(), Journal(files.data).text()) == (b"\n", None)


def test_the_first_place_that_is_there_counts_else_the_last(tmp_path: Path) -> None:
    places = [f"{tmp_path}/a/x.json", f"{tmp_path}/b/x.json"]
    assert settings_file(places) == tmp_path / "b" / "x.json"
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.json").write_text("{}")
    assert settings_file(places) == tmp_path / "a" / "x.json"


@pytest.mark.parametrize(
    ("name", "said", "found"),
    [  # as the programs print it: codex 0.171.0, gemini 0.61.0, opencode 1.18.33
        ("codex", "Name  Url  Status\ndingtalk  http://127.0.0.1:8737/mcp  enabled\n", Listed.LISTED),
        ("codex", "No MCP servers configured yet.\n", Listed.UNKNOWN_SERVER),
        ("gemini", "✓ dingtalk: http://127.0.0.1:8737/mcp (http) - Connected\n", Listed.CONNECTED),
        ("gemini", "✗ dingtalk: http://127.0.0.1:8737/mcp (http) - Disconnected\n", Listed.FAILED),
        ("gemini", "✓ dingtalk-two: http://127.0.0.1:1/mcp (http) - Connected\n", Listed.UNKNOWN_SERVER),
        ("opencode", "●  ✓ dingtalk connected\n│      http://127.0.0.1:8737/mcp\n", Listed.CONNECTED),
        ("opencode", "●  ✗ dingtalk failed\n│      Connection refused\n", Listed.FAILED),
        ("qwen", "", Listed.SILENT),
    ],
)
def test_what_a_client_says_of_our_server_is_understood(name: str, said: str, found: Listed) -> None:
    assert said_of(CLIENTS[name], said)[0] is found
