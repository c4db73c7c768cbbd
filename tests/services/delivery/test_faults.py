"""A service in trouble, and answers that are lost: nothing is given up, nothing doubled, nothing falsely said."""

import json
from dataclasses import replace

import pytest

from tests.support.agents import asks, called
from tests.support.clock import DAY_MS
from tests.support.office import Office
from tests.support.promises import promises
from tests.support.robot import seen
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.approvals.answer import Answer
from tray_app.core.delivery.delivery import Source, Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.message import MarkdownMessage
from tray_app.core.state.problems import ProblemKind
from tray_app.sandbox.robot import AnswerWith, Drop, Garbage, RobotFault

pytestmark = pytest.mark.anyio

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


def says(errcode: int, errmsg: str, *, status: int = 200) -> AnswerWith:
    return AnswerWith(status=status, body=json.dumps({"errcode": errcode, "errmsg": errmsg}).encode())


FAULTS = [
    pytest.param(AnswerWith(status=502), "dingtalk.server", id="502"),
    pytest.param(AnswerWith(status=500), "dingtalk.server", id="500"),
    pytest.param(AnswerWith(status=503), "dingtalk.server", id="503"),
    pytest.param(AnswerWith(status=504), "dingtalk.server", id="504"),
    pytest.param(says(-1, "系统繁忙"), "dingtalk.busy", id="-1"),
    pytest.param(says(500100, "description:系统异常，请稍后再试;"), "dingtalk.busy", id="500100"),
    pytest.param(says(999999, "服务暂不可用"), "dingtalk.busy", id="an unknown code, by its words"),
]


def in_trouble(group: SandboxRobot, fault: RobotFault) -> None:
    """Let everything fail until `well()`."""
    group.robot.script(*[fault] * 999)


def well(group: SandboxRobot) -> None:
    while group.robot.next_fault():
        pass


@pytest.mark.parametrize(("fault", "reason"), FAULTS)
async def test_a_minute_of_trouble_costs_no_message_and_no_order(
    office: Office, team: SandboxRobot, fault: AnswerWith, reason: str
) -> None:
    in_trouble(team, fault)
    receipts = [await office.send(f"m{number}", wait_s=2) for number in range(6)]
    assert {receipt.status for receipt in receipts} == {Status.QUEUED}
    assert receipts[0].reason is not None
    assert isinstance(why := receipts[0].reason.args["reason"], Text)
    assert why.key == reason
    assert receipts[0].retry_after_s is not None
    await office.pass_time(MINUTE_MS)
    assert team.robot.requests < 12
    well(team)
    await office.pass_time(2 * MINUTE_MS)
    assert seen(team) == [f"m{number}" for number in range(6)]
    assert {office.row(receipt.delivery_id).stage for receipt in receipts} == {Stage.SENT}


async def test_trouble_is_met_by_time_up_to_the_age_that_the_owner_allows(office: Office, team: SandboxRobot) -> None:
    in_trouble(team, AnswerWith(status=502))
    receipt = await office.send("patience")
    await office.pass_time(23 * HOUR_MS)
    asked = team.robot.requests
    assert 24 * 9 < asked < 24 * 20  # every five minutes, give or take a quarter
    assert office.row(receipt.delivery_id).stage is Stage.QUEUED
    await office.pass_time(HOUR_MS + 10 * MINUTE_MS)
    row = office.row(receipt.delivery_id)
    why = text("dingtalk.server", status=502)
    assert (row.stage, row.reason) == (Stage.EXPIRED, text("outbox.expired_why", hours=24, reason=why))
    assert row.hint == text("outbox.expired_hint")
    asked = team.robot.requests
    await office.pass_time(HOUR_MS)
    assert team.robot.requests == asked


