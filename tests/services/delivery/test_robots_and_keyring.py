"""What becomes of messages where a robot, or what the keyring knows of it, is not there."""

from dataclasses import replace

import pytest

from tests.support.office import Office
from tests.support.robot import seen
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.delivery import Stage
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.texts import text
from tray_app.core.state.snapshot import VaultState
from tray_app.sandbox.robot import AnswerWith

pytestmark = pytest.mark.anyio
MINUTE_MS = 60_000


async def test_a_removed_robot_fails_its_waiting_messages_with_the_reason(office: Office, team: SandboxRobot) -> None:
    team.robot.script(AnswerWith(status=503, headers={"retry-after": "30"}))
    (waiting,) = await office.queue("to nobody")
    office.settings = replace(office.settings, robots={"other": office.settings.robots["team"]})
    await office.pass_time(30_000)
    row = office.row(waiting)
    assert (row.stage, row.reason) == (Stage.FAILED, text("outbox.robot_gone", robot="team"))
    assert seen(team) == []


async def test_settings_without_any_robot_lose_no_message(office: Office, team: SandboxRobot) -> None:
    team.robot.script(AnswerWith(status=503, headers={"retry-after": "30"}))
    await office.queue("kept")
    good = office.settings
    office.settings = replace(good, robots={})  # what a slip in settings.toml leaves at a start
    await office.restart()
    await office.pass_time(60_000)
    assert team.robot.requests == 1
    office.settings = good
    await office.pass_time(15_000)
    assert seen(team) == ["kept"]


async def test_a_locked_keyring_holds_messages_until_it_is_unlocked(office: Office, team: SandboxRobot) -> None:
    office.vault.state = VaultState.LOCKED
    receipt = await office.send("behind the lock")
    assert receipt.status is Status.QUEUED
    assert receipt.reason == text("outbox.queued_retry", reason=text("pages.vault_locked"))
    await office.pass_time(3 * MINUTE_MS)
    assert team.robot.requests == 0
    office.vault.state = VaultState.OK
    office.deliver.wake(anew=True)  # what "retry" in the menu does
    await office.settle()
    assert seen(team) == ["behind the lock"]


async def test_a_keyring_unlocked_elsewhere_is_noticed_soon(office: Office, team: SandboxRobot) -> None:
    office.vault.state = VaultState.LOCKED
    await office.queue("behind the lock")
    office.vault.state = VaultState.OK
    await office.pass_time(15_000)
    assert seen(team) == ["behind the lock"]


async def test_without_a_keyring_the_message_is_refused_and_kept(office: Office) -> None:
    office.vault.state = VaultState.NO_BACKEND
    receipt = await office.send("nowhere")
    assert (receipt.status, receipt.reason) == (Status.FAILED, text("pages.vault_no_backend"))
    assert office.row(receipt.delivery_id).stage is Stage.FAILED
