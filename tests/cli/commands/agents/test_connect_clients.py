"""`connect codex` and the like on the command line, with the real app and without the clients' own programs."""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.command import Done, command, environment
from tests.support.forks import running_app
from tests.support.free_port import settle_port
from tests.support.patience import PATIENCE_S
from tests.support.system import slow_on_wine
from tray_app.core.connect.clients import CLIENTS

_VALUE = {name: re.compile(rf'name="{name}" value="([^"]*)"') for name in ("plan", "csrf")}
CODEX = '\ufeff# mine\r\nmodel = "x"\r\n\r\n[mcp_servers.other] # theirs\r\nurl = "y"'
GEMINI = '{\n  // mine\n  "theme": "Dark" /* dark */\n}\n'


class Person:
    """Somebody with other agents than Claude Code, and none of their programs on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "tray"
        self.url = f"http://127.0.0.1:{settle_port(self.home)}/mcp"
        systems = {"XDG_CONFIG_HOME": str(folder / "xdg"), "APPDATA": str(folder / "xdg"), "LOCALAPPDATA": str(folder)}
        self.environ = environment(self.home, HOME=str(folder), PATH=str(folder / "nothing"), **systems)
        self.codex, self.gemini = folder / ".codex" / "config.toml", folder / ".gemini" / "settings.json"

    def __call__(self, *arguments: str) -> Done:
        return command(*arguments, environ=self.environ)

    def write(self) -> None:
        for path, content in ((self.codex, CODEX), (self.gemini, GEMINI)):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.encode())

    def clients(self) -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in self("clients", "--json").json()["clients"]}

    def token(self) -> str:
        """Codex's."""
        read = tomllib.loads(self.codex.read_text("utf-8").removeprefix("\ufeff"))
        return str(read["mcp_servers"]["dingtalk"]["http_headers"]["Authorization"]).removeprefix("Bearer ")


@pytest.fixture
def person(tmp_path: Path) -> Person:
    made = Person(tmp_path)
    made.write()
    return made


@pytest.fixture
def beside_the_app(person: Person) -> Iterator[Person]:
    with running_app(person.home, environ=person.environ) as child:
        person.url = child.endpoint.url
        yield person


def test_it_is_shown_connected_checked_named_and_given_back(beside_the_app: Person) -> None:
    person = beside_the_app
    dry = person("connect", "codex", "--dry-run")
    assert f'  + mcp_servers.dingtalk: {{"url": "{person.url}", "http_headers": "…"}}' in dry.out
    assert person.codex.read_bytes() == CODEX.encode()
    assert set(person.clients()) == {"claude-code"}
    for name in ("codex", "gemini"):
        assert person("connect", name, "--yes").code == 0
        checked = person("connect", name, "--check", "--json")
        assert (checked.code, checked.json()["ok"], checked.json()["client"]) == (0, True, None)
        assert "dingtalk_send_text" in checked.json()["tools"]
        assert person("connect", name, "--yes", "--json").json() == {"changed": False, "files": [], "backups": []}
    assert set(person.clients()) == {"claude-code", "codex", "gemini"}
    assert {"✓ Codex: connected", "✓ Gemini CLI: connected"} <= set(person("doctor").out.splitlines())
    assert "Cursor" not in person("doctor").out
    for name in ("codex", "gemini"):
        assert person("disconnect", name, "--yes").code == 0
    assert (person.codex.read_bytes(), person.gemini.read_bytes()) == (CODEX.encode(), GEMINI.encode())
    assert set(person.clients()) == {"claude-code"}


@slow_on_wine
def test_a_token_that_was_revoked_is_drawn_anew_and_a_name_that_is_taken_left_alone(beside_the_app: Person) -> None:
    person = beside_the_app
    taken = person("clients", "add", "codex", "--json").json()["token"]
    person("connect", "codex", "--yes")
    assert set(person.clients()) == {"claude-code", "codex", "codex-2"}
    first = person.token()
    assert taken != first
    person("clients", "revoke", "codex-2")
    assert person("connect", "codex", "--check").code == 1
    assert "✖ Codex: The app does not know the token in Codex's settings any more." in person("doctor").out.splitlines()
    assert person("connect", "codex", "--dry-run", "--json").json()["files"] != []
    assert person("connect", "codex", "--yes").code == 0
    assert person.token() != first
    assert person("connect", "codex", "--check").code == 0
    assert person("disconnect", "codex", "--yes").code == 0
    assert person.codex.read_bytes() == CODEX.encode()
    assert set(person.clients()) == {"claude-code", "codex"}


@pytest.mark.slow
@slow_on_wine
def test_the_bridge_in_a_clients_settings_calls_with_its_own_token(person: Person) -> None:
    try:  # nothing runs: the app is started to draw the token
        assert person("connect", "gemini", "--stdio", "--yes").code == 0
        entry = json.loads(person.gemini.read_text("utf-8").replace("// mine", "").replace("/* dark */", ""))
        [server] = entry["mcpServers"].values()
        hello = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        words = server["args"][server["args"].index("stdio") :]
        said = command(*words, environ={**person.environ, **server["env"]}, given=json.dumps(hello) + "\n")
        assert "dingtalk_send_text" in said.out
        assert person.clients()["gemini"]["seen_ms"] is not None
        assert person.clients()["claude-code"]["seen_ms"] is None
        assert person("quit").code == 0
        if sys.platform != "win32":  # there is no launcher there
            launcher = Path(server["command"])
            launcher.unlink()
            told = f"Gemini CLI's settings start a program that is not there, or leads elsewhere: {launcher}."
            assert f"✖ Gemini CLI: {told}" in person("doctor").out.splitlines()
        assert "dingtalk_send_text" in person("connect", "gemini", "--check").out  # starts the app, which mends it
    finally:
        person("quit")
    assert person("disconnect", "gemini", "--yes").code == 0
    assert person.gemini.read_bytes() == GEMINI.encode()