async def test_the_robot_says_what_it_waits_for_and_how_long(office: Office, team: SandboxRobot) -> None:
    in_trouble(team, says(-1, "系统繁忙"))
    await office.queue("m0", "m1")
    (view,) = office.snapshot().robots
    assert (view.wait_reason, view.limited_until_ms) == (text("dingtalk.busy"), None)
    assert view.waits_until_ms is not None
    assert 0 < view.waits_until_ms - office.clock.now_ms() <= 1_250
    assert office.snapshot().problems == ()  # it may pass at once
    await office.pass_time(MINUTE_MS)
    (problem,) = office.snapshot().problems
    assert (problem.kind, problem.reason) == (ProblemKind.SERVICE, text("dingtalk.busy"))
    await office.restart()
    view = office.snapshot().robots[0]
    assert view.wait_reason == text("dingtalk.busy")  # a new process neither asks earlier nor forgets why
    well(team)
    await office.pass_time(5 * MINUTE_MS)
    assert office.snapshot().problems == ()
    assert office.snapshot().robots[0].wait_reason is None
    assert seen(team) == ["m0", "m1"]


async def test_one_message_that_dingtalk_stumbles_over_does_not_hold_up_the_others_for_ever(
    office: Office, team: SandboxRobot
) -> None:
    team.robot.stumbles_at = "poison"
    poison, *others = await office.queue("poison", "m0", "m1", "m2")
    await office.pass_time(30 * MINUTE_MS)
    assert seen(team) == []
    await office.pass_time(30 * MINUTE_MS)
    assert seen(team) == ["m0", "m1", "m2"]
    assert {office.row(each).stage for each in others} == {Stage.SENT}
    (late,) = await office.queue("m3")
    await office.pass_time(8 * MINUTE_MS)
    assert office.row(late).stage is Stage.SENT
    assert office.row(poison).stage is Stage.QUEUED  # still tried by time
    asked = team.robot.requests
    await office.pass_time(HOUR_MS)
    assert team.robot.requests - asked < 20
    team.robot.stumbles_at = ""
    await office.pass_time(8 * MINUTE_MS)
    assert seen(team)[-1] == "poison"


@pytest.mark.parametrize("hours", [1, 5])
async def test_long_trouble_of_dingtalk_itself_keeps_the_order_and_its_pace(
    office: Office, team: SandboxRobot, hours: int
) -> None:
    office.tune(digest_after_s=86_400)
    in_trouble(team, says(500100, "系统异常"))
    await office.queue("m0", "m1", "m2")
    await office.pass_time(hours * HOUR_MS)
    assert team.robot.requests < 20 + hours * 40
    well(team)
    await office.pass_time(8 * MINUTE_MS)
    assert seen(team) == ["m0", "m1", "m2"]


@pytest.mark.parametrize("lost", [Drop(take=True), Garbage(take=True), AnswerWith(body=b"?", take=True)])
async def test_three_lost_answers_are_perhaps_arrived_and_a_resend_shows_it_once(
    office: Office, team: SandboxRobot, lost: RobotFault
) -> None:
    team.robot.script(lost, lost, lost)
    receipt = await office.send("there already")
    row = office.row(receipt.delivery_id)
    assert (receipt.status, row.stage, row.attempts) == (Status.PERHAPS, Stage.PERHAPS, 3)
    assert receipt.reason is not None
    assert receipt.reason.key == "outbox.perhaps"
    assert (receipt.hint, row.hint) == (text("outbox.perhaps_agent_hint"), text("outbox.perhaps_hint"))
    assert not receipt.accepted
    assert [problem.kind for problem in office.snapshot().problems] == [ProblemKind.LAST_SEND]

    again = await office.within(office.history.resend(receipt.delivery_id, source=Source.PAGE))
    assert (again.status, seen(team)) == (Status.SENT, ["there already"])
    assert office.row(again.delivery_id).known_as == receipt.delivery_id != again.delivery_id

    once_more = await office.within(office.history.resend(again.delivery_id, source=Source.PAGE))
    assert (once_more.status, seen(team)) == (Status.SENT, ["there already"] * 2)  # now the owner wants it twice


async def test_what_never_arrived_is_delivered_by_the_resend(office: Office, team: SandboxRobot) -> None:
    team.robot.script(*[Drop()] * 3)
    receipt = await office.send("lost on the way")
    assert receipt.status is Status.PERHAPS
    again = await office.within(office.history.resend(receipt.delivery_id, source=Source.CLI))
    assert (again.status, seen(team)) == (Status.SENT, ["lost on the way"])


