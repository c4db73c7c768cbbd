"""A token per client, against the real app: added, shown in the list, rotated, revoked, and what is kept on disk."""

import contextlib
import http.client
import json
import os
import sqlite3
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.command import Done, command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.mcp_client import connected
from tests.support.patience import PATIENCE_S
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language

HELLO = {"content": "tests are green"}
LISTED = {"name": "claude-code", "origin": "built_in", "seen_ms": None, "calls": 0}


class App:
    """A home; `started()` runs the app in it."""

    def __init__(self, home: Path, sandbox: SandboxRobot) -> None:
        self.home = home
        self.environ = environment(home, **robot_variables(sandbox), DINGTALK_TRAY_LOG="debug")
        self.tokens: list[str] = []

    def __call__(self, *arguments: str) -> Done:
        return command(*arguments, environ=environment(self.home))

    def started(self) -> contextlib.AbstractContextManager[Child]:
        return running_app(self.home, environ=self.environ)

    def given(self, wish: str, name: str) -> str:
        """Add or rotate a client; its token."""
        done = self("clients", wish, name, "--json")
        assert (done.code, done.err) == (0, "")
        token = str(done.json()["token"])
        self.tokens.append(token)
        return token

    def header(self) -> str:
        """The token that `mcp-headers` prints."""
        token = str(self("mcp-headers").json()["Authorization"]).removeprefix("Bearer ")
        self.tokens.append(token)
        return token

    def listed(self) -> dict[str, dict[str, Any]]:
        return {client["name"]: client for client in self("clients", "list", "--json").json()["clients"]}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with SandboxRobot(per_minute=0) as sandbox:
        yield App(tmp_path, sandbox)


