"""The real app with two groups: what a session says reaches the group that its folder's route leads to."""

import html
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.agent_sessions import AgentSession, post_hook
from tests.support.command import command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.keyring import KeyringBus
from tests.support.mcp_client import connected
from tests.support.patience import PATIENCE_S
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.app.client.child import Child

pytestmark = [pytest.mark.anyio, pytest.mark.needs("dbus", "gnome-keyring"), pytest.mark.timeout(180)]
_BOUND_S = 20.0
SEND = "dingtalk_send_text"
ROUTES = """
[[routes]] # the shop's own group
project = "/c/shop"
robot = "shop"
"""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def soon(look: Callable[[], object]) -> None:
    """Wait until it is so, for a bounded time."""
    until = time.monotonic() + _BOUND_S
    while not look():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


@dataclass
class Two:
    """An app with the environment's robot, which is the default one, and a robot of the keyring."""

    home: Path
    child: Child
    team: SandboxRobot
    shop: SandboxRobot
    environ: dict[str, str]

    def agent(self, name: str, cwd: str) -> AgentSession:
        agent = AgentSession(config=self.home / "claude", session_id=name, now=now_ms, cwd=cwd)
        agent.prompt("Do it")
        assert post_hook(self.child.endpoint, agent.hook("SessionStart", source="startup")) == 204
        return agent

    def wait_for(self, session: str) -> None:
        """Until the app knows of it."""
        soon(lambda: session in str(command("sessions", "--json", environ=self.environ).json()))


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    with ExitStack() as stack:
        keyring = KeyringBus(tmp_path)
        stack.callback(keyring.close)
        keyring.start_keyring()
        team, shop = (stack.enter_context(SandboxRobot()) for _ in range(2))
        home = tmp_path / "app"
        environ = environment(home, **keyring.environ, CLAUDE_CONFIG_DIR=str(home / "claude"), **robot_variables(team))
        done = command(
            "setup", "--robot", "shop", "--no-test", environ=environ, given=f"{shop.webhook}\n{shop.secret}\n"
        )
        assert done.code == 0, done.err
        with (home / "config" / "settings.toml").open("a", encoding="utf-8") as file:
            file.write(ROUTES)
        child = stack.enter_context(running_app(home, environ=environ))
        yield Two(home=home, child=child, team=team, shop=shop, environ=environ)


async def test_a_sessions_message_reaches_the_group_of_its_folder_and_others_the_default_one(two: Two) -> None:
    soon(lambda: command("status", "--json", environ=two.environ).json()["robots"][1]["ready"])
    endpoint = two.child.endpoint
    async with connected(endpoint.url, token=endpoint.token.reveal()) as client:
        for name, cwd, robot in (("1111-a", "/c/shop/web", "shop"), ("2222-b", "/c/api", "environment")):
            agent = two.agent(name, cwd)
            two.wait_for(name)
            agent.calls(f"mcp__dingtalk__{SEND}", f"toolu_{name}")
            answer = await client.call_tool(
                SEND,
                {"content": f"hello from {cwd}"},
                meta={"claudecode/toolUseId": f"toolu_{name}"},  # type: ignore[arg-type]  # the SDK knows no foreign keys
            )
            assert (answer.structured_content["status"], answer.structured_content["robot"]) == ("sent", robot)
        answer = await client.call_tool(SEND, {"content": "nobody's", "robot": "shop"})
        assert answer.structured_content["robot"] == "shop"
    assert [seen.text for seen in two.shop.received] == ["hello from /c/shop/web", "nobody's"]
    assert [seen.text for seen in two.team.received] == ["hello from /c/api"]


def test_a_setting_that_is_saved_on_the_page_holds_in_the_running_app(two: Two) -> None:
    link = command("open", "settings", "--json", environ=two.environ).json()["url"]
    with httpx.Client(follow_redirects=True, trust_env=False, timeout=PATIENCE_S) as browser:
        page = browser.get(link)
        assert page.url.path == "/ui/settings"
        form = dict(re.findall(r'<input type="hidden" name="(csrf|version)" value="([^"]+)">', page.text))
        fields = html.unescape(re.search(r'name="shown" value="([^"]+)"', page.text)[1])  # type: ignore[index]
        typed = {key: value for key, value in json.loads(fields).items() if value != "no"}
        saved = browser.post(page.url, data={**form, "do": "save", "shown": fields, **typed, "message_language": "en"})
        assert "Saved" in saved.text
        robots = browser.get(page.url.join("/ui/robots"))
        assert "project /c/shop" in robots.text
    assert 'message_language = "en"' in (two.home / "config" / "settings.toml").read_text("utf-8")
    assert ROUTES in (two.home / "config" / "settings.toml").read_text("utf-8")
    assert command("robots", "--test", "shop", environ=two.environ).code == 0
    assert "Test message" in two.shop.received[0].text + two.shop.received[0].title
