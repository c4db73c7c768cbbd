"""What the owner does with a message of the history: look at all of it, send it again, take back what waits."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.deliveries import delivery
from tests.support.office import ORIGIN, Office, at_work
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.app.engine.parts.history import HistoryParts
from tray_app.core.delivery.delivery import Source, Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import MarkdownMessage, TextMessage
from tray_app.sandbox.robot import AnswerWith
from tray_app.services.history.queries import HistoryQueries

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Office]:
    async with at_work(tmp_path, {"team": team}, clock=clock, per_minute=2) as office:
        yield office


@pytest.fixture
def queries(office: Office) -> HistoryQueries:
    return HistoryParts(
        office.store, clock=office.clock, knows=office.notify.knows, changed=lambda: None, wake=office.deliver.wake
    ).queries


async def test_every_attempt_is_told_with_its_outcome_code_and_time(
    office: Office, team: SandboxRobot, queries: HistoryQueries
) -> None:
    team.robot.script(AnswerWith(status=502))
    receipt = await office.send("hello", wait_s=30)
    assert receipt.status is Status.SENT
    (part,) = (await queries.detail(receipt.delivery_id)).parts
    assert [(each.number, each.outcome, each.errcode) for each in part.attempts] == [(1, "retry", None), (2, "sent", 0)]
    assert all(each.took_ms is not None for each in part.attempts)
    assert part.attempts[0].reason is not None


async def test_what_waits_is_taken_back_and_whoever_waits_for_it_is_told(
    office: Office, team: SandboxRobot, queries: HistoryQueries
) -> None:
    await office.queue("one", "two")
    await office.settle()
    waiting = asyncio.ensure_future(
        office.notify.send(TextMessage(content="three"), robot="team", origin=ORIGIN, wait_s=90)
    )
    await office.settle()
    (waits,) = office.store.queued("team")
    detail = await queries.detail(waits.id)
    assert (detail.can_discard, detail.can_resend) == (True, False)
    queries.discard(waits.id)
    await office.settle()
    receipt = await asyncio.wait_for(waiting, 10)
    assert (receipt.status, receipt.reason) == (Status.FAILED, text("history.discarded_by_owner"))
    await office.pass_time(120_000)
    assert [each.text for each in team.received] == ["one", "two"]
    again = await queries.detail(waits.id)
    assert (again.can_discard, again.can_resend, again.arrived) == (False, True, False)


async def test_of_a_long_message_only_what_has_not_left_is_taken_back(
    office: Office, team: SandboxRobot, queries: HistoryQueries
) -> None:
    office.send_all_in_parts()
    long = MarkdownMessage(title="long", text="\n\n".join(f"paragraph {n} " + "x" * 900 for n in range(50)))
    receipt = await office.send(long, wait_s=0)
    await office.settle()
    rows = office.store.group(receipt.delivery_id)
    assert [row.stage for row in rows] == [Stage.SENT, Stage.SENT, Stage.QUEUED]
    queries.discard(rows[0].id)
    assert [row.stage for row in office.store.group(receipt.delivery_id)] == [Stage.SENT, Stage.SENT, Stage.DISCARDED]
    await office.pass_time(120_000)
    assert len(team.received) == 2
    assert (await queries.detail(rows[1].id)).parts[2].row.stage is Stage.DISCARDED


async def test_a_digest_is_discarded_with_all_it_says_and_none_of_that_alone(
    office: Office, team: SandboxRobot, queries: HistoryQueries
) -> None:
    office.tune(digest_after_s=10)
    await office.queue("one", "two", *(f"late {n}" for n in range(3)))
    await office.settle()
    team.robot.script(AnswerWith(status=503, headers={"retry-after": "90"}))
    await office.pass_time(61_000)
    (digest,) = office.store.queued("team")
    assert digest.origin.source is Source.DIGEST
    merged = (await queries.detail(digest.id)).merged
    assert [row.title for row in merged] == ["late 0", "late 1", "late 2"]
    one = await queries.detail(merged[0].id)
    assert one.digest is not None
    assert (one.digest.id, one.can_discard) == (digest.id, False)
    with pytest.raises(TrayAppError, match=r"history\.not_discarded"):
        queries.discard(merged[0].id)
    queries.discard(digest.id)
    await office.pass_time(200_000)
    assert {office.row(row.id).stage for row in (digest, *merged)} == {Stage.DISCARDED}
    assert [each.text for each in team.received] == ["one", "two"]


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.QUEUED])
async def test_nothing_else_is_taken_back(office: Office, queries: HistoryQueries, stage: Stage) -> None:
    office.store.accept([delivery(1, stage=stage, robot="elsewhere")])
    assert not (await queries.detail("d1")).can_discard
    with pytest.raises(TrayAppError, match=r"history\.not_discarded"):
        queries.discard("d1")
    assert office.row("d1").stage is stage


async def test_what_a_pause_kept_back_is_sent_again_by_the_page(
    office: Office, team: SandboxRobot, queries: HistoryQueries
) -> None:
    await office.control.pause(PauseFor.OPEN)
    blocked = await office.send("kept back")
    assert (await queries.detail(blocked.delivery_id)).can_resend
    office.control.resume()
    receipt = await office.within(office.history.resend(blocked.delivery_id, source=Source.PAGE))
    assert receipt.status is Status.SENT
    assert office.row(receipt.delivery_id).origin.source is Source.PAGE
    assert [each.text for each in team.received] == ["kept back"]


async def test_a_message_that_there_is_not_is_said_so(queries: HistoryQueries) -> None:
    with pytest.raises(TrayAppError, match=r"outbox\.unknown_delivery"):
        await queries.detail("nope")
    with pytest.raises(TrayAppError, match=r"outbox\.unknown_delivery"):
        queries.discard("nope")