async def test_the_id_is_kept_through_resends_that_are_lost_blocked_or_come_after_a_restart(
    office: Office, team: SandboxRobot
) -> None:
    team.robot.script(*[Drop(take=True)] * 6)
    first = await office.send("once")
    second = await office.within(office.history.resend(first.delivery_id, source=Source.PAGE))
    await office.pass_time(2 * MINUTE_MS)
    assert office.row(second.delivery_id).stage is Stage.PERHAPS
    await office.restart()
    await office.control.pause(PauseFor.OPEN)
    blocked = await office.within(office.history.resend(second.delivery_id, source=Source.PAGE))
    assert blocked.status is Status.PAUSED
    office.control.resume()
    last = await office.within(office.history.resend(blocked.delivery_id, source=Source.PAGE))
    assert (last.status, seen(team)) == (Status.SENT, ["once"])


async def test_after_a_day_dingtalk_may_have_forgotten_it_and_it_goes_as_a_new_one(
    office: Office, team: SandboxRobot
) -> None:
    team.robot.script(*[Drop(take=True)] * 3)
    receipt = await office.send("old")
    assert office.notify.knows(office.row(receipt.delivery_id))
    await office.pass_time(DAY_MS + MINUTE_MS)
    assert not office.notify.knows(office.row(receipt.delivery_id))
    again = await office.within(office.history.resend(receipt.delivery_id, source=Source.PAGE))
    assert office.row(again.delivery_id).known_as == again.delivery_id


async def test_what_may_be_there_is_not_repeated_by_itself_once_dingtalk_may_have_forgotten_it(
    office: Office, team: SandboxRobot
) -> None:
    office.tune(expire_after_h=72)
    team.robot.script(Drop(take=True))
    in_trouble(team, AnswerWith(status=502))
    receipt = await office.send("maybe there")
    await office.pass_time(DAY_MS + 10 * MINUTE_MS)
    row = office.row(receipt.delivery_id)
    assert row.stage is Stage.PERHAPS
    well(team)
    await office.pass_time(HOUR_MS)
    assert seen(team) == ["maybe there"]


@pytest.mark.parametrize("first", [Drop(take=True), AnswerWith(status=504, take=True)])
async def test_what_may_be_there_never_ends_as_not_sent(office: Office, team: SandboxRobot, first: RobotFault) -> None:
    office.tune(expire_after_h=1)
    team.robot.script(first)
    in_trouble(team, AnswerWith(status=502))
    old = await office.send("too old")
    await office.pass_time(HOUR_MS + 10 * MINUTE_MS)
    well(team)
    team.robot.script(first, says(300005, "token is not exist"))
    refused = await office.send("refused in the end")
    await office.pass_time(10 * MINUTE_MS)
    for receipt in (old, refused):
        row = office.row(receipt.delivery_id)
        assert (row.stage, row.hint) == (Stage.PERHAPS, text("outbox.perhaps_hint"))


async def test_messages_behind_lost_answers_are_not_thrown_after_them(office: Office, team: SandboxRobot) -> None:
    in_trouble(team, Drop())
    ids = await office.queue(*[f"m{number}" for number in range(6)])
    await office.pass_time(MINUTE_MS)
    well(team)
    await office.pass_time(5 * MINUTE_MS)
    stages = [office.row(each).stage for each in ids]
    assert stages.count(Stage.PERHAPS) <= 2
    assert set(stages) == {Stage.PERHAPS, Stage.SENT}


async def test_the_owner_says_how_many_answers_may_be_lost(office: Office, team: SandboxRobot) -> None:
    office.tune(attempts=1)
    team.robot.script(Drop(take=True))
    assert (await office.send("one try")).status is Status.PERHAPS
    assert team.robot.requests == 1


async def test_a_digest_that_perhaps_arrived_takes_its_messages_with_it(office: Office, team: SandboxRobot) -> None:
    ids = await office.queue(*[f"note {number}" for number in range(40)])
    await office.pass_time(MINUTE_MS + 30_000)
    team.robot.script(*[Drop(take=True)] * 3)
    await office.pass_time(5 * MINUTE_MS)
    assert {office.row(each).stage for each in ids[36:]} == {Stage.PERHAPS}
    assert len(team.received) == 37  # the digest, once


