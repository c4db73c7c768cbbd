"""`setup` as a person and as a script use it, with a real keyring and without one."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Done, command, environment, robot_variables
from tests.support.forks import running_app
from tests.support.keyring import KeyringBus
from tests.support.terminal import terminal
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.system.paths import Paths

needs_keyring = pytest.mark.needs("dbus", "gnome-keyring")
TOKEN, KEY = "a1" * 32, "SEC" + "b2" * 32
WEBHOOK = f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"


class Machine:
    """A home with a real keyring, and a group."""

    def __init__(self, folder: Path, bus: KeyringBus, sandbox: SandboxRobot) -> None:
        self.home = folder / "tray"
        self.bus = bus
        self.sandbox = sandbox
        self.environ = {**environment(self.home), **bus.environ}

    def __call__(self, *arguments: str, given: str = "", **more: str) -> Done:
        return command(*arguments, environ={**self.environ, **more}, given=given)

    def settings(self) -> dict[str, object]:
        return tomllib.loads(Paths.under(self.home).settings.read_text())

    def holds(self, *secrets: str) -> list[Path]:
        """Files below the home that hold one of these."""
        found = [path for path in self.home.rglob("*") if path.is_file()]
        return [path for path in found if any(secret.encode() in path.read_bytes() for secret in secrets)]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    bus = KeyringBus(tmp_path)
    try:
        bus.start_keyring()
        with SandboxRobot(keywords=["ci"]) as sandbox:
            yield Machine(tmp_path, bus, sandbox)
    finally:
        bus.close()


@needs_keyring
@pytest.mark.parametrize(
    "given",
    [
        "{webhook}\n{key}\n",
        "{key} {webhook}",
        "Webhook：{webhook}，加签：{key}，关键词：无",
        '{{"webhook":"{escaped}","secret":"{key}"}}',
        "\ufeffkey: {key}\r\nwebhook: “{webhook}”\r\nkeywords: ops，ci\r\n",
    ],
)
def test_webhook_and_key_are_found_on_standard_input_in_any_order(machine: Machine, given: str) -> None:
    done = machine("setup", "--json", given=given.format(webhook=WEBHOOK, key=KEY, escaped=WEBHOOK.replace("/", "\\/")))
    keywords = ["ops", "ci"] if "keywords" in given else []
    robot = {
        "name": "default",
        "channel": "dingtalk",
        "host": "oapi.dingtalk.com",
        "signed": True,
        "keywords": keywords,
        "default": True,
    }
    assert (done.code, done.err) == (0, "")
    assert done.json() == {"robot": robot, "running": False, "test": None}
    assert machine.bus.items() == 2
    assert machine.holds(TOKEN, KEY) == []
    assert [found["name"] for found in machine("robots", "--json").json()["robots"] if found["ready"]] == ["default"]


@needs_keyring
def test_without_an_app_the_test_message_goes_out_all_the_same_and_is_in_the_history(machine: Machine) -> None:
    given = f"{machine.sandbox.webhook}\n{machine.sandbox.secret}"
    done = machine("setup", "--robot", "team", "--keywords", "ci", "--test", given=given)
    assert done.code == 0
    assert done.out.splitlines() == [
        "✓ team is stored",
        f"  host: 127.0.0.1:{machine.sandbox.webhook.split(':')[2].split('/')[0]}",
        f"  signed, key ends with …{machine.sandbox.secret[-4:]}",
        "  keywords: ci",
        "  the app is not running; start it with: dingtalk-tray run",
        "✓ Delivered to the group of team",
    ]
    assert len(machine.sandbox.received) == 1
    with running_app(machine.home, environ=machine.environ):
        (row,) = machine("history", "--json").json()["deliveries"]
    assert (row["stage"], row["tool"], row["source"], row["robot"]) == ("sent", "test", "cli", "team")
    assert machine.holds(machine.sandbox.robot.token, machine.sandbox.secret) == []


@needs_keyring
def test_a_running_app_uses_the_robot_at_once_and_sends_the_test_itself(machine: Machine) -> None:
    with running_app(machine.home, environ=machine.environ):
        given = f"{machine.sandbox.secret}\n{machine.sandbox.webhook}\nkeywords: ci"
        done = machine("setup", "--test", "--json", given=given)
        assert (done.code, done.json()["running"], done.json()["test"]["status"]) == (0, True, "sent")
        assert machine("send", "text", "hello ci").code == 0
        assert len(machine.sandbox.received) == 2
        assert machine("robots", "--remove", "default", "--json").json() == {"removed": "default"}
        assert machine("send", "text", "hello ci", "--json").json()["status"] == "failed"
    assert machine.bus.items() == 0


@needs_keyring
def test_keywords_that_are_lost_by_a_new_webhook_are_named(machine: Machine) -> None:
    pasted = f"{machine.sandbox.webhook}\n{machine.sandbox.secret}"
    assert machine("setup", "--robot", "team", "--keywords", "ci,build", "--no-test", given=pasted).err == ""
    again = machine("setup", "--robot", "team", "--no-test", given=pasted)
    assert (again.code, again.err.strip().endswith("--keywords ci,build")) == (0, True)


@needs_keyring
def test_a_test_message_that_dingtalk_refuses_fails_though_the_robot_is_stored(machine: Machine) -> None:
    done = machine("setup", "--test", given=f"{machine.sandbox.webhook}\nSEC{'0' * 64}")
    assert done.code == 1
    assert done.out.splitlines()[0] == "✓ default is stored"
    assert "✖ Not delivered to default" in done.out.splitlines()
    assert machine("robots").code == 0


@needs_keyring
def test_a_person_is_asked_and_nothing_typed_is_shown(machine: Machine) -> None:
    with terminal("setup", environ=machine.environ) as screen:
        screen.answer("Webhook (not shown):", machine.sandbox.webhook)
        screen.answer("Enter if the robot is not signed):", machine.sandbox.secret)
        screen.answer("(Enter for none):", "ci")
        screen.answer("[Y/n]", "")
        assert screen.code() == 0
    assert "✓ Delivered to the group of default" in screen.screen
    assert machine.sandbox.robot.token not in screen.screen
    assert machine.sandbox.secret not in screen.screen
    assert len(machine.sandbox.received) == 1


@needs_keyring
def test_fields_may_be_swapped_and_a_mistake_is_asked_for_again(machine: Machine) -> None:
    with terminal("setup", "--no-test", "--keywords", "ci", environ=machine.environ) as screen:
        screen.answer("Webhook (not shown):", "https://example.com/robot/send?access_token=1")
        screen.answer("Enter if the robot is not signed):", "")
        screen.answer("Webhook (not shown):", machine.sandbox.secret)
        screen.answer("Enter if the robot is not signed):", machine.sandbox.webhook)
        assert screen.code() == 0
    assert "example.com is not a DingTalk host" in screen.screen
    assert machine.bus.items() == 2


OTHER = WEBHOOK.replace("a1", "c3")


@needs_keyring
def test_the_webhooks_of_two_robots_are_asked_about(machine: Machine) -> None:
    other_key = KEY.replace("b2", "d4")
    with terminal("setup", "--no-test", "--keywords", "ci", environ=machine.environ) as screen:
        screen.answer("Webhook (not shown):", f"A：{OTHER}，{other_key}；B：{WEBHOOK}，{KEY}")
        screen.answer("[1-2]:", "7")
        screen.answer("Webhook (not shown):", f"A：{OTHER}，{other_key}；B：{WEBHOOK}，{KEY}")
        screen.answer("[1-2]:", "2")
        assert screen.code() == 0, screen.screen
    assert "2: webhook … a1a1" in screen.screen
    assert f"key ends with …{KEY[-4:]}" in screen.screen
    assert machine.bus.items() == 2
    done = machine("setup", "--json", given=f"{WEBHOOK} {OTHER} {KEY}")
    assert done.code != 0
    assert "…a1a1, …c3c3" in done.err + done.out


@needs_keyring
def test_a_person_who_ends_the_input_has_stored_nothing(machine: Machine) -> None:
    with terminal("setup", environ=machine.environ) as screen:
        screen.answer("Webhook (not shown):", "\x04")
        assert screen.code() == 1
    assert "Nothing was stored" in screen.screen
    assert machine.bus.items() == 0


@needs_keyring
def test_the_environments_robot_is_stored_when_that_is_asked_for(machine: Machine) -> None:
    variables = {**robot_variables(machine.sandbox), "DINGTALK_KEYWORDS": "ci"}
    done = machine("setup", "--from-env", "--robot", "team", "--test", **variables)
    assert (done.code, done.out.splitlines()[-1]) == (0, "✓ Delivered to the group of team")
    assert "while DINGTALK_WEBHOOK is set" in done.err
    assert machine.settings() == {
        "robots": {"team": {"host": machine.sandbox.webhook.split("/")[2], "keywords": ["ci"], "default": True}}
    }
    assert machine("setup", "--from-env").err.startswith("DINGTALK_WEBHOOK is not set")


@needs_keyring
@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        ((), "", "No webhook address was found"),
        ((), KEY, "No webhook address was found"),
        ((), f"https://evil.example.com/robot/send?access_token={TOKEN}", "evil.example.com is not a DingTalk host"),
        ((), WEBHOOK[:-9], "The webhook is cut off"),
        ((), f"{WEBHOOK}\n{KEY[:-5]}", "The signing key has 62 characters instead of 67"),
        (("--robot", "No Name"), f"{WEBHOOK} {KEY}", "A robot's name has"),
        (("--robot", "environment"), f"{WEBHOOK} {KEY}", 'The robot "environment" comes from the environment'),
        ((), "x" * 1_000_001, "Standard input holds more"),
    ],
)
def test_what_cannot_be_right_is_refused_without_repeating_it(
    machine: Machine, arguments: tuple[str, ...], given: str, said: str
) -> None:
    done = machine("setup", *arguments, given=given)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(said)
    assert TOKEN not in done.err
    assert KEY[:-5] not in done.err
    assert machine.bus.items() == 0
    assert machine.holds(TOKEN[:-9], KEY[:-5]) == []


@needs_keyring
def test_a_locked_keyring_that_nobody_unlocks_keeps_nothing_and_says_how(machine: Machine) -> None:
    machine.bus.lock()
    done = machine("setup", given=f"{WEBHOOK} {KEY}")
    assert (done.code, done.out, done.err.splitlines()[0]) == (1, "", "The keyring is locked")
    assert not Paths.under(machine.home).settings.exists()
    assert machine.bus.items() == 0


@needs_keyring
def test_broken_settings_are_named_and_nothing_is_stored(machine: Machine) -> None:
    path = Paths.under(machine.home).create().settings
    path.write_text("[delivery]\nwait_s = \n")
    done = machine("setup", given=f"{WEBHOOK} {KEY}")
    assert done.code == 1
    assert "line 2" in done.err
    assert machine.bus.items() == 0


def test_without_a_keyring_nothing_is_stored_anywhere_and_the_way_out_is_said(tmp_path: Path) -> None:
    home = tmp_path / "tray"
    done = command("setup", environ=environment(home, HOME=str(tmp_path)), given=f"{WEBHOOK} {KEY}")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[0] == "This system has no keyring that could keep the webhook"
    assert "gnome-keyring" in done.err.splitlines()[1]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_person_without_a_keyring_is_told_before_typing_anything(tmp_path: Path) -> None:
    with terminal("setup", environ=environment(tmp_path)) as screen:
        assert screen.code() == 1
    assert "This system has no keyring" in screen.screen
    assert "Webhook" not in screen.screen


def test_the_trouble_is_json_where_json_was_asked_for(tmp_path: Path) -> None:
    done = command("setup", "--json", environ=environment(tmp_path), given=f"{WEBHOOK} {KEY}")
    assert (done.code, done.err) == (1, "")
    assert done.json()["error"]["reason"] == "This system has no keyring that could keep the webhook"


def test_secrets_are_never_arguments(tmp_path: Path) -> None:
    for arguments in (("setup", WEBHOOK), ("setup", "--webhook", WEBHOOK), ("setup", "--secret", KEY)):
        done = command(*arguments, environ=environment(tmp_path))
        assert (done.code, done.out) == (2, "")
        assert TOKEN not in done.err
        assert KEY not in done.err
