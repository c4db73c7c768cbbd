"""What waited too long arrives as one message, and none in it is lost, doubled or kept against the owner's wish."""

from dataclasses import replace

import pytest

from tests.support.office import Office
from tests.support.robot import seen
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.delivery import Stage
from tray_app.core.messages.message import Mentions, TextMessage
from tray_app.sandbox.robot import AnswerWith, Drop

pytestmark = pytest.mark.anyio
MINUTE_MS = 60_000


async def test_what_the_limit_held_back_for_too_long_arrives_as_one_message(office: Office, team: SandboxRobot) -> None:
    ids = await office.queue(*[f"note {number}" for number in range(80)])
    await office.pass_time(3 * MINUTE_MS)
    *alone, digest = team.received
    assert [each.text for each in alone] == [f"note {number}" for number in range(36)]
    assert digest.title == "44 条合并（api）"
    assert [number for number in range(36, 66) if f"note {number}" not in digest.text] == []
    assert "其余 14 条" in digest.text
    rows = [office.row(each) for each in ids]
    assert {row.stage for row in rows} == {Stage.SENT}
    assert {row.digest_id for row in rows[:36]} == {None}
    assert {row.digest_id for row in rows[36:]} == {digest.uuid}
    assert office.row(digest.uuid).stage is Stage.SENT
    assert office.snapshot().robots[0].month_used == 37


async def test_a_refused_digest_does_not_sink_the_messages_in_it(office: Office, team: SandboxRobot) -> None:
    ids = await office.queue(*[f"note {number}" for number in range(40)])
    await office.pass_time(MINUTE_MS + 30_000)
    assert len(team.received) == 36
    team.robot.script(AnswerWith(body='{"errcode":430104,"errmsg":"不合适"}'.encode()))
    await office.pass_time(5 * MINUTE_MS)
    assert seen(team) == [f"note {number}" for number in range(40)]
    assert {office.row(each).stage for each in ids} == {Stage.SENT}


async def test_a_message_that_may_have_arrived_is_never_put_into_a_digest(office: Office, team: SandboxRobot) -> None:
    await office.queue(*[f"n{number}" for number in range(17)])
    team.robot.script(Drop(take=True))  # the group has it, and nobody knows
    await office.queue("maybe there", "b", "c", "d")
    await office.pass_time(4 * MINUTE_MS)
    shown = "\n".join(seen(team))
    assert shown.count("maybe there") == 1
    assert all(f"\n{each}" in shown or f" {each}**" in shown for each in "bcd")


async def test_words_in_a_digest_are_forgotten_with_it(office: Office) -> None:
    office.settings = replace(office.settings, history=replace(office.settings.history, store_content=False))
    await office.queue(*[f"note {number}" for number in range(60)])
    await office.pass_time(4 * MINUTE_MS)
    rows = office.store.recent(99)
    assert {(row.stage, row.title, row.message) for row in rows} == {(Stage.SENT, "", None)}
    assert len(rows) == 61


async def test_a_mentioned_person_is_called_from_a_digest_too(office: Office, team: SandboxRobot) -> None:
    await office.queue(*[f"n{number}" for number in range(36)])
    for mobile in ("13800000001", "13800000002"):
        await office.send(TextMessage(content="look", mentions=Mentions(mobiles=(mobile,))), wait_s=0)
    await office.pass_time(4 * MINUTE_MS)
    assert team.received[-1].mentions == ("13800000001", "13800000002")
