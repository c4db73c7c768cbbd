"""The real app beside an agent's sessions: its records on disk, its hooks over HTTP, its calls over MCP."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.support.agent_sessions import AgentSession, post_hook
from tests.support.command import command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.mcp_client import connected
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.store.store import SqliteStore
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child
from tray_app.core.notices.summary_times import SummaryState, to_data

T = TypeVar("T")
_BOUND_S = 20.0
_MINUTE_MS = 60_000
SETTINGS = """
language = "en"
message_language = "en"
[notices]
session_end = true
[notices.waiting]
details = true
after_s = 1
"""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def soon(look: Callable[[], T]) -> T:
    """Wait until `look` gives something, for a bounded time."""
    until = time.monotonic() + _BOUND_S
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


@dataclass
class Computer:
    """A person's computer with the app running on it."""

    home: Path
    robot: SandboxRobot
    child: Child
    environ: dict[str, str]

    def agent(self, name: str, **facts: Any) -> AgentSession:
        return AgentSession(config=self.home / "claude", session_id=name, now=now_ms, **facts)

    def hook(self, session: AgentSession, event: str, **fields: Any) -> None:
        assert post_hook(self.child.endpoint, session.hook(event, **fields)) == 204

    def ask(self, *arguments: str) -> Any:
        done = command(*arguments, "--json", environ=self.environ)
        assert done.code == 0, done.err
        return json.loads(done.out)

    def titles(self) -> list[str]:
        return [seen.title for seen in self.robot.received]


@pytest.fixture
def computer(tmp_path: Path) -> Iterator[Computer]:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text(SETTINGS, "utf-8")
    with ExitStack() as stack:
        robot = stack.enter_context(SandboxRobot())
        environ = environment(tmp_path, CLAUDE_CONFIG_DIR=str(tmp_path / "claude"), **robot_variables(robot))
        child = stack.enter_context(running_app(tmp_path, environ=environ))
        yield Computer(home=tmp_path, robot=robot, child=child, environ=environ)


@pytest.mark.slow
def test_a_whole_session_is_told_from_its_wait_to_its_end(computer: Computer) -> None:
    agent = computer.agent("11111111-aaaa")
    agent.prompt("Fix the tests", ago_ms=12 * _MINUTE_MS)
    agent.calls("Bash", "toolu_1", command="npm test")
    computer.hook(agent, "SessionStart", source="startup")
    computer.hook(agent, "Notification", notification_type="permission_prompt", message="Claude needs your permission")
    (waiting,) = soon(lambda: [one for one in computer.ask("sessions")["sessions"] if one["state"] == "waiting"])
    assert (waiting["project"], waiting["branch"], waiting["waiting_for"]) == ("api", "main", "permission")
    assert soon(computer.titles) == ["⏳ api is waiting for you: allow it to run npm test?"]
    agent.result("toolu_1")
    agent.says("All tests pass now.")
    computer.hook(agent, "Stop", last_assistant_message="All tests pass now.", background_tasks=0)
    computer.hook(agent, "SessionEnd", reason="prompt_input_exit")
    soon(lambda: [row["stage"] for row in computer.ask("history")["deliveries"]] == ["sent"] * 2)
    assert computer.titles()[1] == "✅ api: All tests pass now"
    assert computer.ask("sessions")["sessions"] == []
    (ended,) = computer.ask("sessions", "--all")["sessions"]
    facts = {"state": "ended", "tool_calls": 1, "prompts": 1, "messages_sent": 2, "end_reason": "prompt_input_exit"}
    assert {name: ended[name] for name in facts} == facts
    assert (ended["tokens"]["input"], ended["tokens"]["output"]) == (15, 27)
    sources = [(row["source"], row["session"], row["stage"]) for row in computer.ask("history")["deliveries"]]
    assert sources == [("auto", "11111111-aaaa", "sent")] * 2


@pytest.mark.anyio
async def test_an_agent_that_passes_nothing_sends_a_true_report_and_no_second_one_comes(computer: Computer) -> None:
    agent, other = computer.agent("11111111-aaaa"), computer.agent("22222222-bbbb", cwd="/c/web")
    for session in (agent, other):
        session.prompt("Do it", ago_ms=12 * _MINUTE_MS)
        computer.hook(session, "SessionStart", source="startup")
    soon(lambda: len(computer.ask("sessions")["sessions"]) == 2)
    agent.calls("mcp__dingtalk__dingtalk_notify_session_end", "toolu_9")
    endpoint = computer.child.endpoint
    async with connected(endpoint.url, token=endpoint.token.reveal()) as client:
        answer = await client.call_tool(
            "dingtalk_notify_session_end",
            {"toolsUsed": 7},
            meta={"claudecode/toolUseId": "toolu_9"},  # type: ignore[arg-type]  # the SDK's type knows no foreign keys
        )
        assert answer.structured_content["status"] == "sent"
        state = await client.call_tool("dingtalk_status", {})
        assert {one["project"] for one in state.structured_content["sessions"]} == {"api", "web"}
    (report,) = computer.robot.received
    assert report.title == "📋 api, interim report: running for 12 min"
    facts = ("📊 12 min", "0 tool calls (Claude Code says 7)", "Claude Code · main · ")
    assert "mcp__" not in report.text
    assert [fact for fact in facts if fact not in report.text] == []
    computer.hook(agent, "SessionEnd", reason="other")
    soon(lambda: len(computer.ask("history")["deliveries"]) == 2)
    rows = computer.ask("history")["deliveries"]
    assert [(row["tool"], row["stage"], row["session"]) for row in rows] == [
        ("session_end", "discarded", "11111111-aaaa"),
        ("dingtalk_notify_session_end", "sent", "11111111-aaaa"),
    ]
    assert len(computer.robot.received) == 1


