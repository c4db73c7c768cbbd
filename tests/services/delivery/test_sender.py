"""Delivery as the group sees it: nothing lost, nothing doubled, in order, at DingTalk's pace."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.office import ORIGIN, Office, at_work
from tests.support.robot import seen
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.delivery import Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import MarkdownMessage, TextMessage
from tray_app.core.state.problems import ProblemKind
from tray_app.sandbox.robot import AnswerWith, Drop, Garbage, Stall

pytestmark = pytest.mark.anyio

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
NOT_REACHED = text("network.refused", host="127.0.0.1", what="")


@pytest.fixture
def ops(clock: StepClock) -> Iterator[SandboxRobot]:
    with SandboxRobot(per_minute=0, now_ms=clock.now_ms) as group:
        yield group


async def test_a_message_reaches_the_group_and_the_history_says_so(office: Office, team: SandboxRobot) -> None:
    receipt = await office.send("tests are green")
    row = office.row(receipt.delivery_id)
    assert (receipt.status, receipt.robot, receipt.reason) == (Status.SENT, "team", None)
    assert (row.stage, row.attempts, row.errcode, row.title) == (Stage.SENT, 1, 0, "tests are green")
    assert seen(team) == ["tests are green"]
    assert office.snapshot().robots[0].month_used == 1


async def test_a_dropped_answer_is_tried_again_and_shown_once(office: Office, team: SandboxRobot) -> None:
    team.robot.script(Drop(take=True), Garbage(take=True))
    began_ms = office.clock.now_ms()
    receipt = await office.send("once")
    assert receipt.status is Status.SENT
    assert (seen(team), team.robot.requests) == (["once"], 3)
    assert office.row(receipt.delivery_id).attempts == 3
    assert 750 + 3_000 <= office.clock.now_ms() - began_ms <= 1_250 + 5_000  # 1 s and 4 s, give or take a quarter


async def test_retry_after_is_honoured_and_the_caller_is_told_at_once(office: Office, team: SandboxRobot) -> None:
    team.robot.script(AnswerWith(status=503, headers={"retry-after": "90"}))
    began_ms = office.clock.now_ms()
    receipt = await office.send("patience")
    assert office.clock.now_ms() == began_ms  # waiting on would be in vain
    assert (receipt.status, receipt.retry_after_s, receipt.until_ms) == (Status.QUEUED, 90, began_ms + 90_000)
    assert receipt.reason == text("outbox.queued_retry", reason=text("dingtalk.server", status=503))
    await office.pass_time(80_000)
    await office.restart()  # a new process is no reason to ask earlier
    await office.pass_time(9_999)
    assert team.robot.requests == 1
    await office.pass_time(1)
    assert seen(team) == ["patience"]


@pytest.mark.parametrize(
    ("answer", "minutes", "reason"),
    [
        pytest.param(AnswerWith(body=b'{"errcode":410100,"errmsg":"x"}'), 10, "dingtalk.too_fast", id="too fast"),
        pytest.param(
            AnswerWith(body=b'{"punish":"deny","source":"x5"}'), 5, "dingtalk.blocked", id="the gate's x5 block"
        ),
    ],
)
async def test_a_penalty_stops_that_robot_for_its_time_and_others_go_on(
    tmp_path: Path,
    team: SandboxRobot,
    ops: SandboxRobot,
    clock: StepClock,
    answer: AnswerWith,
    minutes: int,
    reason: str,
) -> None:
    async with at_work(tmp_path, {"team": team, "ops": ops}, clock=clock) as office:
        team.robot.script(answer)
        receipt = await office.send("first")
        assert (receipt.status, receipt.retry_after_s) == (Status.QUEUED, minutes * 60)
        assert receipt.reason == text("outbox.queued_penalty", reason=text(reason))
        view = office.snapshot().robots[0]
        assert (view.limited_until_ms, view.limit_reason) == (receipt.until_ms, text(reason))
        assert (await office.send("elsewhere", robot="ops")).status is Status.SENT

        await office.restart()  # the penalty is DingTalk's, a new process does not lift it
        assert office.snapshot().robots[0].limited_until_ms == receipt.until_ms
        assert (await office.send("second")).retry_after_s == minutes * 60
        await office.pass_time(minutes * MINUTE_MS - 1)
        assert team.robot.requests == 1
        await office.pass_time(1)
        (digest,) = seen(team)  # both had waited for longer than two minutes
        assert digest.index("first") < digest.index("second")
        assert office.row(receipt.delivery_id).stage is Stage.SENT


async def test_no_more_than_18_go_out_in_any_minute_also_over_a_restart(office: Office, team: SandboxRobot) -> None:
    office.tune(digest_after_s=86_400)
    ids = await office.queue(*[f"n{number}" for number in range(10)])
    await office.pass_time(20_000)
    ids += await office.queue(*[f"n{number}" for number in range(10, 45)])
    assert team.robot.requests == 18
    await office.restart()
    assert team.robot.requests == 18
    assert office.snapshot().robots[0].minute_used == 18
    receipt = await office.send("last", wait_s=8)
    said = (receipt.status, receipt.reason, receipt.retry_after_s)
    assert said == (Status.QUEUED, text("outbox.queued_limit"), 40)
    await office.pass_time(39_999)
    assert team.robot.requests == 18
    await office.pass_time(1)
    assert team.robot.requests == 28
    await office.pass_time(60_000)
    assert seen(team) == [f"n{number}" for number in range(45)] + ["last"]
    assert all(office.row(each).stage is Stage.SENT for each in ids)


async def test_each_robot_keeps_its_order_and_none_waits_for_another(
    tmp_path: Path, team: SandboxRobot, ops: SandboxRobot, clock: StepClock
) -> None:
    async with at_work(tmp_path, {"team": team, "ops": ops}, clock=clock) as office:
        team.robot.script(AnswerWith(status=503, headers={"retry-after": "30"}))
        for number in range(8):
            await office.queue(f"t{number}", robot="team")
            await office.queue(f"o{number}", robot="ops")
        assert (seen(team), seen(ops)) == ([], [f"o{number}" for number in range(8)])
        await office.pass_time(30_000)
        assert seen(team) == [f"t{number}" for number in range(8)]


async def test_a_stalled_robot_does_not_hold_up_another(
    tmp_path: Path, team: SandboxRobot, ops: SandboxRobot, clock: StepClock
) -> None:
    async with at_work(tmp_path, {"team": team, "ops": ops}, clock=clock) as office:
        team.robot.script(Stall())
        stalled = asyncio.ensure_future(office.notify.send(TextMessage(content="a"), robot="team", origin=ORIGIN))
        await asyncio.to_thread(team.wait_for_requests, 1)
        await office.notify.send(TextMessage(content="b"), robot="ops", origin=ORIGIN)
        assert seen(ops) == ["b"]
        team.stop()
        stalled.cancel()


async def test_an_hour_without_network_is_survived_and_the_queue_drains_in_order(
    office: Office, team: SandboxRobot
) -> None:
    team.stop()
    receipt = await office.send("m0")
    assert (receipt.status, receipt.reason) == (
        Status.QUEUED,
        text("outbox.queued_retry", reason=NOT_REACHED),
    )
    for number in range(1, 12):
        await office.queue(f"m{number}")
        await office.pass_time(5 * MINUTE_MS)
    assert office.row(receipt.delivery_id).attempts == 0  # nobody was reached: no try is used up
    office.snapshot()
    team.start()
    await office.pass_time(75_000)
    assert seen(team) == [f"m{number}" for number in range(12)]


@pytest.mark.parametrize("by_ms", [-30 * 86_400_000, -HOUR_MS, HOUR_MS, 20 * HOUR_MS])
async def test_a_clock_that_is_set_neither_stops_the_queue_nor_breaks_the_limit(
    office: Office, team: SandboxRobot, by_ms: int
) -> None:
    office.tune(digest_after_s=86_400)
    await office.queue(*[f"n{number}" for number in range(30)])
    office.clock.set_wall(by_ms)
    await office.pass_time(MINUTE_MS - 1)
    assert team.robot.requests == 18
    await office.pass_time(1)
    assert seen(team) == [f"n{number}" for number in range(30)]


@pytest.mark.parametrize("by_ms", [-HOUR_MS, HOUR_MS])
async def test_a_clock_set_while_the_app_was_off_starves_nobody(office: Office, team: SandboxRobot, by_ms: int) -> None:
    office.tune(digest_after_s=86_400)
    await office.queue(*[f"n{number}" for number in range(25)])
    await office.end()
    office.clock.set_wall(by_ms)
    office._wire()
    await office.start()
    await office.pass_time(2 * MINUTE_MS)
    assert seen(team) == [f"n{number}" for number in range(25)]


async def test_a_penalty_is_over_after_a_night_of_sleep(office: Office, team: SandboxRobot) -> None:
    team.robot.script(AnswerWith(body=b'{"errcode":410100,"errmsg":"x"}'))
    await office.queue("before the night")
    office.clock.sleep(8 * HOUR_MS)
    await office.pass_time(MINUTE_MS)
    assert seen(team) == ["before the night"]


async def test_what_waited_longer_than_the_owner_allows_expires_and_says_so(office: Office, team: SandboxRobot) -> None:
    office.tune(expire_after_h=1)
    team.stop()
    (old,) = await office.queue("stale")
    await office.pass_time(HOUR_MS // 2)
    (young,) = await office.queue("fresh")
    await office.pass_time(HOUR_MS // 2 + 2 * MINUTE_MS)
    row = office.row(old)
    assert (row.stage, row.reason) == (Stage.EXPIRED, text("outbox.expired_why", hours=1, reason=NOT_REACHED))
    team.start()
    await office.pass_time(2 * MINUTE_MS)
    assert (seen(team), office.row(young).stage) == (["fresh"], Stage.SENT)


async def test_words_are_forgotten_as_soon_as_a_message_is_settled_where_the_owner_wants_it(
    office: Office, team: SandboxRobot
) -> None:
    office.settings = replace(office.settings, history=replace(office.settings.history, store_content=False))
    long = "\n".join(f"line {number} " + "字" * 200 for number in range(80))
    receipt = await office.send(MarkdownMessage(title="confidential", text=long))
    assert receipt.status is Status.SENT
    assert len(team.received) == office.row(receipt.delivery_id).parts > 1  # the first part's end spared the others
    await office.control.pause(PauseFor.OPEN)
    blocked = await office.send("confidential too")
    await office.send("confidential as well", robot="nobody")
    assert blocked.status is Status.PAUSED
    assert {(row.title, row.message) for row in office.store.recent(99)} == {("", None)}
    office.store.close()
    assert b"confidential" not in office.path.read_bytes()


async def test_a_caller_that_goes_away_loses_nothing(office: Office, team: SandboxRobot) -> None:
    team.robot.script(AnswerWith(status=502))
    task = asyncio.ensure_future(office.notify.send(TextMessage(content="kept"), robot="team", origin=ORIGIN))
    await office.settle()
    task.cancel()
    await asyncio.wait({task})
    await office.pass_time(2_000)
    assert seen(team) == ["kept"]


async def test_stopping_lets_the_message_on_the_wire_finish_and_begins_no_other(
    office: Office, team: SandboxRobot
) -> None:
    office.poster.took_off.clear()
    first, second = (
        asyncio.ensure_future(office.notify.send(TextMessage(content=said), robot="team", origin=ORIGIN))
        for said in ("on the wire", "behind it")
    )
    await office.poster.took_off.wait()
    await office.deliver.stop(grace_s=5)
    assert ((await first).status, (await second).status) == (Status.SENT, Status.QUEUED)
    assert (await second).reason == text("outbox.stopping")
    assert seen(team) == ["on the wire"]
    await office.restart()
    assert seen(team) == ["on the wire", "behind it"]


async def test_a_message_cut_by_the_end_goes_again_and_is_shown_once(office: Office, team: SandboxRobot) -> None:
    team.robot.script(Stall(take=True))
    task = asyncio.ensure_future(office.notify.send(TextMessage(content="cut"), robot="team", origin=ORIGIN))
    await asyncio.to_thread(team.wait_for_requests, 1)
    await office.deliver.stop(grace_s=0.01)
    assert (await task).reason == text("outbox.queued_slow", service=text("dingtalk.name"))
    await office.restart()
    assert (seen(team), team.robot.requests) == (["cut"], 2)


async def test_the_month_is_counted_and_its_last_fifth_is_a_warning(office: Office) -> None:
    robots = {"team": replace(office.settings.robots["team"], monthly_cap=5)}
    office.settings = replace(office.settings, robots=robots)
    for number in range(3):
        await office.send(f"n{number}")
    assert office.snapshot().problems == ()
    await office.send("n3")
    (problem,) = office.snapshot().problems
    assert (problem.kind, problem.reason) == (
        ProblemKind.QUOTA,
        text("outbox.quota", robot="team", used=4, cap=5),
    )
    await office.restart()
    assert office.snapshot().robots[0].month_used == 4


async def test_a_groups_quota_that_is_used_up_is_a_problem_although_little_was_counted_here(
    office: Office, team: SandboxRobot
) -> None:
    team.robot.script(AnswerWith(body=b'{"errcode":90020,"errmsg":"quota"}'))
    await office.send("one")
    assert [(one.kind, one.reason.key) for one in office.snapshot().problems] == [(ProblemKind.QUOTA, "dingtalk.quota")]
    await office.send("two")
    assert office.snapshot().problems == ()


async def test_a_long_message_that_arrives_in_part_says_how_much_arrived(office: Office, team: SandboxRobot) -> None:
    office.send_all_in_parts()
    team.robot.script(AnswerWith(body=b'{"errcode":0}', take=True), AnswerWith(body=b'{"errcode":460101}'))
    receipt = await office.send(MarkdownMessage(title="long", text="字" * 9_000))
    assert receipt.status is Status.FAILED
    assert receipt.reason == text("outbox.partly", sent=1, parts=2, reason=text("dingtalk.too_big"))
    again = await office.within(office.history.resend(receipt.delivery_id, source=ORIGIN.source))
    assert again.status is Status.SENT
    assert [each.title for each in team.received] == ["long (1/2)", "long (2/2)"]


async def test_a_store_that_fails_while_a_message_is_on_the_wire_sends_it_once(
    office: Office, team: SandboxRobot
) -> None:
    import sqlite3

    office.poster.took_off.clear()
    task = asyncio.ensure_future(office.notify.send(TextMessage(content="once"), robot="team", origin=ORIGIN))
    await office.poster.took_off.wait()
    other = sqlite3.connect(office.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await office.settle()
    with pytest.raises(StoreUnavailable):
        office.store.write_state("x", 1)
    receipt = await office.within(task)
    assert (receipt.status, receipt.reason) == (
        Status.QUEUED,
        text("outbox.queued_retry", reason=text("store.locked", file="history.sqlite3")),
    )
    other.execute("ROLLBACK")
    other.close()
    await office.pass_time(2_000)
    assert office.row(receipt.delivery_id).stage is Stage.SENT
    assert (seen(team), team.robot.requests) == (["once"], 1)
