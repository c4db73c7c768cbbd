"""The owner decides from the tray: real app, real D-Bus desktop, official client, strict robot."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.test_tray_app import desktop, shows
from tests.support.asked import asked
from tests.support.mcp_client import connected
from tests.support.patience import PATIENCE_S
from tests.support.tray_host import TrayHost
from tray_app.adapters.files.endpoint import TokenFile
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language

pytestmark = [pytest.mark.anyio, pytest.mark.needs("dbus")]
SEND = "dingtalk_send_text"
POLICY = """{
  "version": "1",   "description": "kept as it is",
  "default": "deny",
  "tools": {
    "dingtalk_send_text": {"limits": [ {"counter": "COUNTER", "window": "minute", "max": 2} ],
                           "require_approval_if": [{"path": "args.atAll", "op": "eq", "value": true}]},
    "dingtalk_status": {}
  }
}
"""


class Desk:
    """The app, its panel, its robot."""

    def __init__(self, child: Child, host: TrayHost, robot: SandboxRobot) -> None:
        self.child, self.host, self.robot = child, host, robot
        self.source = ""
        self._notes = self._seen = 0

    async def begin(self, counter: str) -> None:
        """Put a policy with a counter of its own in place; what was told and sent before is not looked at."""
        self.source = POLICY.replace("COUNTER", counter)
        # another one between: the menu of the last test's policy may look just like this one's
        self.child.paths.policy.write_text('{"version": "1", "default": "allow"}', "utf-8")
        await shows(self.host, "file ok · 10 allowed")
        self.child.paths.policy.write_text(self.source, "utf-8")
        await shows(self.host, "send_text: allow · 0/2", "● Running")
        self._notes, self._seen = len(self.host.notes), len(self.robot.received)

    async def call(self, content: str, **more: Any) -> dict[str, Any]:
        """Send a text as an agent; the structured answer."""
        async with connected(self.child.endpoint.url, token=self.child.endpoint.token.reveal()) as client:
            answer = await client.call_tool(SEND, {"content": content, **more})
            return dict(answer.structured_content or {})

    async def held(self, content: str) -> "asyncio.Task[dict[str, Any]]":
        """Send one that is asked about; returns when the menu shows it."""
        call = asyncio.create_task(self.call(content, atAll=True))
        await shows(self.host, "Waiting for you (1)", f"send_text · {content}")
        return call

    async def noted(self, words: str) -> list[Any]:
        """Wait for a notification that says this."""
        await self.host.until(lambda: any(words in str(note) for note in self.notes))
        return next(note for note in self.notes if words in str(note))

    def press(self, button: str) -> None:
        """Press a button of the notification that asks."""
        self.host.press(self.question, button)

    @property
    def question(self) -> int:
        """Number of the notification that asks, as the desktop counts. What an earlier test did may be told late."""
        asks = [number for number, note in enumerate(self.notes, self._notes + 1) if "Approve send_text?" in note[3]]
        return asks[0]

    async def icon(self) -> bytes:
        """The largest picture of the icon."""
        return bytes((await self.host.properties())["IconPixmap"][-1][2])

    async def shows_icon(self, picture: bytes) -> None:
        """Wait until the icon is this picture."""

        async def shown() -> bool:
            return await self.icon() == picture

        await self.host.until(shown)

    async def file(self, true: Callable[[str], bool]) -> str:
        """The policy file, once it says this."""
        await self.host.until(lambda: true(self.child.paths.policy.read_text("utf-8")))
        return self.child.paths.policy.read_text("utf-8")

    async def arrived(self, count: int) -> None:
        """Wait until the group has so many."""
        await asyncio.to_thread(self.robot.wait_for, self._seen + count)

    @property
    def notes(self) -> list[list[Any]]:
        return self.host.notes[self._notes :]

    @property
    def texts(self) -> list[str]:
        return [seen.text.splitlines()[0] for seen in self.robot.received[self._seen :]]


def prepare(folder: Path) -> Path:
    """A home with a policy, where a call waits long enough."""
    paths = Paths.under(folder / "home")
    paths.policy.parent.mkdir(parents=True)
    paths.policy.write_text(POLICY, "utf-8")
    paths.settings.write_text("[robots.environment]\nper_minute = 1000\n[desktop]\nafter_s = 0\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    with SandboxRobot(per_minute=1_000) as robot:
        async with desktop(prepare(tmp_path_factory.mktemp("desk")), robot) as (child, host):
            yield Desk(child, host, robot)


@pytest.fixture(scope="module")
async def quiet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """Another one, for the few tests that wait for a notification that asks: six a minute are shown."""
    with SandboxRobot(per_minute=1_000) as robot:
        async with desktop(prepare(tmp_path_factory.mktemp("quiet")), robot) as (child, host):
            yield Desk(child, host, robot)


@pytest.fixture
async def desk(shared: Desk, request: pytest.FixtureRequest) -> Desk:
    await shared.begin(request.node.name[:30])
    return shared


@pytest.fixture
async def asking(quiet: Desk, request: pytest.FixtureRequest) -> Desk:
    await quiet.begin(request.node.name[:30])
    return quiet


async def test_a_click_approves_what_waits_and_the_waiting_call_hears_it(asking: Desk) -> None:
    desk = asking
    calm = await desk.icon()
    call = await desk.held("everybody!")
    await desk.noted("│ everybody!")  # the menu may be first: then nothing is asked any more
    await shows(desk.host, "◆ 1 call waits for your approval", "Quit (1 waiting for you)")
    counted = await desk.icon()
    assert counted != calm
    assert "◆ 1 call waits for your approval" in str((await desk.host.properties())["ToolTip"])
    assert desk.texts == []
    await desk.host.click("Waiting for you", "send_text · everybody!", "Approve once")
    answer = await asyncio.wait_for(call, PATIENCE_S)
    assert (answer["status"], desk.texts) == ("sent", ["everybody!"])
    await desk.noted("Approved: send_text")
    await shows(desk.host, "● Running")
    await desk.shows_icon(calm)  # not at once: it says first that something is being sent
    await desk.host.until(lambda: desk.question in desk.host.closed)


async def ask(desk: Desk, shown: str, command: str = "") -> "asyncio.Task[Any]":
    """Ask as Claude Code's hook does; returns when the menu shows it."""
    file = TokenFile(desk.child.paths.question_token)
    if (token := file.read()) is None:
        file.write(token := Secret("q" * 43))

    async def posted() -> Any:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as http:
            answer = await http.post(
                desk.child.endpoint.url.replace("/mcp", "/question/claude-code"),
                headers={"authorization": f"Bearer {token.reveal()}"},
                json=asked(given={"command": command or shown}),
            )
            return answer.json()["hookSpecificOutput"]["decision"]

    call = asyncio.create_task(posted())
    await shows(desk.host, "Waiting for you (1)", f"shop · {shown}")
    return call