def test_what_was_written_shows_in_a_moment(computer: Computer) -> None:
    agent = computer.agent("11111111-aaaa")
    agent.prompt("Do it")
    computer.hook(agent, "SessionStart", source="startup")
    soon(lambda: computer.ask("status")["sessions"])
    agent.says("Yes.", tokens=(1_000, 2_000))
    (seen,) = soon(lambda: [one for one in computer.ask("status")["sessions"] if one["tokens"] == 3_000])
    assert (seen["project"], seen["state"]) == ("api", "idle")


def test_a_worktree_is_its_project_and_a_price_written_meanwhile_holds_at_once(computer: Computer) -> None:
    shop, tree = computer.home / "code" / "shop", computer.home / "trees" / "hotfix"
    (shop / ".git" / "worktrees" / "hotfix").mkdir(parents=True)
    tree.mkdir(parents=True)
    (tree / ".git").write_text(f"gitdir: {shop}/.git/worktrees/hotfix\n", "utf-8")
    agent = computer.agent("11111111-aaaa", cwd=str(tree), model="zhipu/glm-5.2[1m]")
    agent.prompt("Do it", ago_ms=12 * _MINUTE_MS)
    agent.says("Yes.", tokens=(1_000_000, 500_000))
    computer.hook(agent, "SessionStart", source="startup")
    (seen,) = soon(lambda: [one for one in computer.ask("sessions")["sessions"] if one["tokens"]["total"]])
    facts = {"project": "shop", "worktree": "hotfix", "cwd": str(tree), "main_folder": str(shop), "cost_usd": None}
    assert {name: seen[name] for name in facts} == facts
    (shown,) = computer.ask("status")["sessions"]
    assert (shown["project"], shown["worktree"]) == ("shop", "hotfix")
    own = '[prices."glm-5.2"]\ninput = 0.6\noutput = 2.2\n'
    (computer.home / "config" / "settings.toml").write_text(SETTINGS + own, "utf-8")
    (priced,) = soon(lambda: [one for one in computer.ask("sessions")["sessions"] if one["cost_usd"] is not None])
    assert (priced["cost_usd"], priced["unpriced_models"]) == (1.7, [])
    assert computer.ask("status")["today"]["micros"] == 1_700_000
    computer.hook(agent, "SessionEnd", reason="clear")
    soon(lambda: not computer.ask("sessions")["sessions"])
    (kept,) = computer.ask("sessions", "--all")["sessions"]
    assert (kept["project"], kept["cost_usd"], kept["end_reason"]) == ("shop", 1.7, "clear")
    (used,) = soon(lambda: computer.ask("usage")["rows"])  # what ran is kept within seconds of being asked for
    assert (used["name"], used["sessions"], used["cost_usd"], used["messages"]) == ("shop", 1, 1.7, 0)
    told = command("usage", "--by", "model", "--week", environ={**computer.environ, "LANGUAGE": "en"})
    assert told.code == 0
    week, model, sessions, *_ = told.out.splitlines()[2].split()
    assert (model, sessions) == ("zhipu/glm-5.2[1m]", "1")
    assert week == computer.ask("usage", "--week", "--by", "day")["rows"][0]["week"]
    assert command("usage", "--export", "csv", environ=computer.environ).out.splitlines()[1].startswith(",shop,1,")
    wrong = command("usage", "--since", "yesterday", environ=computer.environ)
    assert (wrong.code, wrong.out) == (1, "")
    assert computer.titles() == []


def test_the_summary_of_what_was_done_while_the_app_was_off_is_sent_once_it_is_read(tmp_path: Path) -> None:
    paths = Paths.under(tmp_path).create()
    paths.settings.write_text('message_language = "en"\n[notices.summary]\nat = "00:00"\n', "utf-8")
    before_ms, today = now_ms() - 60 * _MINUTE_MS, datetime.now(tz=UTC).astimezone().date()
    store = SqliteStore(paths.history)
    store.write_state("summary", to_data(SummaryState(day=today - timedelta(days=1), until_ms=before_ms)))
    store.close()
    with ExitStack() as stack:
        robot = stack.enter_context(SandboxRobot())
        environ = environment(tmp_path, CLAUDE_CONFIG_DIR=str(tmp_path / "claude"), **robot_variables(robot))
        agent = AgentSession(config=tmp_path / "claude", session_id="11111111-aaaa", now=now_ms)
        agent.prompt("Fix the tests", ago_ms=12 * _MINUTE_MS)
        agent.says("All tests pass now.")
        stack.enter_context(running_app(tmp_path, environ=environ))
        (seen,) = robot.wait_for(1)
        assert seen.title.endswith("1 finished")
        assert "- ✅ All tests pass now · " in seen.text
