"""The port for a kind of coding agent is true: another kind fills it, and is seen with all it does."""

import asyncio
import io
import os
import re
import time
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.agents.second import client
from tests.app.agents.second.agent import SCRIBE
from tests.app.agents.second.table import WITH_SCRIBE
from tests.support.catalogs import catalogs
from tests.support.command import robot_variables
from tests.support.forms import field
from tests.support.patience import PATIENCE_S
from tests.support.transcripts import Script
from tests.support.words import said
from tray_app.adapters.files.endpoint import EndpointFile
from tray_app.adapters.files.settings import SettingsFile
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.agents import AGENTS
from tray_app.app.agents.agent import Agent
from tray_app.app.engine.context import AppContext
from tray_app.app.engine.engine import Engine
from tray_app.channels import CHANNELS
from tray_app.cli.checks.connection import connections
from tray_app.cli.checks.finding import Level
from tray_app.cli.commands.agents.connect import connect, disconnect
from tray_app.cli.console import Console
from tray_app.core.connect.clients import CLIENTS
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page
from tray_app.core.sessions.live.view import SessionView
from tray_app.core.sessions.session import SessionState

pytestmark = pytest.mark.anyio
_SECONDS = 20
SETTINGS = (
    'message_language = "en"\n[notices.waiting]\ndetails = true\nafter_s = 0\n[robots.environment]\nper_minute = 1000\n'
)


class Abbey:
    """One engine below a folder, with the kinds of agents it is given."""

    def __init__(self, folder: Path, agents: Sequence[Agent], group: SandboxRobot | None) -> None:
        self.scribe, self.claude = folder / "scribe", folder / "claude"
        self.paths = Paths.under(folder / "tray").create()
        self.paths.settings.write_text(SETTINGS, "utf-8")
        robot = {} if group is None else robot_variables(group)
        settings = SettingsFile(self.paths.settings)
        settings.load()
        given = AppContext(
            paths=self.paths,
            channels=CHANNELS,
            environ={"SCRIBE_HOME": str(self.scribe), "CLAUDE_CONFIG_DIR": str(self.claude), **robot},
            settings=settings,
            catalogs=catalogs(),
            language=Language.EN,
            problems={},
            hide=lambda *_: None,
        )
        self.engine = Engine(given, stop_app=lambda: None, agents={one.name: one for one in agents})

    async def hook(self, body: object) -> int:
        """Post what a hook tells, and give the answer's status."""
        endpoint = EndpointFile(self.paths.endpoint).read_live()
        assert endpoint is not None
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http:
            url = endpoint.url.replace("/mcp", "/hook")
            shown = {"authorization": f"Bearer {endpoint.hook_token.reveal()}"}
            return (await http.post(url, headers=shown, json=body)).status_code

    async def call(
        self, tool: str, *, call_id: str, program: str = "scribe/9", token: str = "", **arguments: object
    ) -> dict[str, Any]:
        """Call a tool as Scribe's client does, and give the answer."""
        endpoint = EndpointFile(self.paths.endpoint).read_live()
        assert endpoint is not None
        params = {"name": tool, "arguments": arguments, "_meta": {"scribe/line": call_id}}
        shown = {
            "authorization": f"Bearer {token or endpoint.token.reveal()}",
            "accept": "application/json, text/event-stream",
            "user-agent": program,
        }
        async with httpx.AsyncClient(trust_env=False, timeout=_SECONDS) as http:
            asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
            said = (await http.post(endpoint.url, headers=shown, json=asked)).json()
        found: dict[str, Any] = said["result"]["structuredContent"]
        return found

    async def until(self, seen: Callable[[Mapping[str, SessionView]], bool]) -> Mapping[str, SessionView]:
        """Wait until the snapshot shows it."""
        stirred = asyncio.Event()
        unlisten = self.engine.hub.listen(stirred.set)
        try:
            async with asyncio.timeout(_SECONDS):
                while not seen(views := {view.id: view for view in self.engine.hub.look().sessions}):
                    stirred.clear()
                    await stirred.wait()
        finally:
            unlisten()
        return views


@asynccontextmanager
async def abbey(folder: Path, *agents: Agent, group: SandboxRobot | None = None) -> AsyncIterator[Abbey]:
    place = Abbey(folder, agents, group)
    assert await place.engine.start(port=0)
    try:
        yield place
    finally:
        await place.engine.stop(grace_s=1)


