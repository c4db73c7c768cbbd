"""What the owner allows for one session holds for that session alone: two sessions, two projects, one token."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.agent_sessions import AgentSession, post_hook
from tests.support.command import environment, robot_variables
from tests.support.forks import running_app
from tests.support.mcp_client import connected
from tests.support.patience import PATIENCE_S
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.app.client.child import Child
from tray_app.app.client.remote import AppSaysNo, Remote
from tray_app.core.kernel.texts import Language

pytestmark = pytest.mark.anyio
SEND = "dingtalk_send_text"
LATE_S = 0.15  # what the client's hook was measured to take at most on a quiet computer


class Office:
    """The app, two projects with a session each, and the owner."""

    def __init__(self, child: Child, config: Path, robot: SandboxRobot) -> None:
        self.child, self.robot = child, robot
        self.sessions = {
            name: AgentSession(config=config, session_id=f"{name}-1111", now=_now_ms, cwd=f"/c/{name}")
            for name in ("shop", "web")
        }
        for session in self.sessions.values():
            session.prompt("Do it")
            assert post_hook(child.endpoint, session.hook("SessionStart", source="startup")) == 204

    @property
    def owner(self) -> Remote:
        return Remote(running=self.child.endpoint, language=Language.EN)

    async def calls(self, project: str, content: str, *, mode: str, late_s: float = 0.0) -> str:
        """An agent's call as Claude Code makes it; its hook comes so much later. Gives the status."""
        call_id = f"toolu_{content}"
        hook = self.sessions[project].hook("PreToolUse", tool_name=f"mcp__dingtalk__{SEND}", tool_use_id=call_id)

        async def tell() -> None:
            await asyncio.sleep(late_s)
            assert await asyncio.to_thread(post_hook, self.child.endpoint, hook) == 204

        endpoint = self.child.endpoint
        async with (
            connected(endpoint.url, token=endpoint.token.reveal(), mode=mode) as client,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(tell())
            meta: Any = {"claudecode/toolUseId": call_id}
            answer = await client.call_tool(SEND, {"content": content}, meta=meta)
        return str(answer.structured_content["status"])

    async def waiting(self, *, known: bool = False) -> dict[str, Any]:
        """What waits for the owner: one call; `known`: as soon as it is known whose it is."""
        return await asyncio.to_thread(self._waiting, known=known)

    def _waiting(self, *, known: bool) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = self.owner.get("approvals")["approvals"]
            if len(found) == 1 and (found[0]["session"] or not known):
                return dict(found[0])
            assert time.monotonic() < deadline, found
            time.sleep(0.02)

    async def settles(self, approval: dict[str, Any], answer: str) -> None:
        await asyncio.to_thread(self.owner.post, "approvals/settle", {"id": approval["id"], "answer": answer})


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    config = tmp_path / "config"
    config.mkdir()
    (config / "settings.toml").write_text("[approvals]\nwait_s = 5\n", "utf-8")
    with ExitStack() as stack:
        robot = stack.enter_context(SandboxRobot(per_minute=1_000))
        environ = environment(tmp_path, CLAUDE_CONFIG_DIR=str(tmp_path / "claude"), **robot_variables(robot))
        child = stack.enter_context(running_app(tmp_path, environ=environ))
        yield Office(child, tmp_path / "claude", robot)


def says(office: Office, **tool: object) -> None:
    """Save a policy for the tool, and wait until it holds."""
    mark = {"counter": "mark", "window": "hour", "max": 77}
    policy = {"version": "1", "tools": {SEND: tool, "dingtalk_status": {"limits": [mark]}}}
    office.child.paths.policy.write_text(json.dumps(policy), "utf-8")
    for _ in range(1_000):
        if any(tool["most"] == 77 for tool in office.owner.get("status")["policy"]["tools"]):
            return
    raise AssertionError("the policy was not read again")


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_what_is_allowed_for_a_session_holds_for_it_alone(office: Office, mode: str) -> None:
    says(office, action="require_approval")
    first = asyncio.create_task(office.calls("shop", "one", mode=mode, late_s=LATE_S))
    approval = await office.waiting()
    assert (approval["session"], approval["project"]) == ("shop-1111", "shop")
    await office.settles(approval, "session")
    assert await first == "sent"
    assert await office.calls("shop", "two", mode=mode, late_s=LATE_S) == "sent"
    other = asyncio.create_task(office.calls("web", "three", mode=mode, late_s=LATE_S))
    approval = await office.waiting()
    assert (approval["session"], approval["project"]) == ("web-1111", "web")
    await office.settles(approval, "deny")
    assert await other == "refused"
    endpoint = office.child.endpoint
    async with connected(endpoint.url, token=endpoint.token.reveal(), mode=mode) as client:  # some other program
        held = asyncio.create_task(client.call_tool(SEND, {"content": "four"}))
        approval = await office.waiting()
        assert approval["session"] == ""
        with pytest.raises(AppSaysNo):
            await office.settles(approval, "session")
        await office.settles(approval, "deny")
        await held
    assert [seen.text.splitlines()[0] for seen in office.robot.received] == ["one", "two"]


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_a_limit_of_a_session_counts_each_session_by_itself(office: Office, mode: str) -> None:
    says(office, limits=[{"counter": "each", "window": "hour", "max": 1, "scope": "session"}])
    assert await office.calls("shop", "one", mode=mode, late_s=LATE_S) == "sent"
    assert await office.calls("web", "two", mode=mode, late_s=LATE_S) == "sent"
    assert await office.calls("shop", "three", mode=mode, late_s=LATE_S) == "throttled"
    assert await office.calls("web", "four", mode=mode, late_s=LATE_S) == "throttled"


async def test_a_word_that_comes_very_late_is_filled_in_while_the_call_waits(office: Office) -> None:
    says(office, action="require_approval")
    call = asyncio.create_task(office.calls("shop", "one", mode="legacy", late_s=1.5))
    assert (await office.waiting())["session"] == ""
    approval = await office.waiting(known=True)
    assert approval["project"] == "shop"
    await office.settles(approval, "session")
    assert await call == "sent"