async def test_parts_of_which_one_perhaps_arrived_are_counted_and_resent_alone(
    office: Office, team: SandboxRobot
) -> None:
    office.send_all_in_parts()
    team.robot.script(AnswerWith(body=b'{"errcode":0}', take=True), *[Drop(take=True)] * 3)
    receipt = await office.send(MarkdownMessage(title="long", text="字" * 9_000), wait_s=50)
    assert (receipt.status, receipt.reason and receipt.reason.key) == (Status.PERHAPS, "outbox.partly_perhaps")
    await office.within(office.history.resend(receipt.delivery_id, source=Source.PAGE))
    assert [each.title for each in team.received] == ["long (1/2)", "long (2/2)"]


async def test_dingtalks_own_words_stay_with_the_row_and_each_try_without_its_secrets(
    office: Office, team: SandboxRobot
) -> None:
    said = "系统异常，请稍后再试 access_token=" + "a" * 64
    team.robot.script(says(500100, said), says(300001, "msgtype is null"))
    receipt = await office.send("words")
    row = office.row(receipt.delivery_id)
    assert (row.stage, row.errcode, row.said) == (Stage.FAILED, 300001, "msgtype is null")
    first, second = office.store.look.attempts(receipt.delivery_id)
    assert first.said.startswith("系统异常，请稍后再试")
    assert "aaaa" not in first.said
    assert second.said == "msgtype is null"
    report = office.history.report(receipt.delivery_id)
    assert report.data["said"] == "msgtype is null"


@pytest.mark.parametrize("answer", [AnswerWith(status=502), says(-1, "x"), says(410100, "x"), Drop()], ids=str)
async def test_what_is_over_promises_no_more_tries(office: Office, team: SandboxRobot, answer: RobotFault) -> None:
    office.tune(expire_after_h=1)
    in_trouble(team, answer)
    receipt = await office.send("to the end")
    await office.pass_time(HOUR_MS + 20 * MINUTE_MS)
    row = office.row(receipt.delivery_id)
    assert row.stage in {Stage.EXPIRED, Stage.PERHAPS}
    ended = office.notify.describe([row])
    assert [promised for said in (row.reason, row.hint, ended.reason, ended.hint) for promised in promises(said)] == []


@pytest.mark.parametrize("how", ["by the owner", "at the end of a pause"])
async def test_what_may_be_there_is_not_called_discarded(office: Office, team: SandboxRobot, how: str) -> None:
    team.robot.script(Drop(take=True))
    in_trouble(team, AnswerWith(status=502))
    maybe, surely_not = await office.queue("maybe", "surely not")
    await office.pass_time(5_000)
    if how == "by the owner":
        office.enqueuer.discard_queued(reason=text("history.discarded_by_owner"), hint=text("outbox.discarded_hint"))
    else:
        office.settings = replace(office.settings, pause=replace(office.settings.pause, on_resume="discard"))
        await office.control.pause(PauseFor.OPEN)
        office.control.resume()
    assert office.row(maybe).stage is Stage.PERHAPS
    assert office.row(surely_not).stage is Stage.DISCARDED


async def test_an_approved_message_has_its_whole_time_and_no_more(office: Office, team: SandboxRobot) -> None:
    asks(office)
    office.tune(expire_after_h=2)
    office.settings = replace(office.settings, approvals=replace(office.settings.approvals, expire_min=1_440))
    receipt = await called(office, "held for a day")
    await office.pass_time(23 * HOUR_MS)
    in_trouble(team, AnswerWith(status=502))
    await office.approvals.settle(receipt.delivery_id, Answer.ONCE, by=Source.CLI)
    await office.pass_time(HOUR_MS)
    assert office.row(receipt.delivery_id).stage is Stage.QUEUED  # held for long, but approved just now
    team.stop()  # and probes that reach nobody do not make it younger
    await office.pass_time(HOUR_MS + 10 * MINUTE_MS)
    assert office.row(receipt.delivery_id).stage is Stage.EXPIRED
