"""The real Codex, Gemini CLI, Qwen Code and OpenCode: connected, asked themselves, led away by a proxy, given back."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_claude_proxy import Proxy, proxy
from tests.support.command import Done, command, environment
from tests.support.forks import running_app
from tests.support.other_clients import VERSIONS, install, tools_that_codex_sees
from tray_app.adapters.agent_clients.program import Listed, find_program
from tray_app.core.connect.clients import CLIENTS
from tray_app.core.connect.proxies import led_away

__all__ = ["proxy"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # the first test of each may have to install it

SETTINGS = {
    "codex": (
        ".codex/config.toml",
        '\ufeff# mine\r\nmodel = "x"\r\n\r\n[mcp_servers.other]\r\ncommand = "no-such-program"\r\n',
    ),
    "gemini": (".gemini/settings.json", '{\n  // mine\n  "ui": { "theme": "Default" } /* light */\n}\n'),
    "qwen": (".qwen/settings.json", '{\n  // mine\n  "ui": { "theme": "Default" } /* light */,\n  "$version": 3\n}\n'),
    "opencode": (  # without $schema it writes one at its start
        ".config/opencode/opencode.jsonc",
        '{\r\n  // mine\r\n  "$schema": "https://opencode.ai/config.json",\r\n  "share": "disabled", // never\r\n}\r\n',
    ),
}
PROXIES: dict[str, tuple[dict[str, str], ...]] = {  # each costs a start of the client; all were tried once
    "codex": (
        {"ALL_PROXY": "{}"},
        {"HTTP_PROXY": "{}", "NO_PROXY": "*"},
        {"HTTP_PROXY": "{}", "NO_PROXY": "127.0.0.1"},
    ),
    "gemini": ({"HTTPS_PROXY": "{}"}, {"HTTP_PROXY": "{}", "NO_PROXY": "127.0.0.1"}),
    "qwen": ({"HTTPS_PROXY": "{}"},),
    "opencode": ({"HTTP_PROXY": "{}"}, {"HTTP_PROXY": "{}", "NO_PROXY": "127.0.0.1"}),
}


class Person:
    """Somebody with one of them, and the app."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.folder = name, folder
        self.programs = install(name)
        path = os.pathsep.join([str(self.programs), os.environ.get("PATH", os.defpath)])
        nothing = {"XDG_CONFIG_HOME": str(folder / ".config"), "OPENCODE_DISABLE_AUTOUPDATE": "1", "CI": "1"}
        self.environ = environment(folder / "tray", HOME=str(folder), PATH=path, **nothing)
        place, self.before = SETTINGS[name]
        self.settings = folder / place
        self.settings.parent.mkdir(parents=True)
        self.settings.write_bytes(self.before.encode())

    def __call__(self, *arguments: str) -> Done:
        return command(*arguments, environ=self.environ)

    def asked(self, **more: str) -> tuple[Listed, str]:
        """What its own command says of our server."""
        program = find_program(CLIENTS[self.name], {**self.environ, **more})
        assert program is not None
        return program.ask(timeout_s=60)

    def seen(self) -> set[str]:
        """The clients that have called."""
        return {one["name"] for one in self("clients", "--json").json()["clients"] if one["seen_ms"] is not None}

    def led_away(self, proxy: Proxy, **variables: str) -> bool:
        """Whether its requests to our server go through the proxy."""
        if self.name != "codex":
            return self.asked(**variables)[0] is Listed.FAILED
        proxy.asked.clear()
        tools_that_codex_sees(self.programs / "codex", {**self.environ, **variables})
        return any("127.0.0.1" in each for each in proxy.asked)


@pytest.fixture(scope="module", params=VERSIONS)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    made = Person(tmp_path_factory.mktemp("person"), request.param)
    with running_app(made.folder / "tray", environ=made.environ):
        yield made


@pytest.fixture
def person(running: Person) -> Person:
    """Not connected."""
    running("disconnect", running.name, "--yes")
    running.settings.write_bytes(running.before.encode())
    return running


def test_it_reaches_the_tools_with_its_own_token_and_is_given_back_byte_for_byte(person: Person) -> None:
    assert person("connect", person.name, "--yes").code == 0
    checked = person("connect", person.name, "--check", "--json")
    assert checked.code == 0, checked.out
    found = checked.json()
    assert Path(found["client"]).parent == person.programs
    assert found["status"] == (Listed.LISTED if person.name == "codex" else Listed.CONNECTED)
    if person.name == "codex":
        assert "dingtalk_send_text" in tools_that_codex_sees(person.programs / "codex", person.environ)
    assert person.seen() == {person.name}
    assert person("disconnect", person.name, "--yes").code == 0
    assert person.settings.read_bytes() == person.before.encode()


def test_a_token_that_was_revoked_is_told_by_the_check(person: Person) -> None:
    person("connect", person.name, "--yes")
    person("clients", "revoke", person.name)
    checked = person("connect", person.name, "--check", "--json")
    assert (checked.code, checked.json()["tools"]) == (1, [])
    assert checked.json()["status"] == (Listed.LISTED if person.name == "codex" else Listed.FAILED)


def test_it_reaches_the_tools_over_the_bridge(person: Person) -> None:
    assert person("connect", person.name, "--stdio", "--yes").code == 0
    assert person("connect", person.name, "--check").code == 0
    if person.name == "codex":
        assert "dingtalk_send_text" in tools_that_codex_sees(person.programs / "codex", person.environ)
    assert person.seen() == {person.name}


def test_what_is_told_of_proxies_is_what_it_does(person: Person, proxy: Proxy) -> None:
    person("connect", person.name, "--yes")
    where = f"http://127.0.0.1:{proxy.server_address[1]}"
    for variables in PROXIES[person.name]:
        given = {name: value.format(where) for name, value in variables.items()}
        told = led_away(given, CLIENTS[person.name].proxies, port=1) is not None
        assert person.led_away(proxy, **given) is told, given
    said = command("doctor", environ={**person.environ, "HTTP_PROXY": where}).out
    assert f"connect {person.name} --stdio" in said
