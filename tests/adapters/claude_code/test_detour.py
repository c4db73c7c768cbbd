"""Requests of Claude Code to this computer that would go through a proxy, with our token."""

import json
from pathlib import Path

import pytest

from tray_app.adapters.claude_code.connect.detour import Detour, detour, managed_settings


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("no_proxy", ["", "localhost", "localhost,[::1],127.0.0.0/8", "127.0.0.1:9", "10.127.0.0.1"])
def test_a_proxy_without_an_exception_for_this_computer_is_a_detour(name: str, no_proxy: str) -> None:
    found = detour({name: "http://proxy:1", "NO_PROXY": no_proxy}, [], port=8737)

    assert found is not None
    assert (found.variable, found.file) == (name, None)
    assert found.mended.endswith("127.0.0.1,localhost")
    assert detour({name: "http://proxy:1", "NO_PROXY": found.mended}, [], port=8737) is None


@pytest.mark.parametrize("no_proxy", ["*", "127.0.0.1", "a.b, 127.0.0.1:8737", "localhost 127.0.0.1", ".0.0.1"])
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_with_an_exception_requests_come_straight(name: str, no_proxy: str) -> None:
    assert detour({"HTTP_PROXY": "p:1", name: no_proxy}, [], port=8737) is None
    assert detour({"ALL_PROXY": "http://p:1", name: no_proxy}, [], port=8737) is None
    assert detour({"ALL_PROXY": "socks://p:1"}, [], port=8737) is None


def test_the_exception_in_small_letters_holds_where_both_are_set() -> None:
    proxy = {"HTTPS_PROXY": "http://p:1"}
    assert detour({**proxy, "no_proxy": "127.0.0.1", "NO_PROXY": "a.b"}, [], port=8737) is None
    found = detour({**proxy, "no_proxy": "a.b", "NO_PROXY": "127.0.0.1"}, [], port=8737)
    assert found is not None
    assert (found.exception, found.mended) == ("no_proxy", "a.b,127.0.0.1,localhost")


def test_the_settings_files_stand_over_the_environment(tmp_path: Path) -> None:
    user, project = tmp_path / "settings.json", tmp_path / "settings.local.json"
    user.write_text(json.dumps({"env": {"HTTP_PROXY": "http://p:1", "NO_PROXY": "corp", "X": None, "Y": [1]}}))

    found = detour({"NO_PROXY": "127.0.0.1"}, [user, project], port=8737)
    assert found == Detour(variable="HTTP_PROXY", file=user, exception="NO_PROXY", mended="corp,127.0.0.1,localhost")

    project.write_text(json.dumps({"env": {"NO_PROXY": "127.0.0.1"}}))
    assert detour({}, [user, project], port=8737) is None


def test_what_administrators_set_stands_over_the_owners_files(tmp_path: Path) -> None:
    (tmp_path / "managed-settings.d").mkdir()
    managed, part = tmp_path / "managed-settings.json", tmp_path / "managed-settings.d" / "10-net.json"
    managed.write_text(json.dumps({"env": {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}}))
    user = tmp_path / "settings.json"
    user.write_text(json.dumps({"env": {"NO_PROXY": "127.0.0.1"}}))

    assert detour({}, [user, *managed_settings(tmp_path)], port=8737) is None
    part.write_text(json.dumps({"env": {"NO_PROXY": "corp"}}))
    found = detour({}, [user, *managed_settings(tmp_path)], port=8737)
    assert found == Detour(
        variable="HTTPS_PROXY", file=managed, exception="NO_PROXY", mended="corp,127.0.0.1,localhost"
    )


@pytest.mark.parametrize("written", ["", "[]", "{", '{"env": 1}', '{"env": {"HTTP_PROXY": {}}}', "[" * 100_000])
def test_settings_that_cannot_be_read_say_nothing(tmp_path: Path, written: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(written)

    assert detour({}, [file, tmp_path], port=8737) is None