async def test_what_an_agent_asks_in_the_terminal_is_answered_by_menu_and_notification(asking: Desk) -> None:
    desk = asking
    call = await ask(desk, "make one")
    await shows(desk.host, "◆ 1 question waits for your answer", "Quit (1 waiting for you)")
    await desk.host.click("Waiting for you", "shop · make one", "Allow once")
    assert await asyncio.wait_for(call, PATIENCE_S) == {"behavior": "allow"}
    await desk.noted("Answered: shop")
    call = await ask(desk, "set -e ⏎ rm -rf /srv", "set -e\nrm -rf /srv")
    await desk.host.click("Waiting for you", "shop · set -e ⏎ rm -rf /srv", "Deny")
    assert await asyncio.wait_for(call, PATIENCE_S) == {"behavior": "deny"}
    call = await ask(desk, "make two")
    note = await desk.noted("│ make two")
    assert (note[3], note[5]) == (
        "shop: may it use Bash?",
        ["0", "Allow once", "1", "Deny", "2", "Show full text"],
    )
    desk.host.press(desk.host.notes.index(note) + 1, "1")
    assert await asyncio.wait_for(call, PATIENCE_S) == {"behavior": "deny"}
    await desk.noted("Denied: shop")
    await shows(desk.host, "● Running")


async def test_a_button_of_the_notification_denies_it(asking: Desk) -> None:
    desk = asking
    call = await desk.held("first line")
    note = await desk.noted("Approve send_text?")
    assert note[3].startswith("Approve send_text? (")
    assert "│ first line" in note[4]
    assert note[5] == ["0", "Approve once", "1", "Deny", "2", "Show full text"]
    assert note[7] == 0
    desk.press("1")
    answer = await asyncio.wait_for(call, PATIENCE_S)
    assert (answer["status"], answer["reason"], desk.texts) == ("refused", "The owner did not approve it", [])
    await desk.noted("Denied: send_text")


