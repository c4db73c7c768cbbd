"""`setup --app` as a person and as a script use it: with a real keyring, and DingTalk's stand-in on loopback."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands.messages.test_setup import Machine
from tests.support.forks import running_app
from tests.support.keyring import KeyringBus
from tests.support.terminal import terminal
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.core.robots.app_robot import AppRobot
from tray_app.sandbox.sending import TOKEN_PATH

pytestmark = pytest.mark.needs("dbus", "gnome-keyring")


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    bus = KeyringBus(tmp_path)
    try:
        bus.start_keyring()
        with SandboxRobot() as group:
            yield Machine(tmp_path, bus, group)
    finally:
        bus.close()


@pytest.fixture
def app() -> Iterator[SandboxApp]:
    with SandboxApp() as sandbox:
        yield sandbox
    assert sandbox.breaches == []


def address(app: SandboxApp) -> str:
    """Where a dedicated DingTalk's app is, as an owner gives it in place of the Client ID."""
    return AppRobot(base=app.api, client_id=app.client_id, robot_code=app.client_id).address().reveal()


def test_a_person_is_asked_the_app_is_checked_and_the_next_step_said(machine: Machine, app: SandboxApp) -> None:
    done = machine("setup", "--app", given=f"{address(app)} {'0' * 64}")  # of another app
    assert done.code == 1
    assert "does not accept Client ID and Client Secret" in done.err
    assert machine.bus.items() == 0
    with terminal("setup", "--app", environ=machine.environ) as screen:
        screen.answer("Client ID (AppKey), ding…:", address(app))
        screen.answer("Client Secret (AppSecret; not shown):", app.client_secret)
        assert screen.code() == 0
    assert "✓ phone is stored" in screen.screen
    assert "DingTalk knows this app" in screen.screen
    assert "next: pair it" in screen.screen
    assert app.client_secret not in screen.screen
    assert app.app.requests == [TOKEN_PATH, TOKEN_PATH]
    assert machine.holds(app.client_secret, app.client_id) == []

    listed = machine("robots", "--json").json()["robots"]
    assert [(one["name"], one["channel"], one["paired"], one["ready"]) for one in listed] == [
        ("phone", "dingtalk-app", False, True)
    ]
    assert "not paired yet" in machine("robots").out


def test_a_script_gives_it_on_standard_input_and_a_group_stays_the_default(machine: Machine, app: SandboxApp) -> None:
    given = f"Client Secret: {app.client_secret}\nClient ID：{address(app)}"
    wrong = machine("setup", "--app", "--robot-code", "two words", given=given)
    assert (wrong.code, "The robot code holds characters" in wrong.err, machine.bus.items()) == (1, True, 0)
    group = machine("setup", "--robot-code", "code", given=f"{machine.sandbox.webhook} {machine.sandbox.secret}")
    assert (group.code, "Only an app robot has a robot code" in group.err, machine.bus.items()) == (1, True, 0)
    done = machine("setup", "--app", "--robot-code", "dingrobot0001", "--default", "--json", given=given)
    assert (done.code, done.err) == (0, "")
    host = f"127.0.0.1:{app.port}"
    said = {"name": "phone", "channel": "dingtalk-app", "host": host, "signed": True, "keywords": [], "paired": False}
    assert done.json()["robot"] == said | {"default": False}
    assert machine("setup", given=f"{machine.sandbox.webhook} {machine.sandbox.secret}").code == 0
    listed = json.loads(machine("robots", "--json").out)["robots"]
    assert [(one["name"], one["default"]) for one in listed] == [("default", True), ("phone", False)]
    assert machine("robots", "--default", "phone").code != 0


def test_doctor_and_the_test_message_name_what_is_wrong(machine: Machine, app: SandboxApp) -> None:
    assert machine("setup", "--app", given=f"{address(app)} {app.client_secret}").code == 0
    checks = machine("doctor", "--online", "--json").json()["checks"]
    robots = [(one["level"], one["found"]) for one in checks if one["check"] == "robot"]
    assert robots == [
        ("note", 'The app robot "phone" is not paired yet'),
        ("ok", 'DingTalk knows the app of "phone", and gives it access'),
    ]
    app.change(lambda: setattr(app.app, "client_secret", "reset"))
    checks = machine("doctor", "--online", "--json").json()["checks"]
    (fault,) = [one for one in checks if (one["check"], one["level"]) == ("robot", "fault")]
    assert "does not accept Client ID and Client Secret" in fault["found"]
    assert "Copy both again" in fault["hint"]
    with running_app(machine.home, environ=machine.environ):
        done = machine("robots", "--test", "phone")
        assert (done.code, "not paired yet" in done.out) == (1, True)
        assert machine("send", "text", "hello").code == 1  # not through it, though it is the only one
        (shown,) = machine("status", "--json").json()["robots"]
        assert (shown["name"], shown["paired"], shown["month_used"]) == ("phone", False, 0)
