"""Calls that wait for the owner, against the real app: both protocol eras, clients that go, kills, a webhook."""

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bench.wire import tool_call
from tests.support.command import command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.keyring import KeyringBus
from tests.support.mcp_client import connected
from tests.support.patience import PATIENCE_S
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child
from tray_app.app.client.remote import AppSaysNo, Remote
from tray_app.core.kernel.texts import Language

pytestmark = pytest.mark.anyio
SEND, STATUS, CONFIGURE = "dingtalk_send_text", "dingtalk_status", "dingtalk_configure"
ERAS = ["2026-07-28", "legacy"]
SETTINGS = "[robots.environment]\nper_minute = 1000\n[approvals]\nwait_s = 0.3\n"
LIMIT = {"counter": "looks", "window": "hour", "max": 3, "scope": "grant"}
ASK: dict[str, object] = {
    "version": "1",
    "default": "deny",
    "tools": {SEND: {"action": "require_approval", "reason": "I look first"}, STATUS: {"limits": [LIMIT]}},
}


def home_of(folder: Path, policy: object = None) -> Path:
    """A home with these settings and this policy."""
    paths = Paths.under(folder / "home").create()
    paths.settings.write_text(SETTINGS, "utf-8")
    if policy is not None:
        paths.policy.write_text(json.dumps(policy), "utf-8")
    return folder / "home"


@pytest.fixture(scope="module")
def robot() -> Iterator[SandboxRobot]:
    with SandboxRobot(per_minute=1_000) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, robot: SandboxRobot) -> Iterator[Child]:
    home = home_of(tmp_path_factory.mktemp("held"), ASK)
    with running_app(home, environ=environment(home, **robot_variables(robot))) as child:
        yield child


def remote(app: Child) -> Remote:
    return Remote.find(app.paths, Language.EN)


def approvals(app: Child) -> list[dict[str, Any]]:
    return list(remote(app).get("approvals")["approvals"])


def row(app: Child, delivery_id: str) -> dict[str, Any]:
    rows = remote(app).get("history", limit="100")["deliveries"]
    return next(dict(each) for each in rows if each["id"] == delivery_id)


def texts(robot: SandboxRobot) -> list[str]:
    """What the group was told, without who signed it."""
    return [each.text.partition("\n")[0] for each in robot.received]


