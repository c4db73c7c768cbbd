"""A policy that cannot be read never means the built-in one: over kills, links to nothing, files that come and go."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.command import command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.patience import PATIENCE_S
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language

SEND = "dingtalk_send_text"
DENY_ALL = json.dumps({"version": "1", "default": "deny"})
BROKEN = '{"version": "1", "default": "deny",}'
_LOOK_S = 0.02


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = Paths.under(tmp_path)
    found.policy.parent.mkdir(parents=True)
    found.settings.write_text("[delivery]\nwait_s = 20\n[approvals]\nwait_s = 1\n", "utf-8")
    return found


def running(paths: Paths, robot: SandboxRobot) -> Any:
    home = paths.policy.parent.parent
    return running_app(home, environ=environment(home, **robot_variables(robot)))


def kill(app: Child) -> None:
    app.process.kill()
    app.process.wait(PATIENCE_S)


def called(app: Child) -> str:
    """What becomes of a message, in one word."""
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": SEND, "arguments": {"content": "x"}}}
    headers = {
        "Authorization": f"Bearer {app.endpoint.token.reveal()}",
        "Accept": "application/json, text/event-stream",
    }
    answer = httpx.post(app.endpoint.url, json=asked, headers=headers, timeout=60, trust_env=False)
    status: str = answer.json()["result"]["structuredContent"]["status"]
    return status


def status(app: Child) -> dict[str, Any]:
    found: dict[str, Any] = Remote(running=app.endpoint, language=Language.EN).get("status")
    return found


def until(app: Child, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait until the status says so."""
    deadline = time.monotonic() + PATIENCE_S
    while not true(found := status(app)):
        assert time.monotonic() < deadline, found
        time.sleep(_LOOK_S)
    return found


def complains(found: dict[str, Any]) -> bool:
    return any(problem["kind"] == "policy" for problem in found["problems"])


def no_file(paths: Paths) -> None:
    paths.policy.unlink()


def trailing_comma(paths: Paths) -> None:
    paths.policy.write_text(BROKEN, "utf-8")


def dangling(paths: Paths) -> None:
    paths.policy.unlink()
    paths.policy.symlink_to(paths.policy.with_name("dotfiles.json"))


def folder(paths: Paths) -> None:
    paths.policy.unlink()
    paths.policy.mkdir()


def no_text(paths: Paths) -> None:
    paths.policy.write_bytes(b"\xff\xfe{\x00}\x00")


def empty(paths: Paths) -> None:
    paths.policy.write_bytes(b"")


@pytest.mark.parametrize("damage", [trailing_comma, dangling, folder, no_text, empty, no_file])
def test_the_last_good_policy_holds_over_a_kill_until_the_file_is_mended(
    paths: Paths, robot: SandboxRobot, damage: Callable[[Paths], None]
) -> None:
    paths.policy.write_text(DENY_ALL, "utf-8")
    with running(paths, robot) as app:
        assert called(app) == "refused"
        damage(paths)
        kill(app)
    with running(paths, robot) as app:
        assert called(app) == "refused"
        assert complains(status(app))
        if paths.policy.is_dir():
            paths.policy.rmdir()
        paths.policy.unlink(missing_ok=True)
        paths.policy.write_text(json.dumps({"version": "1", "tools": {SEND: {}}}), "utf-8")
        until(app, lambda found: not complains(found))
        assert called(app) == "sent"
    assert len(robot.received) == 1


def test_a_file_that_is_deleted_and_written_anew_with_a_fault_lets_nothing_through(
    paths: Paths, robot: SandboxRobot
) -> None:
    paths.policy.write_text(DENY_ALL, "utf-8")
    with running(paths, robot) as app:
        no_file(paths)
        until(app, complains)
        assert called(app) == "refused"
        trailing_comma(paths)
        until(app, lambda found: "line 1" in str(found["problems"]))
        assert called(app) == "refused"
    assert not robot.received


def is_kept(paths: Paths) -> bool:
    return paths.last_policy.is_file() and paths.last_policy.read_text("utf-8") == DENY_ALL


def test_the_kept_copy_is_kept_again_where_it_is_taken_away_with_the_file(paths: Paths, robot: SandboxRobot) -> None:
    paths.policy.write_text(DENY_ALL, "utf-8")
    with running(paths, robot) as app:
        paths.last_policy.write_text("{", "utf-8")
        until(app, lambda _found: is_kept(paths))
        no_file(paths)
        paths.last_policy.unlink()
        until(app, lambda _found: is_kept(paths))
        kill(app)
    with running(paths, robot) as app:
        assert called(app) == "refused"
    assert not robot.received


def test_with_no_good_one_known_a_file_that_cannot_be_read_means_that_everything_asks(
    paths: Paths, robot: SandboxRobot
) -> None:
    trailing_comma(paths)
    with running(paths, robot) as app:
        assert called(app) == "held"
        problem = next(one for one in status(app)["problems"] if one["kind"] == "policy")
        assert "every call asks you" in problem["hint"]
        no_file(paths)
        until(app, lambda found: not complains(found))  # there never was a good one: the built-in policy
        assert called(app) == "sent"


def test_a_copy_that_cannot_be_read_is_not_taken_for_none(paths: Paths, robot: SandboxRobot) -> None:
    paths.last_policy.mkdir(parents=True)
    with running(paths, robot) as app:
        assert called(app) == "held"
        assert complains(status(app))


def test_a_condition_that_is_never_true_and_was_taken_once_lets_the_file_hold_and_is_named(
    paths: Paths, robot: SandboxRobot
) -> None:
    never = {"path": "args.atAll", "op": "eq", "value": "true"}
    source = {"version": "1", "tools": {SEND: {"deny_if": [never]}}}
    paths.policy.write_text(json.dumps(source), "utf-8")
    environ = environment(paths.policy.parent.parent)
    with running(paths, robot) as app:
        assert called(app) == "sent"
        assert complains(status(app))
        asked = command("policy", "test", SEND, "--args", json.dumps({"content": "x"}), environ=environ)
        assert asked.code == 0
        checked = command("policy", "check", "--json", environ=environ)
        assert (checked.code, checked.json()["usable"]) == (1, False)


def test_a_reset_brings_the_built_in_policy_back_for_good(paths: Paths, robot: SandboxRobot) -> None:
    paths.policy.write_text(DENY_ALL, "utf-8")
    with running(paths, robot) as app:
        trailing_comma(paths)
        until(app, complains)
        reset = command("policy", "reset", "--yes", environ=environment(paths.policy.parent.parent))
        assert reset.code == 0
        until(app, lambda found: not complains(found))
        assert called(app) == "sent"
        no_file(paths)
        until(app, lambda found: not found["policy"]["from_file"])
        kill(app)
    with running(paths, robot) as app:
        assert called(app) == "sent"
        assert not complains(status(app))


def test_a_reset_without_the_app_gives_the_old_policy_up_even_where_its_file_is_deleted_then(
    paths: Paths, robot: SandboxRobot
) -> None:
    paths.policy.write_text(DENY_ALL, "utf-8")
    with running(paths, robot) as app:
        assert called(app) == "refused"
    assert command("policy", "reset", "--yes", environ=environment(paths.policy.parent.parent)).code == 0
    no_file(paths)
    with running(paths, robot) as app:
        assert called(app) == "sent"
        assert not complains(status(app))