@slow_on_wine
def test_who_was_disconnected_while_no_app_ran_is_let_in_no_more_by_the_next_one(person: Person) -> None:
    with running_app(person.home, environ=person.environ):
        assert person("connect", "codex", "--yes").code == 0
        assert person("connect", "gemini", "--yes").code == 0
        token = person.token()
    for name in ("codex", "gemini"):
        assert person("disconnect", name, "--yes").code == 0
    with running_app(person.home, environ=person.environ) as child:
        assert set(person.clients()) == {"claude-code"}
        asked = httpx.post(
            child.endpoint.url, headers={"Authorization": f"Bearer {token}"}, json={}, timeout=PATIENCE_S
        )
        assert asked.status_code == httpx.codes.UNAUTHORIZED
        assert person("connect", "codex", "--yes").code == 0
        assert set(person.clients()) == {"claude-code", "codex"}
        assert person("connect", "codex", "--check").code == 0
        fresh = person.token()
    assert person("disconnect", "codex", "--yes").code == 0
    with running_app(person.home, environ=person.environ):  # connected again at once: the new token holds
        assert person("connect", "codex", "--yes").code == 0
        assert person("connect", "codex", "--check").code == 0
        assert set(person.clients()) == {"claude-code", "codex"}
        assert person.token() != fresh


@pytest.mark.slow
@slow_on_wine
def test_uninstall_names_and_takes_back_each_of_them(person: Person) -> None:
    for name in CLIENTS:
        assert person("connect", name, "--yes").code == 0, name
    shown = person("uninstall", "--dry-run").out
    assert [kind.title for kind in CLIENTS.values() if kind.title not in shown] == []
    assert str(person.codex) in shown
    done = person("uninstall", "--yes", "--json")
    assert (done.code, done.json()["failed"]) == (0, [])
    assert (person.codex.read_bytes(), person.gemini.read_bytes()) == (CODEX.encode(), GEMINI.encode())
    assert not (person.folder / ".cursor" / "mcp.json").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("connect", "nobody"), "codex, gemini"),
        (("connect", "codex", "--scope", "project"), "--scope"),
        (("connect", "--stdio"), "Claude Code"),
    ],
)
def test_what_cannot_be_is_told(person: Person, words: tuple[str, ...], said: str) -> None:
    done = person(*words, "--yes")
    assert done.code == 1
    assert said in done.err
    assert person.codex.read_bytes() == CODEX.encode()


def test_settings_that_are_broken_are_named_with_their_line_and_left_alone(person: Person) -> None:
    person.codex.write_text("a = 1\nb = \n")
    done = person("connect", "codex", "--yes")
    assert done.code == 1
    assert "is not valid TOML: line 2" in done.err
    assert person.codex.read_text() == "a = 1\nb = \n"


def test_a_proxy_that_would_see_its_token_is_told_before_and_after(beside_the_app: Person) -> None:
    led = {**beside_the_app.environ, "HTTP_PROXY": "http://127.0.0.1:9"}
    before = command("connect", "codex", "--yes", environ=led)
    assert before.code == 0
    assert "http_proxy sends codex's requests" in before.err.lower()  # Windows has one name for both spellings
    assert "connect codex --stdio" in before.err
    assert "http_proxy sends codex's requests" in command("doctor", environ=led).out.lower()
    checked = command("connect", "codex", "--check", environ=led)
    assert (checked.code, "http_proxy sends" in checked.out.lower()) == (1, True)
    assert command("connect", "codex", "--stdio", "--yes", environ=led).err == ""
    assert command("connect", "codex", "--check", environ=led).code == 0
    assert command("connect", "cursor", "--yes", environ=led).err == ""  # what it does with proxies is not known


def test_a_page_of_its_own_connects_it_as_shown_and_takes_it_back(beside_the_app: Person) -> None:
    person = beside_the_app
    with httpx.Client(trust_env=False, timeout=PATIENCE_S, follow_redirects=True) as browser:
        first = browser.get(person("open", "connect", "--print").out.strip())
        assert re.findall(r'href="/ui/connect/([^"]*)"', first.text) == ["claude-code", *CLIENTS]
        where = str(first.url).replace("/ui/connect", "/ui/connect/codex")
        page = browser.get(where)
        assert "Nothing here reads Codex&#39;s own records" in page.text
        assert 'id="needs-app"' in page.text
        for wish, state in (("connect", "Connected"), ("disconnect", "Not connected")):
            form = next(part for part in page.text.split("<form")[1:] if f'name="do" value="{wish}"' in part)
            given = {name: str(_VALUE[name].findall(form)[0]) for name in ("plan", "csrf")}
            page = browser.post(where, data={"do": wish, **given})
            assert f'id="state">{state}<' in page.text
            assert f"Codex is {wish}ed" in page.text
            assert "Bearer" not in page.text
        desktop = browser.get(where.replace("codex", "claude-desktop")).text
    assert "was not found on this computer" in page.text
    assert "was not found on this computer" not in desktop  # it has no command that could be looked for
    assert 'id="needs-app"' not in desktop
    assert person.codex.read_bytes() == CODEX.encode()
