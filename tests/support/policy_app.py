"""The real app with a policy file, a strict robot, and agents that call: what the pages of the policy stand on."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.agent_sessions import AgentSession, post_hook
from tests.support.command import environment, robot_variables
from tests.support.forks import running_app
from tests.support.patience import PATIENCE_S
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language

SEND, MARKDOWN, LINK, STATUS = "dingtalk_send_text", "dingtalk_send_markdown", "dingtalk_send_link", "dingtalk_status"
_SETTINGS = 'language = "en"\n[robots.environment]\nper_minute = 1000\n'
_LOOK_S = 0.02
ACCEPTED = 204


@dataclass
class PolicyApp:
    """A running app. `says` saves a policy as an editor does, `calls` is an agent's call that goes on by itself."""

    child: Child
    robot: SandboxRobot
    agents: ThreadPoolExecutor
    marks: Iterator[int] = field(default_factory=lambda: itertools.count(1_000))
    seen: int = 0
    begun: "list[Future[dict[str, Any]]]" = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.child.paths.policy

    @property
    def origin(self) -> str:
        return self.child.endpoint.url.removesuffix("/mcp")

    @property
    def remote(self) -> Remote:
        return Remote(running=self.child.endpoint, language=Language.EN)

    def anew(self) -> None:
        """Begin a test: of an earlier one, also one that failed, nothing waits, is under way or counts."""

        def at_rest() -> bool:
            for waiting in self.remote.get("approvals")["approvals"]:
                self.settle(waiting["id"], "deny")
            return all(call.done() for call in self.begun)

        _until(at_rest, "calls of an earlier test go on")
        self.begun.clear()
        self.seen = len(self.robot.received)

    def link(self, page: str = "policy") -> str:
        url: str = self.remote.post("link", {"page": page})["url"]
        return url

    def says(self, tools: dict[str, object], **more: object) -> str:
        """Save a policy with a mark of its own, wait until it holds. Returns its text."""
        mark = next(self.marks)
        limit = {"counter": f"mark-{mark}", "window": "hour", "max": mark}
        named = {**tools, STATUS: {"limits": [limit]}}
        source = json.dumps({"version": "1", "default": "deny", **more, "tools": named}, indent=2)
        self.writes(source)

        def holds() -> bool:
            return any(tool["most"] == mark for tool in self.remote.get("status")["policy"]["tools"])

        _until(holds, "the policy was not read again")
        return source

    def writes(self, source: str) -> None:
        """Put a text in the file's place, whole."""
        beside = self.file.with_suffix(".new")
        beside.write_text(source, "utf-8")
        beside.replace(self.file)

    def calls(
        self, tool: str, *, agent: str = "claude-code/2.1", session: str = "", **arguments: object
    ) -> "Future[dict[str, Any]]":
        """Have an agent call; with a session its hook says before whose call it is."""
        self.begun.append(self.agents.submit(self._call, tool, arguments, agent, session))
        return self.begun[-1]

    def waits(self, count: int = 1) -> list[dict[str, Any]]:
        """Give what waits for approval, as soon as so many do."""
        found: list[dict[str, Any]] = []

        def so_many() -> bool:
            found[:] = self.remote.get("approvals")["approvals"]
            return len(found) == count

        _until(so_many, "another number of calls waits")
        return found

    def settle(self, approval_id: str, answer: str) -> None:
        """Answer by a command."""
        self.remote.post("approvals/settle", {"id": approval_id, "answer": answer})

    def arrived(self, *contents: str) -> None:
        """Wait until exactly these texts have come to the group since the last time."""
        self.robot.wait_for(self.seen + len(contents), PATIENCE_S)
        told = [message.text.splitlines()[0] for message in self.robot.received[self.seen :]]
        self.seen = len(self.robot.received)
        assert told == list(contents)

    def _call(self, tool: str, arguments: dict[str, object], agent: str, session: str) -> dict[str, Any]:
        params: dict[str, object] = {"name": tool, "arguments": arguments}
        if session:
            call_id = f"toolu_{next(self.marks)}"
            maker = AgentSession(config=self.child.paths.data, session_id=session, now=lambda: 0)
            hook = maker.hook("PreToolUse", tool_name=f"mcp__dingtalk__{tool}", tool_use_id=call_id)
            assert post_hook(self.child.endpoint, hook) == ACCEPTED
            params["_meta"] = {"claudecode/toolUseId": call_id}
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        headers = {
            "Authorization": f"Bearer {self.child.endpoint.token.reveal()}",
            "Accept": "application/json, text/event-stream",
            "User-Agent": agent,
        }
        answer = httpx.post(self.child.endpoint.url, json=asked, headers=headers, timeout=60, trust_env=False)
        found: dict[str, Any] = answer.json()["result"]["structuredContent"]
        return found


def _until(true: Callable[[], bool], fault: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, fault
        time.sleep(_LOOK_S)


@contextmanager
def policy_app(home: Path) -> Iterator[PolicyApp]:
    """Run it until the block ends."""
    paths = Paths.under(home)
    paths.settings.parent.mkdir(parents=True)
    paths.settings.write_text(_SETTINGS, "utf-8")
    with (
        SandboxRobot(per_minute=10_000) as robot,
        ThreadPoolExecutor(8) as agents,
        running_app(home, environ=environment(home, **robot_variables(robot))) as child,
    ):
        yield PolicyApp(child=child, robot=robot, agents=agents)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PolicyApp]:
    """One app for a file's tests; import it along with `app`."""
    with policy_app(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def app(shared: PolicyApp) -> PolicyApp:
    """The same, as good as new."""
    shared.anew()
    return shared
