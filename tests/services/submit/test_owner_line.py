"""The line to the paired owner: who that is, what goes over it, and what is taken back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.core.redaction.corpus.made import ALNUM, chance
from tests.support.app_robot import add, phone
from tests.support.clock import StepClock
from tests.support.office import Office, at_work
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.core.delivery.delivery import Origin, Source, Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.errors import UnknownRobot
from tray_app.core.messages.message import MarkdownMessage, TextMessage
from tray_app.core.redaction.kinds import findings
from tray_app.core.robots.app_robot import Recipient
from tray_app.sandbox.robot import AnswerWith, Stall
from tray_app.sandbox.sending import RECALL_PATH, SEND_PATH, TOKEN_PATH

__all__ = ["phone"]
pytestmark = pytest.mark.anyio

ASKED = MarkdownMessage(title="web", text="May it run `npm test`?")
OWNER = Recipient(staff_id="manager807", corp_id="ding0000standin")


@pytest.fixture
async def office(tmp_path: Path, team: SandboxRobot, phone: SandboxApp, clock: StepClock) -> AsyncIterator[Office]:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        add(office, phone, staff_id="")
        await office.robots.refresh()
        yield office
    assert phone.breaches == []
    assert team.received == ()


async def test_it_is_ready_once_somebody_is_paired_and_no_more_after(office: Office, phone: SandboxApp) -> None:
    line, robot = office.owner_line, office.owner_robot
    assert (robot.name, line.paired_with(), await robot.person()) == ("phone", "", None)
    await robot.pair(OWNER)
    first = line.paired_with()
    assert (bool(first), await robot.person()) == (True, OWNER)
    await line.ask(ASKED)
    await office.settle()
    assert [one.staff_id for one in phone.chat] == ["manager807"]
    await robot.pair(None)
    assert (line.paired_with(), await robot.person()) == ("", None)
    assert (await line.reply(ASKED)).status is not Status.SENT
    await office.settle()
    assert len(phone.chat) == 1
    await robot.pair(replace(OWNER, staff_id="other"))
    assert line.paired_with() not in {"", first}
    await robot.pair(OWNER)
    assert line.paired_with() == first


async def test_what_never_came_is_told_from_what_did(office: Office, phone: SandboxApp) -> None:
    await office.owner_robot.pair(OWNER)
    phone.app.script(AnswerWith(status=400), path=SEND_PATH)
    failed = await office.owner_line.ask(ASKED)
    assert not office.owner_line.is_lost(failed.delivery_id)  # on its way
    await office.settle()
    assert office.row(failed.delivery_id).stage is Stage.FAILED
    sent = await office.owner_line.ask(ASKED)
    await office.settle()
    waits = await office.owner_line.ask(ASKED)
    await office.control.pause(PauseFor.OPEN)
    assert [office.owner_line.is_lost(one.delivery_id) for one in (failed, sent, waits)] == [True, False, False]


async def test_only_what_the_app_says_has_links_that_answer(office: Office, phone: SandboxApp) -> None:
    await office.owner_robot.pair(OWNER)
    tap = "[View](dtmd://dingtalkclient/sendMessage?content=allow%20K7QP)"
    message = MarkdownMessage(title="web", text=f"Done. {tap} [log](https://example.com)")
    await office.owner_line.ask(message)
    await office.settle()
    for source in (Source.CLI, Source.TRAY, Source.PAGE):
        await office.send(message, robot="phone", origin=Origin(source=source, tool="send"))
    assert [tap in one.text for one in phone.chat] == [True, False, False, False]
    assert all("example.com" in one.text for one in phone.chat)
    _, [shown] = office.notify.preview(message, robot="phone", origin=Origin(source=Source.CLI, tool="send"))
    assert tap not in str(shown)


async def test_a_row_says_what_was_masked_before_and_at_the_door(office: Office) -> None:
    await office.owner_robot.pair(OWNER)
    before = (("url-password", 2), ("github", 1))
    asked = await office.owner_line.ask(ASKED, masked=before)
    assert (office.row(asked.delivery_id).masked, asked.masked) == (before, findings(before))
    token = "gh" + "p_" + chance(5).of(ALNUM, 36)
    replied = await office.owner_line.reply(TextMessage(content=token), masked=before)
    assert office.row(replied.delivery_id).masked == (("url-password", 2), ("github", 2))


async def test_settings_alone_pair_nobody(office: Office) -> None:
    await office.owner_robot.pair(OWNER)
    assert "manager807" not in str(office.settings)
    assert set(office.vault.kept) == {"team", "phone"}


async def test_without_such_a_robot_nothing_goes_anywhere(office: Office) -> None:
    office.settings = type(office.settings)(robots={"team": office.settings.robots["team"]})
    assert not office.owner_line.paired_with()
    assert (await office.owner_line.ask(ASKED)).status is Status.FAILED
    with pytest.raises(UnknownRobot):
        await office.owner_robot.pair(OWNER)
    for source in (Source.QUESTION, Source.REPLY):
        receipt = await office.send(ASKED, robot="", origin=Origin(source=source, tool="question"))
        assert receipt.status is Status.REFUSED


async def test_what_was_sent_is_taken_back_from_the_chat(office: Office, phone: SandboxApp) -> None:
    await office.owner_robot.pair(OWNER)
    receipt = await office.owner_line.ask(ASKED)
    await office.settle()
    assert await office.within(office.owner_line.recall(receipt.delivery_id))
    assert [one.recalled for one in phone.chat] == [True]
    assert not await office.within(office.owner_line.recall(receipt.delivery_id))
    assert phone.app.requests == [TOKEN_PATH, SEND_PATH, RECALL_PATH, RECALL_PATH]


async def test_what_waits_is_never_sent_once_it_was_taken_back(office: Office, phone: SandboxApp) -> None:
    await office.owner_robot.pair(OWNER)
    phone.app.script(AnswerWith(status=503), path=SEND_PATH)
    receipt = await office.owner_line.ask(ASKED)
    await office.settle()
    assert await office.within(office.owner_line.recall(receipt.delivery_id))
    await office.pass_time(600_000)
    assert (office.row(receipt.delivery_id).stage, phone.chat) == (Stage.DISCARDED, [])


async def test_what_is_on_the_wire_is_waited_for_and_then_taken_back(office: Office, phone: SandboxApp) -> None:
    await office.owner_robot.pair(OWNER)
    receipt = await office.owner_line.ask(ASKED)
    assert office.row(receipt.delivery_id).stage is not Stage.SENT
    assert await office.within(office.owner_line.recall(receipt.delivery_id))
    assert [one.recalled for one in phone.chat] in ([True], [])


async def test_in_a_pause_nothing_is_taken_back_and_one_under_way_is_cut(office: Office, phone: SandboxApp) -> None:
    await office.owner_robot.pair(OWNER)
    receipt = await office.owner_line.ask(ASKED)
    await office.settle()
    phone.app.script(Stall(), path=RECALL_PATH)
    office.poster.took_off.clear()
    recalling = asyncio.ensure_future(office.owner_line.recall(receipt.delivery_id))
    await office.poster.took_off.wait()
    await office.within(office.control.pause(PauseFor.HOUR))
    assert not await recalling
    requests = len(phone.app.requests)
    assert not await office.within(office.owner_line.recall(receipt.delivery_id))
    assert len(phone.app.requests) == requests
    assert [one.recalled for one in phone.chat] == [False]


async def test_a_refused_recall_is_no_success(office: Office, phone: SandboxApp) -> None:
    await office.owner_robot.pair(OWNER)
    receipt = await office.owner_line.ask(ASKED)
    await office.settle()
    phone.change(phone.sending.expire_token)  # renewed on the way
    phone.change(phone.sending.received.clear)  # the person deleted it
    assert not await office.within(office.owner_line.recall(receipt.delivery_id))
