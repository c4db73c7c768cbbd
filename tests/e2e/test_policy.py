"""The owner's policy from the outside: a policy file, the official client, the running app, a strict robot."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.mcp_client import connected
from tests.support.patience import PATIENCE_S
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child
from tray_app.app.client.remote import AppSaysNo, Remote
from tray_app.core.kernel.texts import Language

pytestmark = pytest.mark.anyio
SEND = "dingtalk_send_text"
_LOOK_S = 0.02
CATALOGUE = {
    "version": "1",
    "default": "deny",
    "tools": {
        SEND: {"limits": [{"counter": f"{SEND}_rate", "window": "minute", "max": 30, "scope": "grant"}]},
    },
}


@pytest.fixture
def robot() -> Iterator[SandboxRobot]:
    with SandboxRobot(per_minute=1_000) as sandbox:
        yield sandbox


@pytest.fixture
def app(tmp_path: Path, robot: SandboxRobot) -> Iterator[Child]:
    home = tmp_path / "home"
    paths = Paths.under(home)
    paths.settings.parent.mkdir(parents=True)
    paths.settings.write_text("[robots.environment]\nper_minute = 1000\n", "utf-8")
    with running_app(home, environ=environment(home, **robot_variables(robot))) as child:
        yield child


def remote(app: Child) -> Remote:
    return Remote.find(app.paths, Language.EN)


def write(app: Child, policy: object) -> None:
    """Save a policy as an editor does, and wait until the app says that it holds."""
    before = remote(app).get("status")["policy"]
    app.paths.policy.write_text(json.dumps(policy), "utf-8")
    deadline = time.monotonic() + PATIENCE_S
    while remote(app).get("status")["policy"] == before:
        assert time.monotonic() < deadline, "the policy was not read again"
        time.sleep(_LOOK_S)


def client(app: Child, **more: Any) -> Any:
    return connected(app.endpoint.url, token=app.endpoint.token.reveal(), **more)


async def test_a_catalogue_policy_lets_exactly_its_thirty_of_64_parallel_calls_through(
    app: Child, robot: SandboxRobot
) -> None:
    write(app, CATALOGUE)

    async with client(app) as first:
        answers = await asyncio.gather(*(first.call_tool(SEND, {"content": f"message {n}"}) for n in range(64)))
        other = await first.call_tool("dingtalk_status", {})
    told = [answer.structured_content for answer in answers]
    assert sum(one["status"] in {"sent", "queued"} for one in told) == 30
    refused = [one for one in told if one["status"] == "throttled"]
    assert len(refused) == 34
    assert {(one["rule"], one["counter"], one["used"], one["max"]) for one in refused} == {
        (f"tools.{SEND}.limits[0]", f"{SEND}_rate", 30, 30)
    }
    assert all(0 < one["retry_after_s"] <= 60 for one in refused)
    assert (other.is_error, other.structured_content["status"]) == (True, "refused")
    assert other.structured_content["rule"] == "default"
    assert len(await asyncio.to_thread(robot.wait_for, 30, PATIENCE_S)) == 30  # some may have been answered as queued


async def test_a_trial_asks_the_running_app_by_the_file_as_it_is_this_moment(app: Child) -> None:
    limit = {"counter": "few", "window": "hour", "max": 1}
    write(app, {"version": "1", "tools": {SEND: {"limits": [limit]}}})
    environ = environment(app.paths.policy.parent.parent)
    async with client(app) as user:
        assert (await user.call_tool(SEND, {"content": "the only one"})).structured_content["status"] == "sent"
    tried = await asyncio.to_thread(command, "policy", "test", SEND, "--json", environ=environ)
    found = tried.json()
    assert (tried.code, found["verdict"], found["rule"], found["live"]) == (
        1,
        "throttle",
        f"tools.{SEND}.limits[0]",
        True,
    )
    assert (found["counter"], found["used"], found["max"]) == ("few", 1, 1)
    assert 0 < found["retry_after_s"] <= 3600
    app.paths.policy.write_text("{half", "utf-8")
    asked: dict[str, object] = {"tool": SEND, "args": None, "client": "claude-code", "session": ""}
    with pytest.raises(AppSaysNo) as caught:
        remote(app).post("policy/test", asked)
    assert str(caught.value.reason.args["words"]).startswith("policy.json, line 1: ")
    app.paths.policy.write_text('{"version": "1"}', "utf-8")
    assert remote(app).post("policy/test", asked)["verdict"] == "deny"


async def test_hidden_tools_leave_the_list_and_are_refused_whatever_their_arguments(app: Child) -> None:
    write(app, {"version": "1", "default": "allow", "hide": ["dingtalk_configure"]})
    async with client(app) as user:
        names = {tool.name for tool in (await user.list_tools()).tools}
        for arguments in ({"webhook": "https://oapi.dingtalk.com/robot/send"}, {"wbhook": 1}):
            answer = await user.call_tool("dingtalk_configure", arguments)
            assert answer.is_error
            assert (answer.structured_content["status"], answer.structured_content["rule"]) == ("refused", "hide")
    assert "dingtalk_configure" not in names
    assert SEND in names
    told = remote(app).get("status")["policy"]["last_refusal"]
    assert (told["tool"], told["rule"]) == ("dingtalk_configure", "hide")
    listed = remote(app).get("clients")["clients"][0]
    assert (listed["calls"], listed["decisions"]["deny"]) == (2, 2)


async def test_a_held_message_goes_out_when_the_owner_approves_and_the_waiting_call_hears_it(
    app: Child, robot: SandboxRobot
) -> None:
    tell = remote(app)
    async with client(app) as user:
        call = asyncio.create_task(user.call_tool(SEND, {"content": "everybody!", "atAll": True}))
        waiting = await _waiting(tell)
        assert not robot.received
        assert waiting["tool"] == SEND
        assert {"everybody!"} <= {one["value"].split("\n")[0] for one in waiting["details"]}
        settled = tell.post("approvals/settle", {"id": waiting["id"], "answer": "once"})
        answer = await asyncio.wait_for(call, PATIENCE_S)
    assert settled["state"] == "approved"
    assert (answer.is_error, answer.structured_content["status"]) == (False, "sent")
    assert answer.structured_content["delivery_id"] == waiting["id"]
    assert len(robot.received) == 1
    with pytest.raises(AppSaysNo):
        tell.post("approvals/settle", {"id": waiting["id"], "answer": "deny"})


async def _waiting(tell: Remote) -> dict[str, Any]:
    """Return the one call that waits, as soon as it does."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := (await asyncio.to_thread(tell.get, "approvals"))["approvals"]):
        assert time.monotonic() < deadline, "nothing waits"
        await asyncio.sleep(_LOOK_S)
    return dict(found[0])
