"""The table of other clients: each has its places, its entries, and knows its own again."""

import json

import pytest

from tray_app.core.connect.clients import (
    CLIENTS,
    BridgeEntry,
    ClientKind,
    EndpointEntry,
    command_of,
    is_ours,
    token_of,
    url_of,
)

HTTP = EndpointEntry(url="http://127.0.0.1:8737/mcp", token="t" * 43)
STDIO = BridgeEntry(command="/d/dingtalk-tray-launcher", arguments=("stdio",), token="t" * 43)
WINDOWS = {"APPDATA": "C:\\R", "LOCALAPPDATA": "C:\\L"}


@pytest.mark.parametrize("kind", CLIENTS.values(), ids=CLIENTS.keys())
@pytest.mark.parametrize("begun", [None, ""])
def test_each_entry_is_written_read_again_and_known_as_ours(kind: ClientKind, begun: str | None) -> None:
    entries = [kind.stdio(STDIO), *([] if kind.http is None else [kind.http(HTTP)])]
    for entry in entries:
        read = kind.form.parse(kind.form.put(kind.form.begun(begun), kind.at, entry).text)
        for key in kind.at:
            assert isinstance(read, dict)
            read = read[key]
        assert read == entry
        assert is_ours(read)
        assert token_of(read) == "t" * 43
        assert (url_of(read), command_of(read)) in {("", STDIO.command), (HTTP.url, "")}


@pytest.mark.parametrize(
    "entry",
    [
        *(None, "x", {}, {"url": "http://127.0.0.1:8737/mcp"}, {"command": "dingtalk-tray", "args": ["stdio"]}),
        {"url": "https://example.com/mcp", "headers": {"Authorization": "Bearer x"}},
        {"command": "other", "env": {"A": "b"}},
    ],
)
def test_an_entry_without_a_token_of_its_own_or_for_elsewhere_is_not_ours(entry: object) -> None:
    assert not is_ours(entry)


@pytest.mark.parametrize(
    ("name", "linux", "windows", "mac"),
    [
        ("codex", "/h/.codex/config.toml", "C:\\U/.codex/config.toml", "/h/.codex/config.toml"),
        ("gemini", "/h/.gemini/settings.json", "C:\\U/.gemini/settings.json", "/h/.gemini/settings.json"),
        ("qwen", "/h/.qwen/settings.json", "C:\\U/.qwen/settings.json", "/h/.qwen/settings.json"),
        ("cursor", "/h/.cursor/mcp.json", "C:\\U/.cursor/mcp.json", "/h/.cursor/mcp.json"),
        (
            "vscode",
            "/h/.config/Code/User/mcp.json",
            "C:\\R/Code/User/mcp.json",
            "/h/Library/Application Support/Code/User/mcp.json",
        ),
        (
            "claude-desktop",
            "/h/.config/Claude/claude_desktop_config.json",
            "C:\\R/Claude/claude_desktop_config.json",
            "/h/Library/Application Support/Claude/claude_desktop_config.json",
        ),
    ],
)
def test_the_usual_place_of_its_settings_on_each_system(name: str, linux: str, windows: str, mac: str) -> None:
    kind = CLIENTS[name]
    assert kind.places("linux", {}, "/h")[-1] == linux
    assert kind.places("win32", WINDOWS, "C:\\U")[-1] == windows
    assert kind.places("darwin", {}, "/h")[-1] == mac


@pytest.mark.parametrize(
    ("name", "environ", "place"),
    [
        ("codex", {"CODEX_HOME": "/c"}, "/c/config.toml"),
        ("gemini", {"GEMINI_CLI_HOME": "/g"}, "/g/.gemini/settings.json"),
        ("qwen", {"QWEN_HOME": "/q"}, "/q/settings.json"),
        ("opencode", {"XDG_CONFIG_HOME": "/x"}, "/x/opencode/opencode.json"),
        ("vscode", {"XDG_CONFIG_HOME": "/x"}, "/x/Code/User/mcp.json"),
    ],
)
def test_a_variable_moves_its_settings(name: str, environ: dict[str, str], place: str) -> None:
    assert CLIENTS[name].places("linux", environ, "/h")[-1] == place


def test_a_packaged_desktop_program_on_windows_has_its_settings_elsewhere() -> None:
    first, usual = CLIENTS["claude-desktop"].places("win32", WINDOWS, "C:\\U")
    assert first.startswith("C:\\L/Packages/")
    assert usual == "C:\\R/Claude/claude_desktop_config.json"
    assert CLIENTS["claude-desktop"].places("win32", {}, "C:\\U") == (
        "C:\\U/AppData/Roaming/Claude/claude_desktop_config.json",
    )


def test_no_token_is_shown() -> None:
    from tray_app.core.jsontext.diff import differences

    for kind in CLIENTS.values():
        for entry in (kind.stdio(STDIO), *([] if kind.http is None else [kind.http(HTTP)])):
            assert "t" * 43 not in json.dumps(list(differences({}, {"a": entry})))
            assert "t" * 43 not in json.dumps(list(differences({"a": {**entry, "z": 1}}, {"a": entry})))
            assert "t" * 43 not in json.dumps(list(differences({"a": {}}, {"a": entry})))
