"""A long message is one in the group, with its first lines, unless the owner wants all of it; the page has the rest."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.office import ORIGIN, Office, at_work
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import (
    ActionCard,
    Button,
    FeedCard,
    FeedItem,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    Message,
    TextMessage,
    to_json,
)

pytestmark = pytest.mark.anyio

LIST = "\n".join(f"- {number} {'字' * 40}" for number in range(420))
LONG = MarkdownMessage(title="清单", text=LIST)


@pytest.mark.parametrize("message", [LONG, TextMessage(content=LIST)])
async def test_420_lines_are_one_message_with_the_first_lines_and_all_of_it_is_kept(
    office: Office, team: SandboxRobot, message: Message
) -> None:
    receipt = await office.send(message)
    assert (receipt.status, receipt.hint) == (Status.SENT, text("message.cut_hint"))
    (seen,) = team.received
    assert seen.text.count("\n") == 21
    assert seen.text.endswith("…… 其余 400 行在发送者的页面上")
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


@pytest.fixture
async def watched(tmp_path: Path, clock: StepClock) -> AsyncIterator[tuple[Office, SandboxRobot]]:
    with SandboxRobot(per_minute=0, now_ms=clock.now_ms, keywords=["值班"]) as group:
        async with at_work(tmp_path, {"ops": group}, clock=clock) as office:
            yield office, group


WHOM = Mentions(mobiles=("13800000000",))
BUTTON = Button(title="Go", url="https://example.com/go")
ITEM = FeedItem(title="F", message_url="https://example.com/f", pic_url="https://example.com/f.png")
MESSAGES: list[Message] = [
    TextMessage(content="a\nb\n\n— Ann", mentions=WHOM),
    MarkdownMessage(title="T", text="a\nb\n\n> — Ann · 09:05", mentions=WHOM),
    LinkMessage(title="L", text="words", message_url="https://example.com"),
    ActionCard(title="C", text="card", buttons=(BUTTON,)),
    FeedCard(links=(ITEM,)),
    LONG,
]


@pytest.mark.parametrize("in_parts", [False, True])
async def test_a_preview_is_exactly_what_the_group_gets(watched: tuple[Office, SandboxRobot], in_parts: bool) -> None:
    office, group = watched
    if in_parts:
        office.send_all_in_parts()
    for message in MESSAGES:
        robot, parts = office.notify.preview(message, robot="", origin=ORIGIN)
        assert (robot, len(parts)) == ("ops", 3 if in_parts and message is LONG else 1)
        before = len(group.received)
        receipt = await office.send(message, robot="ops")
        got = group.received[before:]
        for part, seen in zip(parts, got, strict=True):
            shown = to_json(part)
            if seen.kind in {"text", "markdown"}:
                assert (seen.title, seen.text) == (shown.get("title", ""), shown.get("text") or shown.get("content"))
            assert "值班" in str(shown)
        rows = [office.parts.as_seen(row) for row in office.store.group(receipt.delivery_id)]
        assert [row and to_json(row) for row in rows] == [to_json(part) for part in parts]