async def test_an_agent_of_another_kind_alone_is_seen_counted_priced_and_connected(tmp_path: Path) -> None:
    async with abbey(tmp_path, SCRIBE) as place:
        now = int(time.time())
        client.run(place.scribe, (os.getpid(), "psalter", "writes", now))
        client.write(
            place.scribe,
            "psalter",
            (now, "asked", "copy the psalm"),
            (now, "wrote", "quill", 100, 20, "I begin."),
            (now, "used", "c1", "ink", "red"),
        )
        assert await place.hook({"agent": "scribe", "event": "hello", "of": "psalter"}) == 204
        views = await place.until(lambda seen: "psalter" in seen and seen["psalter"].tools == 1)
        assert (views["psalter"].project, views["psalter"].tokens) == ("abbey", 120)
        assert views["psalter"].state is SessionState.WORKING
        assert await place.hook({"event": "allow?", "of": "psalter"}) == 204  # the first kind need not be named
        views = await place.until(lambda seen: seen["psalter"].state is SessionState.WAITING)
        assert (views["psalter"].waiting_for, views["psalter"].asks) == ("permission", "ink red")
        [listed] = place.engine.parts.sessions.track.listing(everything=False, limit=10)
        assert (listed["session_id"], listed["prompts"], listed["title"]) == ("psalter", 1, "copy the psalm")
        assert (listed["agent"], views["psalter"].agent) == ("scribe", "scribe")
        assert place.engine.hub.look().today.micros == 360
        assert place.engine.parts.sessions.queries.prices_as_of == "2026-01-02"
        assert await place.hook({"agent": "scribe", "event": "bye", "of": "psalter"}) == 204
        await place.until(lambda seen: not seen)


async def test_both_kinds_work_beside_each_other(tmp_path: Path) -> None:
    script = Script("5c1b", cwd="/code/demo")
    script.prompt("hello")
    script.write(tmp_path / "claude")
    async with abbey(tmp_path, *WITH_SCRIBE.values()) as place:
        assert await place.hook({"agent": "scribe", "event": "hello", "of": "psalter"}) == 204
        started = {"hook": {"hook_event_name": "SessionStart", "session_id": "5c1b"}, "environment": {}}
        assert await place.hook(started) == 204  # as hooks post that were connected before there were kinds
        client.write(place.scribe, "psalter", (int(time.time()), "wrote", "quill", 1, 2, ""))
        views = await place.until(lambda seen: all(seen.get(name) for name in ("5c1b", "psalter")))
        assert {view.project for view in views.values()} <= {"demo", "abbey", ""}
        views = await place.until(lambda seen: {view.project for view in seen.values()} == {"demo", "abbey"})
        assert views["psalter"].tokens == 3
        assert {name: view.agent for name, view in views.items()} == {"5c1b": "claude-code", "psalter": "scribe"}
        assert [(one.name, one.title) for one in place.engine.hub.look().agents] == [
            ("claude-code", "Claude Code"),
            ("scribe", "Scribe"),
        ]


async def test_its_report_and_its_notice_name_it_and_are_kept_as_its_own(tmp_path: Path) -> None:
    with SandboxRobot() as group:
        async with abbey(tmp_path, *WITH_SCRIBE.values(), group=group) as place:
            now = int(time.time())
            client.run(place.scribe, (os.getpid(), "psalter", "writes", now))
            client.write(place.scribe, "psalter", (now, "asked", "copy the psalm"), (now, "used", "c1", "ink", "red"))
            assert await place.hook({"agent": "scribe", "event": "hello", "of": "psalter"}) == 204
            await place.until(lambda seen: "psalter" in seen and seen["psalter"].tools == 1)
            answer = await place.call("dingtalk_notify_session_end", call_id="c1")
            assert answer["status"] == "sent"
            assert await place.hook({"agent": "scribe", "event": "allow?", "of": "psalter"}) == 204
            await asyncio.to_thread(group.wait_for, 2, _SECONDS)
            report, notice = group.received
            assert report.text.startswith("### 📋 abbey, interim report")
            assert "Scribe · " in report.text  # before it the name that git knows, where it knows one
            assert "abbey is waiting for you" in notice.text.splitlines()[0]
            rows = place.engine.parts.sending.store.recent(10)
            assert [(row.origin.session, row.origin.client) for row in rows] == [("psalter", "scribe")] * 2


@pytest.mark.parametrize(
    ("program", "client", "name"),
    [
        *(("scribe/9", "", "Scribe"), ("python/3", "", "Claude Code")),
        *(("python/3", "trae", "trae"), ("python/3", "cursor", "Cursor")),
    ],
)
async def test_where_no_session_is_known_program_or_token_say_whose_report_it_is(
    tmp_path: Path, program: str, client: str, name: str
) -> None:
    with SandboxRobot() as group:
        async with abbey(tmp_path, *WITH_SCRIBE.values(), group=group) as place:
            token = place.engine.parts.clients.add(client).reveal() if client else ""
            answer = await place.call("dingtalk_notify_session_end", call_id="", program=program, token=token)
            assert answer["status"] == "sent"
            assert group.received[0].text.startswith(f"### ✅ {name}: session ended")