def until(true: Callable[[], object]) -> None:
    """Wait until it is so, a bounded time."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def save(app: Child, policy: str) -> None:
    """Put the policy in its place, whole."""
    new = app.paths.policy.with_name(".policy.swp")
    new.write_text(policy, "utf-8")
    new.replace(app.paths.policy)


@pytest.mark.parametrize("era", ERAS)
async def test_a_held_call_is_answered_in_time_and_sent_when_approved_without_another_call(
    app: Child, robot: SandboxRobot, era: str
) -> None:
    async with connected(app.endpoint.url, token=app.endpoint.token.reveal(), mode=era) as user:
        answer = await user.call_tool(SEND, {"content": f"of {era}"})
    told = answer.structured_content
    assert (answer.is_error, told["status"], told["rule"]) == (False, "held", f"tools.{SEND}.action")
    assert "I look first" in told["reason"]
    assert "Do not call again" in told["hint"]
    assert f"of {era}" not in texts(robot)
    assert row(app, told["delivery_id"])["stage"] == "held"
    done = command("approvals", "approve", told["delivery_id"], environ=environment(app.paths.policy.parent.parent))
    assert (done.code, done.err) == (0, "")
    until(lambda: f"of {era}" in texts(robot))
    until(lambda: row(app, told["delivery_id"])["stage"] == "sent")


def test_a_client_that_hangs_up_loses_nothing(app: Child, robot: SandboxRobot) -> None:
    before = {one["id"] for one in approvals(app)}
    with calling(app):
        until(lambda: {one["id"] for one in approvals(app)} - before)
    (held,) = [one for one in approvals(app) if one["id"] not in before]
    remote(app).post("approvals/settle", {"id": held["id"], "answer": "once"})
    until(lambda: row(app, held["id"])["stage"] == "sent")
    assert texts(robot).count("The tests are green.") == 1


def test_a_policy_with_a_fault_is_named_with_its_line_and_changes_nothing(app: Child) -> None:
    good = app.paths.policy.read_text("utf-8")
    save(app, '{\n  "version": "1",\n  "defualt": "allow"\n}')
    until(lambda: [one for one in remote(app).get("status")["problems"] if one["kind"] == "policy"])
    (problem,) = [one for one in remote(app).get("status")["problems"] if one["kind"] == "policy"]
    assert "3" in problem["reason"]
    assert remote(app).get("status")["policy"]["default"] == "deny"
    save(app, good)
    until(lambda: not [one for one in remote(app).get("status")["problems"] if one["kind"] == "policy"])


async def test_a_kill_leaves_what_waits_and_what_was_counted(tmp_path: Path, robot: SandboxRobot) -> None:
    home = home_of(tmp_path, ASK)
    environ = environment(home, **robot_variables(robot))
    with running_app(home, environ=environ) as first:
        async with connected(first.endpoint.url, token=first.endpoint.token.reveal()) as user:
            held = (await user.call_tool(SEND, {"content": "over the kill"})).structured_content
            looks = [(await user.call_tool(STATUS, {})).is_error for _ in range(2)]
        first.process.kill()
        first.process.wait(10)
    assert (held["status"], looks) == ("held", [False, False])
    with running_app(home, environ=environ) as second:
        assert [one["id"] for one in approvals(second)] == [held["delivery_id"]]
        async with connected(second.endpoint.url, token=second.endpoint.token.reveal()) as user:
            looks = [(await user.call_tool(STATUS, {})).is_error for _ in range(2)]
        assert looks == [False, True]
        remote(second).post("approvals/settle", {"id": held["delivery_id"], "answer": "once"})
        until(lambda: row(second, held["delivery_id"])["stage"] == "sent")
        assert texts(robot).count("over the kill") == 1
        with pytest.raises(AppSaysNo):
            remote(second).post("approvals/settle", {"id": held["delivery_id"], "answer": "once"})


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[KeyringBus]:
    bus = KeyringBus(tmp_path)
    with contextlib.closing(bus):
        bus.start_keyring()
        yield bus


@pytest.mark.needs("dbus", "gnome-keyring")
async def test_a_webhook_is_stored_when_the_owner_approves_and_nowhere_before(
    tmp_path: Path, keyring: KeyringBus
) -> None:
    home = home_of(tmp_path)
    token, key = "b7" * 32, "SEC" + "c8" * 32
    given = {"webhook": f"https://oapi.dingtalk.com/robot/send?access_token={token}", "secret": key, "robot": "ops"}
    with running_app(home, environ={**environment(home, DINGTALK_TRAY_LOG="debug"), **keyring.environ}) as app:
        async with connected(app.endpoint.url, token=app.endpoint.token.reveal()) as user:
            held = (await user.call_tool(CONFIGURE, given)).structured_content
            declined = (await user.call_tool(CONFIGURE, {**given, "robot": "other"})).structured_content
            shown = approvals(app)
            assert (held["status"], keyring.items()) == ("held", 0)
            assert not _left(home, token, key)
            assert '"ops"' not in app.paths.settings.read_text("utf-8")
            assert "[robots.ops]" not in app.paths.settings.read_text("utf-8")
            remote(app).post("approvals/settle", {"id": declined["delivery_id"], "answer": "deny"})
            remote(app).post("approvals/settle", {"id": held["delivery_id"], "answer": "once"})
            told = [
                (await user.call_tool("dingtalk_delivery", {"id": one["delivery_id"]})).structured_content
                for one in (held, declined)
            ]
            await user.call_tool(CONFIGURE, given)
            (again,) = approvals(app)
    assert [one["id"] for one in shown] == [held["delivery_id"], declined["delivery_id"]]
    values = [one["value"] for one in shown[0]["details"]]
    assert values[:3] == ["ops", f"oapi.dingtalk.com … {token[-4:]}", f"… {key[-4:]}"]
    assert shown[0]["details"][0] == {"label": "New robot", "value": "ops"}
    assert again["details"][0] == {"label": "Replaces the robot", "value": "ops (oapi.dingtalk.com)"}
    assert shown[0]["risk"] == "configure"
    assert [one["status"] for one in told] == ["stored", "refused"]
    assert keyring.items() == 2  # webhook and key
    assert "[robots.ops]" in app.paths.settings.read_text("utf-8")
    assert "other" not in app.paths.settings.read_text("utf-8")
    assert not _left(home, token, key)


def _left(home: Path, *secrets: str) -> list[Path]:
    """Files that hold a secret."""
    files = [file for file in home.rglob("*") if file.is_file()]
    return [file for file in files if any(secret.encode() in file.read_bytes() for secret in secrets)]


def test_a_held_call_does_not_hold_up_the_end_of_the_app(tmp_path: Path, robot: SandboxRobot) -> None:
    home = home_of(tmp_path, ASK)
    Paths.under(home).settings.write_text(SETTINGS.replace("0.3", "50"), "utf-8")
    with running_app(home, environ=environment(home, **robot_variables(robot))) as app:
        with calling(app) as raw:
            until(lambda: approvals(app))
            remote(app).post("quit")
            answer = raw.makefile("rb").read()
        assert app.process.wait(PATIENCE_S) == 0  # the call would wait for 50 s
    assert b'"status":"held"' in answer


def calling(app: Child) -> socket.socket:
    """A call that was just sent, on its connection."""
    port = int(app.endpoint.url.split(":")[2].split("/")[0])
    raw = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    raw.sendall(tool_call(app.endpoint.token.reveal(), port, modern=True))
    return raw