async def test_what_waits_is_asked_once_more_after_a_restart_and_taken_back_when_settled_elsewhere(
    tmp_path: Path,
) -> None:
    with SandboxRobot() as robot:
        async with desktop(prepare(tmp_path), robot) as (child, host):
            call = await Desk(child, host, robot).held("still there")
            call.cancel()  # a client that goes away loses nothing
            await asyncio.gather(call, return_exceptions=True)
            child.process.kill()
            child.process.wait()
        (tmp_path / "bus.sock").unlink(missing_ok=True)
        async with desktop(tmp_path, robot) as (child, host):
            await host.until(lambda: len(host.notes) == 1)
            assert "│ still there" in host.notes[0][4]
            tell = Remote.find(child.paths, Language.EN)
            (waiting,) = (await asyncio.to_thread(tell.get, "approvals"))["approvals"]
            await asyncio.to_thread(tell.post, "approvals/settle", {"id": waiting["id"], "answer": "deny"})
            await host.until(lambda: host.closed == [1])
            host.press(1, "0")  # a click that was under way
            await shows(host, "● Running")
            assert (len(host.notes), robot.received) == (1, ())


async def test_several_that_wait_are_answered_one_by_one_and_shown_in_full(desk: Desk) -> None:
    calls = [asyncio.create_task(desk.call(f"n{number}", atAll=True)) for number in range(2)]
    await shows(desk.host, "Waiting for you (2)")
    await desk.host.click("Waiting for you", "send_text · n0", "Show full text")
    note = await desk.noted("The whole text: dingtalk-tray approvals show ")
    assert "│ n0" in note[4]
    await desk.host.click("Copy diagnostics")
    where = (await desk.noted("were saved as"))[4]
    report = json.loads(Path(where).read_text("utf-8"))
    assert [view["title"] for view in report["state"]["waiting"]] == ["…", "…"]
    assert all(send["title"] == "…" for send in report["state"]["recent"])
    await desk.host.click("Waiting for you", "send_text · n0", "Deny")
    await shows(desk.host, "Waiting for you (1)", "send_text · n1")
    await desk.host.click("Waiting for you", "send_text · n1", "Deny")
    answers = await asyncio.wait_for(asyncio.gather(*calls), PATIENCE_S)
    assert [answer["status"] for answer in answers] == ["refused", "refused"]


async def test_a_radio_denies_a_tool_in_the_file_and_the_next_call_is_refused(desk: Desk) -> None:
    assert (await desk.call("one"))["status"] == "sent"
    await shows(desk.host, "send_text: allow · 1/2", "1/2 this minute", "(o) Allow")
    await desk.host.click("Policy", "send_text", "Deny")
    said = await desk.file(lambda source: '"deny"' in source.replace('"default": "deny"', ""))
    kept = json.loads(said)
    before = json.loads(desk.source)
    before["tools"][SEND]["action"] = "deny"
    assert kept == before
    assert '"version": "1",   "description": "kept as it is"' in said
    await desk.noted("Denied from now on: send_text")
    await shows(desk.host, "send_text: deny", "(o) Deny", "( ) Allow")
    answer = await desk.call("two")
    assert (answer["status"], answer["rule"], desk.texts) == ("refused", f"tools.{SEND}.action", ["one"])


async def test_a_throttled_message_is_let_through_once_from_the_menu(desk: Desk) -> None:
    for content in ("one", "two"):
        assert (await desk.call(content))["status"] == "sent"
    assert (await desk.call("three"))["status"] == "throttled"
    await shows(
        desk.host, "Why was the last call denied? >", f"Rule: tools.{SEND}.limits[0]", "2/2 in test_a_", "Free a"
    )
    await desk.host.click("Policy", "Why was the last call denied?", "Allow once")
    await desk.arrived(3)
    assert desk.texts == ["one", "two", "three"]

    async def gone() -> bool:
        return not any("test_a_throttled" in line for line in await desk.host.lines())

    await desk.host.until(gone)


async def test_everything_is_allowed_for_ten_minutes_by_a_click_and_no_longer_by_another(desk: Desk) -> None:
    await desk.host.click("Policy", "Allow everything for 10 minutes")
    await shows(desk.host, "[x] End: everything is allowed until", "Policy · everything allowed until")
    for content in ("one", "two", "three"):
        assert (await desk.call(content, atAll=True))["status"] == "sent"
    await desk.host.click("Policy", "End: everything is allowed until")
    await desk.noted("The policy holds again")
    await shows(desk.host, "file ok · ", "Allow everything for 10 minutes")
    assert (await desk.call("four"))["status"] == "throttled"