async def test_its_connection_is_a_page_beside_claude_codes(tmp_path: Path) -> None:
    async with abbey(tmp_path, *WITH_SCRIBE.values()) as place:
        place.scribe.mkdir()
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S, follow_redirects=True) as browser:
            page = await browser.get(place.engine.faces.pages.link(Page.CONNECT, "scribe"))
            where = str(page.url)
            assert where.endswith("/ui/connect/scribe")
            for wish, state in (("connect", "Connected"), ("disconnect", "Not connected")):
                plan, token = field(page.text, wish, "plan"), field(page.text, wish, "csrf")
                page = await browser.post(where, data={"do": wish, "csrf": token, "plan": plan})
                assert f'id="state">{state}<' in page.text
                assert f"Scribe is {wish}ed" in page.text
            assert (await browser.get(where.replace("scribe", "monk"))).status_code == 404
            first = await browser.get(where.removesuffix("/scribe"))
        for one, title in ((page, "Scribe"), (first, "Claude Code")):
            assert f"<h1>Connect {title}</h1>" in one.text
            assert re.findall(r'href="/ui/connect/([^"]*)"', one.text) == ["claude-code", "scribe", *CLIENTS]


async def test_its_session_has_a_page_that_names_it(tmp_path: Path) -> None:
    async with abbey(tmp_path, *WITH_SCRIBE.values()) as place:
        client.write(place.scribe, "psalter", (int(time.time()), "asked", "copy the psalm"))
        assert await place.hook({"agent": "scribe", "event": "hello", "of": "psalter"}) == 204
        await place.until(lambda seen: "psalter" in seen and seen["psalter"].project == "abbey")
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S, follow_redirects=True) as browser:
            page = await browser.get(place.engine.faces.pages.link(Page.SESSIONS, "psalter"))
            overview = await browser.get(str(page.url).replace("/sessions/psalter", "/overview"))
        assert "<dt>Agent</dt><dd>Scribe 9</dd>" in page.text
        assert '<span class="soft">Scribe</span>' in overview.text


def ask(verb: Callable[..., int], place: Paths, home: Path, **more: object) -> list[str]:
    """Give the lines that `dingtalk-tray connect --agent scribe` or the like prints."""
    asked = {"name": "", "agent": "scribe", "scope": "user", "check": False, "dry_run": False, "yes": True, **more}
    out = io.StringIO()
    console = Console(words=catalogs()[Language.EN], out=out, err=out, given=io.StringIO())
    assert verb(Namespace(**asked), console, place, {"SCRIBE_HOME": str(home)}, agents=WITH_SCRIBE) == 0
    return out.getvalue().splitlines()


def test_it_is_connected_on_the_command_line_too(tmp_path: Path) -> None:
    paths, tools = Paths.under(tmp_path / "tray"), tmp_path / "tools.txt"
    assert ask(connect, paths, tmp_path, dry_run=True) == [str(tools), "  + tools: dingtalk", "Nothing was changed."]
    assert ask(connect, paths, tmp_path)[-1].startswith("Scribe is connected.")
    assert tools.exists()
    assert ask(connect, paths, tmp_path) == ["Scribe is connected already; nothing to change."]
    assert ask(connect, paths, tmp_path, check=True) == ["It is there."]
    assert ask(disconnect, paths, tmp_path)[1] == "  - tools: dingtalk"
    assert not tools.exists()
    with pytest.raises(TrayAppError) as caught:
        ask(connect, paths, tmp_path, agent="monk")
    assert said(caught.value.hint) == "Known are: claude-code, scribe"


def test_doctor_names_what_keeps_its_requests_away(tmp_path: Path) -> None:
    (tmp_path / "closed").touch()
    environ = {"SCRIBE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    found = next(
        one for one in connections(Paths.under(tmp_path / "tray"), environ, WITH_SCRIBE) if one.agent == "Scribe"
    )
    assert (found.agent, found.level, said(found.found)) == ("Scribe", Level.FAULT, "The abbey is closed")


@pytest.mark.parametrize("agent", ["monk", 7, None, ["scribe"]])
async def test_a_hook_of_no_kind_we_know_is_refused(tmp_path: Path, agent: object) -> None:
    async with abbey(tmp_path, SCRIBE) as place:
        assert await place.hook({"agent": agent, "event": "hello", "of": "psalter"}) == 400
        assert place.engine.hub.look().sessions == ()


def test_the_table_names_each_kind_by_its_own_name() -> None:
    assert list(AGENTS) == [agent.name for agent in AGENTS.values()]
