"""The real app beside an agent's own files: its pages show each line at once, and say what the records say."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.support.agent_sessions import AgentSession, post_hook
from tests.support.chromium import Window, window
from tests.support.command import environment
from tests.support.forks import running_app
from tests.support.live_part import SOON_MS, seen_ms, watch
from tray_app.app.client.child import Child
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language
from tray_app.core.sessions.figures import short

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Computer:
    """The app, and what Claude Code writes beside it."""

    home: Path
    child: Child

    @property
    def remote(self) -> Remote:
        return Remote(running=self.child.endpoint, language=Language.EN)

    def agent(self, name: str, **facts: Any) -> AgentSession:
        return AgentSession(config=self.home / "claude", session_id=name, now=now_ms, **facts)

    def hook(self, session: AgentSession, event: str, **fields: Any) -> None:
        assert post_hook(self.child.endpoint, session.hook(event, **fields)) == 204

    def told(self, agent: AgentSession) -> dict[str, Any]:
        """What `sessions --json` says of it."""
        listed: list[dict[str, Any]] = self.remote.get("sessions", all="1")["sessions"]
        return next(one for one in listed if one["session_id"] == agent.session_id)


@pytest.fixture(scope="module")
def computer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Computer]:
    tmp_path = tmp_path_factory.mktemp("home")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text('language = "en"\n[notices.waiting]\nenabled = false\n', "utf-8")
    environ = environment(tmp_path, CLAUDE_CONFIG_DIR=str(tmp_path / "claude"))
    with running_app(tmp_path, environ=environ) as child:
        yield Computer(home=tmp_path, child=child)


@pytest.fixture
def view(chromium: Browser, computer: Computer) -> Iterator[Window]:
    with window(chromium) as opened:
        opened.page.goto(computer.remote.post("link", {"page": "sessions"})["url"])
        yield opened
        assert opened.complaints == []


def test_a_session_is_followed_from_its_first_line_to_its_end(view: Window, computer: Computer) -> None:
    page, agent = view.page, computer.agent("11111111-aaaa")
    live, past = page.locator("[data-live=live]"), page.locator("[data-live=past]")
    expect(live).to_contain_text("No session is running")
    agent.prompt("Fix the export", ago_ms=12 * 60_000)
    computer.hook(agent, "SessionStart", source="startup")
    expect(live.locator("h3")).to_have_text("api")
    page.get_by_label("Project", exact=True).focus()  # somebody is about to choose: what is live goes on beside it
    late: list[float] = []
    for number in range(1, 6):
        watch(page, "live", short(1_010 * number))
        began = now_ms()
        agent.says("Yes.", tokens=(1_000, 10))
        late.append(seen_ms(page) - began)
    assert statistics.median(late) < SOON_MS, late
    expect(page.get_by_label("Project", exact=True)).to_be_focused()
    agent.calls("Bash", "toolu_1", command="npm test")
    computer.hook(agent, "Notification", notification_type="permission_prompt", message="Claude needs your permission")
    expect(live.locator(".state")).to_have_text("waiting for permission")
    expect(live.locator(".asks")).to_have_text("Bash npm test")
    agent.result("toolu_1")
    agent.says("All tests pass now.")
    computer.hook(agent, "SessionEnd", reason="prompt_input_exit")
    expect(live).to_contain_text("No session is running")
    expect(past.locator("li[data-key='11111111-aaaa']")).to_be_visible()


def test_the_page_of_a_session_says_what_its_records_say(view: Window, computer: Computer) -> None:
    page, agent = view.page, computer.agent("22222222-bbbb", branch="feature/x")
    agent.prompt("Build it", ago_ms=30 * 60_000)
    agent.calls("Bash", "t1", ago_ms=29 * 60_000, command="false")
    agent.result("t1", ago_ms=28 * 60_000)
    path = "/home/someone/code/api/new.py"
    agent.calls("Write", "t2", ago_ms=27 * 60_000, file_path=path)
    patch = {"type": "create", "filePath": path, "content": "1\n2\n3\n", "structuredPatch": []}
    agent.result("t2", ago_ms=26 * 60_000, toolUseResult=patch)
    agent.says("Done.", ago_ms=25 * 60_000)
    computer.hook(agent, "SessionStart", source="startup")
    expect(page.locator(".agent")).to_have_count(1)
    page.locator(".agent a").click()
    facts = computer.told(agent)
    expect(page.get_by_role("heading", level=1)).to_have_text("api feature/x")
    names, values = page.locator(".tiles dt").all_inner_texts(), page.locator(".tiles dd").all_inner_texts()
    tiles = dict(zip(names, values, strict=True))
    assert tiles["Tools"] == short(facts["tool_calls"]) == "2"
    assert tiles["Tokens"] == short(facts["tokens"]["total"]) == "54"
    assert tiles["Files changed"] == str(facts["files"]) == "1"
    assert tiles["Lines"] == f"+{facts['lines_added']} −{facts['lines_removed']}" == "+3 −0"
    assert tiles["Cost (estimate, list price)"] == "<$0.01"
    expect(page.locator("section[aria-labelledby=files-head] li")).to_have_text([path])
    rows = page.locator("section[aria-labelledby=tokens-head] tbody tr").all_inner_texts()
    assert [row.split() for row in rows] == [["claude-sonnet-4-5-20250929", "20", "34", "0", "0", "54"]]
    kinds = page.locator(".happened").evaluate_all("all => all.map((one) => one.className)")
    assert kinds == ["happened done", "happened tools", "happened prompt", "happened started"]
    expect(page.locator(".happened.tools")).to_contain_text("Tool calls: 2")
    agent.calls("Grep", "t3", pattern="x")
    expect(page.locator("[data-live=session]")).to_contain_text("Grep 1")
    expect(page.locator(".tiles dd").nth(1)).to_have_text("3")
    computer.hook(agent, "SessionEnd", reason="other")
    expect(page.locator(".agent-state .state")).to_have_text("ended")
    expect(page.locator(".happened").first).to_contain_text("Session ended")
