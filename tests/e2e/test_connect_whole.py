"""`connect` does all or nothing, and where it has led Claude Code, the app serves, whoever starts it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Done, command, environment
from tests.support.forks import running_app
from tests.support.free_port import free_port, settle_port
from tests.support.old_databases import read_only_disk, small_disk
from tests.support.system import slow_on_wine
from tray_app.adapters.files.endpoint import EndpointFile
from tray_app.adapters.system.paths import Paths


class Person:
    """Somebody with Claude Code's files in their home, and no `claude` on the path."""

    def __init__(self, folder: Path) -> None:
        self.servers, self.settings = folder / ".claude.json", folder / ".claude" / "settings.json"
        self.settings.parent.mkdir()
        self.tray = folder / "tray"
        self.port = settle_port(self.tray)
        kept = environment(self.tray, HOME=str(folder), PATH=str(folder / "nothing"))
        self.environ = {name: value for name, value in kept.items() if name != "CLAUDE_CONFIG_DIR"}

    def __call__(self, *arguments: str, **more: str) -> Done:
        return command(*arguments, environ={**self.environ, **more})

    def files(self) -> list[bytes | None]:
        ours = Paths.under(self.tray).settings
        return [path.read_bytes() if path.exists() else None for path in (self.servers, self.settings, ours)]

    def url(self) -> str:
        found: str = json.loads(self.servers.read_bytes())["mcpServers"]["dingtalk"]["url"]
        return found


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path)


def at_another_port(person: Person) -> Any:
    port = free_port()
    return running_app(person.tray, environ=person.environ, arguments=("--headless", "--port", str(port)))


def test_with_a_settings_folder_that_cannot_be_written_nothing_is_changed(person: Person) -> None:
    person.servers.write_text('{"numStartups": 1}')
    with at_another_port(person):  # so that our own settings would change too
        before = person.files()
        with read_only_disk(person.settings.parent):
            done = person("connect", "--yes")
        assert (done.code, person.files()) == (1, before)
        assert str(person.settings) in done.err
        assert "It is as it was" in done.err
        assert person("connect", "--yes").code == 0


def test_with_a_full_disk_nothing_is_changed(person: Person) -> None:
    with small_disk(person.settings.parent, size="64k") as disk:
        person.settings.write_text("{}")
        (disk / "ballast").write_bytes(b"x" * (60 << 10))
        before = person.files()
        done = person("connect", "--yes")
        assert (done.code, person.files()) == (1, before)


@slow_on_wine
def test_what_was_connected_to_serves_again_after_a_quit(person: Person) -> None:
    with at_another_port(person) as app:
        dry = person("connect", "--dry-run")
        assert f"- endpoint.port: {person.port}" in dry.out
        assert person("connect", "--yes").code == 0
        assert (person.url(), person("connect", "--yes", "--json").json()["changed"]) == (app.endpoint.url, False)
        assert person("quit").code == 0
    try:
        done = person("mcp-headers", CLAUDE_CODE_MCP_SERVER_URL=person.url())
        assert done.code == 0, done.err
        running = EndpointFile(Paths.under(person.tray).endpoint).read_live()
        assert running is not None
        assert running.url == person.url()
    finally:
        person("quit")
    with running_app(person.tray, environ=person.environ, arguments=("--headless",)) as app:  # by hand, or at login
        assert app.endpoint.url == person.url()


@slow_on_wine
def test_a_helper_starts_the_app_where_its_client_looks_for_it(person: Person) -> None:
    url = f"http://127.0.0.1:{free_port()}/mcp"
    try:
        done = person("mcp-headers", CLAUDE_CODE_MCP_SERVER_URL=url)
        assert (done.code, list(done.json())) == (0, ["Authorization"])
    finally:
        person("quit")