def status(child: Child, token: str, **more: str) -> int:
    """What a bare request with this token gets."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(child.endpoint.url).port or 0, timeout=10)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    headers["Accept"] = "application/json, text/event-stream"
    headers |= more
    params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    connection.request("POST", "/mcp", json.dumps(asked), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


@pytest.mark.anyio
async def test_an_added_client_calls_in_both_eras_is_counted_and_refused_once_it_is_revoked(app: App) -> None:
    with app.started() as child:
        token = app.given("add", "ci")
        before = app.listed()["ci"]
        assert (before["origin"], before["seen_ms"], before["calls"]) == ("added", None, 0)
        for mode in ("auto", "legacy"):
            async with connected(child.endpoint.url, token=token, mode=mode) as client:
                result = await client.call_tool("dingtalk_send_text", HELLO)
            assert not result.is_error
        after = app.listed()["ci"]
        assert after["calls"] == 2
        assert after["seen_ms"] >= after["created_ms"] == before["created_ms"]
        rows = app("history", "--json").json()["deliveries"]
        assert [row["grant"] for row in rows] == ["ci", "ci"]
        assert app("clients", "revoke", "ci", "--json").json() == {"name": "ci", "rotated": False}
        assert status(child, token) == 401
        assert set(app.listed()) == {"claude-code"}
        assert status(child, app.header()) == 200


def test_a_container_may_call_it_by_the_name_that_the_settings_add_as_soon_as_they_are_saved(app: App) -> None:
    with app.started() as child:
        token = app.given("add", "container")
        name = f"host.docker.internal:{urlsplit(child.endpoint.url).port}"
        assert status(child, token, Host=name) == 421
        settings = Paths.under(app.home).settings
        settings.write_text('[endpoint]\nextra_hosts = ["host.docker.internal"]\n', "utf-8")
        deadline = time.monotonic() + PATIENCE_S
        while status(child, token, Host=name) != 200:
            assert time.monotonic() < deadline
        assert status(child, token) == 200


def test_clients_hold_over_a_restart_and_a_kill(app: App) -> None:
    with app.started() as child:
        added, built_in = app.given("add", "ci"), app.header()
        assert (status(child, added), status(child, built_in)) == (200, 200)
        first = app.listed()
        Remote(running=child.endpoint, language=Language.EN).post("quit")  # Windows knows no other clean stop
        child.process.wait(10)
    with app.started() as child:
        assert app.listed() == first
        assert (status(child, added), status(child, built_in), app.header()) == (200, 200, built_in)
        child.process.kill()
        child.process.wait(10)
    with app.started() as child:
        assert (status(child, added), status(child, built_in), app.header()) == (200, 200, built_in)


@pytest.mark.parametrize("wish", ["rotate", "revoke"])
def test_claude_code_gets_another_token_by_its_helper_and_the_old_one_is_refused(app: App, wish: str) -> None:
    with app.started() as child:
        old = app.header()
        done = app("clients", wish, "claude-code")
        assert (done.code, done.err) == (0, "")
        assert "mcp-headers" in done.out
        new = app.header()
        assert new != old
        assert (status(child, old), status(child, new)) == (401, 200)
        assert new not in done.out
        child.process.kill()
        child.process.wait(10)
    with app.started() as child:
        assert app.header() == new
        assert (status(child, old), status(child, new)) == (401, 200)


def test_a_rotated_client_goes_on_with_its_new_token_alone(app: App) -> None:
    with app.started() as child:
        old = app.given("add", "ci")
        new = app.given("rotate", "ci")
        assert (status(child, old), status(child, new)) == (401, 200)
        assert set(app.listed()) == {"claude-code", "ci"}


def test_no_token_is_in_the_database_or_the_log_and_its_file_is_the_owners_alone(app: App) -> None:
    paths = Paths.under(app.home)
    with app.started() as child:
        added = app.given("add", "ci")
        rotated = app.given("rotate", "ci")
        old = app.header()
        app("clients", "rotate", "claude-code")
        new = app.header()
        assert [status(child, token) for token in (added, rotated, old, new)] == [401, 200, 401, 200]
        app("clients", "list")
        if sys.platform != "win32":
            assert stat.S_IMODE(paths.client_token.stat().st_mode) == 0o600
        files = [*paths.data.glob("history*"), *paths.logs.iterdir(), child.printed]
        child.process.terminate()
        child.process.wait(10)
    kept = b"".join(file.read_bytes() for file in files if file.exists())
    assert b"ci" in kept
    assert [token for token in app.tokens if token.encode() in kept] == []
    with contextlib.closing(sqlite3.connect(paths.history)) as connection:
        (fingerprint,) = connection.execute("SELECT fingerprint FROM clients WHERE name = 'ci'").fetchone()
    assert len(fingerprint) == 32
    holders = [path for path in app.home.rglob("*") if path.is_file() and new.encode() in path.read_bytes()]
    assert holders == [paths.client_token]


def test_a_token_file_that_others_could_read_is_not_believed(app: App) -> None:
    with app.started():
        old = app.header()
    file = Paths.under(app.home).client_token
    if sys.platform == "win32":
        file.write_text("not a token")
    else:
        file.chmod(0o644)
    with app.started() as child:
        assert status(child, old) == 401
        assert status(child, app.header()) == 200


def test_a_history_that_is_set_aside_takes_added_clients_with_it_but_not_claude_code(app: App) -> None:
    with app.started():
        added, built_in = app.given("add", "ci"), app.header()
    Paths.under(app.home).history.write_bytes(os.urandom(8_192))
    with app.started() as child:
        assert (status(child, added), status(child, built_in)) == (401, 200)
        assert set(app.listed()) == {"claude-code"}


def test_the_list_reads_well_and_wrong_names_are_said(app: App) -> None:
    with app.started():
        (built_in,) = app("clients", "--json").json()["clients"]
        assert LISTED.items() <= built_in.items()
        token = app("clients", "add", "ci").out.splitlines()[2].strip()
        assert len(token) == 43
        lines = app("clients").out.splitlines()
        assert [line.split()[0] for line in lines] == ["claude-code", "ci"]
        assert "never" in lines[1]
        assert token not in "".join(lines)
        for name in ("A", "-x", "x" * 33, "a b", "", "é"):
            done = app("clients", "add", "--", name)
            assert (done.code, done.out) == (1, "")
            assert "a-z" in done.err
        taken = app("clients", "add", "ci")
        assert (taken.code, taken.out) == (1, "")
        assert "clients rotate ci" in taken.err
        assert app("clients", "add", "claude-code").code == 1
        for wish in ("revoke", "rotate"):
            unknown = app("clients", wish, "nobody", "--json")
            assert unknown.code == 1
            assert unknown.json()["error"]["hint"].endswith("claude-code, ci")


@pytest.mark.parametrize("arguments", [("add",), ("rotate",), ("revoke",), ("list", "ci"), ("drop", "ci")])
def test_a_wish_that_cannot_be_meant_is_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = command("clients", *arguments, environ=environment(tmp_path))
    assert (done.code, done.out) == (2, "")
    assert done.err


@pytest.mark.parametrize("arguments", [("list",), ("add", "ci"), ("rotate", "ci"), ("revoke", "ci")])
def test_without_the_app_nothing_is_changed_and_how_to_start_it_is_said(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = command("clients", *arguments, environ=environment(tmp_path))
    assert (done.code, done.out) == (1, "")
    assert "dingtalk-tray run" in done.err
    assert not Paths.under(tmp_path).history.exists()
