"""A long message is one in the group, with its first lines, unless the owner wants all of it; the page has the rest."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.office import Office, at_work
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import MarkdownMessage, Message, TextMessage

pytestmark = pytest.mark.anyio

LIST = "\n".join(f"- {number} {'字' * 40}" for number in range(420))
LONG = MarkdownMessage(title="清单", text=LIST)


@pytest.fixture
async def office(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Office]:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        yield office


@pytest.mark.parametrize("message", [LONG, TextMessage(content=LIST)])
async def test_420_lines_are_one_message_with_the_first_lines_and_all_of_it_is_kept(
    office: Office, team: SandboxRobot, message: Message
) -> None:
    receipt = await office.send(message)
    assert (receipt.status, receipt.hint) == (Status.SENT, text("message.cut_hint"))
    (seen,) = team.received
    assert seen.text.count("\n") == 41
    assert seen.text.endswith("…… 其余 380 行在发送者的页面上")
    row = office.row(receipt.delivery_id)
    assert isinstance(row.message, MarkdownMessage | TextMessage)
    assert row.message.full == LIST


@pytest.mark.parametrize("kept", [True, False])
async def test_all_of_it_goes_where_the_owner_wants_that_or_keeps_nothing(
    office: Office, team: SandboxRobot, kept: bool
) -> None:
    if kept:
        office.send_all_in_parts()
    else:
        office.settings = replace(office.settings, history=replace(office.settings.history, store_content=False))
    receipt = await office.send(LONG)
    assert receipt.hint is None
    assert [seen.title for seen in team.received] == [f"清单 ({n}/3)" for n in (1, 2, 3)]


async def test_what_is_sent_again_is_what_the_group_got(office: Office, team: SandboxRobot) -> None:
    receipt = await office.send(LONG)
    await office.within(
        office.history.resend(receipt.delivery_id, source=office.row(receipt.delivery_id).origin.source)
    )
    first, again = team.received
    assert (first.title, first.text) == (again.title, again.text)
