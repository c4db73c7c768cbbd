"""Messages that wait for the owner: settled once, sent by themselves, as they were shown, whatever happens."""

import asyncio
import json
import sqlite3
from dataclasses import replace

import pytest

from tests.support.agents import SEND, audited, called, caller, calling, everybody, held, settle
from tests.support.clock import DAY_MS, StepClock
from tests.support.office import Office
from tests.support.robot import credentials_of, seen
from tray_app.adapters.files.policy import default_policy
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import ApprovalState
from tray_app.core.delivery.delivery import Source, Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import MarkdownMessage, TextMessage
from tray_app.core.policy.model import Risk
from tray_app.core.state.snapshot import VaultState
from tray_app.sandbox.robot import AnswerWith
from tray_app.services.approvals.queue import MOST_OF_ONE, MOST_WAITING

pytestmark = pytest.mark.anyio

MINUTE_MS = 60_000
PENALTY = AnswerWith(body=b'{"errcode":410100,"errmsg":"x"}')


def why(refused: pytest.ExceptionInfo[TrayAppError]) -> str:
    return refused.value.reason.key


async def test_what_waits_is_shown_in_full_and_sent_once_approved(office: Office, team: SandboxRobot) -> None:
    call, approval = await held(office, "look <b>here</b>" * 500)
    assert not team.received
    values = {label.key: value for label, value in approval.details}
    assert values["approvals.field_text"] == "look <b>here</b>" * 500
    assert values["approvals.field_robot"].startswith("team (127.0.0.1")
    assert (approval.tool, approval.risk, approval.rule) == (SEND, Risk.WRITE, f"tools.{SEND}.action")
    assert approval.reason == text("policy.own_words", words="I look first")
    settled = await settle(office, approval)
    assert (settled.state, settled.by) == (ApprovalState.APPROVED, Source.TRAY)
    assert (await call).status is Status.SENT
    assert seen(team) == ["look <b>here</b>" * 500]


async def test_the_answer_comes_within_its_time_and_approval_sends_without_another_call(
    office: Office, team: SandboxRobot
) -> None:
    began_ms = office.clock.now_ms()
    receipt = await called(office, "later")
    assert office.clock.now_ms() - began_ms == 50_000
    assert (receipt.status, receipt.accepted, receipt.rule) == (Status.HELD, True, f"tools.{SEND}.action")
    (approval,) = office.approvals.waiting()
    await settle(office, approval)
    assert seen(team) == ["later"]
    assert office.row(receipt.delivery_id).stage is Stage.SENT


async def test_an_owner_who_has_no_time_set_is_not_waited_for(office: Office) -> None:
    office.settings = replace(office.settings, approvals=replace(office.settings.approvals, wait_s=0))
    began_ms = office.clock.now_ms()
    assert (await called(office, "x")).status is Status.HELD
    assert office.clock.now_ms() == began_ms


async def test_a_message_that_the_owner_declines_is_kept_and_never_sent(office: Office, team: SandboxRobot) -> None:
    call, approval = await held(office, "no")
    await settle(office, approval, Answer.DENY)
    receipt = await call
    assert (receipt.status, receipt.reason) == (Status.REFUSED, text("approvals.denied"))
    assert office.row(receipt.delivery_id).stage is Stage.REFUSED
    await office.pass_time(DAY_MS)
    assert not team.received


async def test_nobody_in_time_lets_it_lapse_and_that_is_a_refusal_not_a_failure(
    office: Office, team: SandboxRobot
) -> None:
    receipt = await called(office, "nobody looks")
    (approval,) = office.approvals.waiting()
    await office.pass_time(30 * MINUTE_MS)
    row = office.row(receipt.delivery_id)
    assert (row.stage, row.reason) == (Stage.EXPIRED, text("approvals.expired", minutes=30))
    assert office.history.report(row.id).data["status"] == "refused"
    with pytest.raises(TrayAppError) as refused:
        await settle(office, approval)
    assert why(refused) == "approvals.settled_expired"
    assert not team.received
    assert not office.snapshot().problems


@pytest.mark.parametrize("by_ms", [-DAY_MS, DAY_MS])
async def test_a_clock_that_is_set_changes_nothing_about_how_long_it_waits(
    office: Office, team: SandboxRobot, by_ms: int
) -> None:
    receipt = await called(office, "x")
    office.clock.set_wall(by_ms)
    await office.pass_time(28 * MINUTE_MS)
    assert office.row(receipt.delivery_id).stage is Stage.HELD
    await office.restart()
    assert office.row(receipt.delivery_id).stage is Stage.HELD
    await office.pass_time(2 * MINUTE_MS)
    assert office.row(receipt.delivery_id).stage is Stage.EXPIRED
    assert not team.received


async def test_an_answer_after_the_end_is_too_late_even_if_nobody_looked_meanwhile(office: Office) -> None:
    receipt = await called(office, "x")
    office.clock.sleep(DAY_MS)
    with pytest.raises(TrayAppError) as refused:
        await office.approvals.settle(receipt.delivery_id, Answer.ONCE, by=Source.CLI)
    assert why(refused) == "approvals.settled_expired"


async def test_a_held_message_survives_a_restart_and_is_sent_when_approved_then(
    office: Office, team: SandboxRobot
) -> None:
    call, approval = await held(office, "survivor")
    await office.deliver.stop(grace_s=0)
    assert (await call).status is Status.HELD  # at once
    await office.restart()
    assert [one.id for one in office.approvals.waiting()] == [approval.id]
    await settle(office, approval)
    assert seen(team) == ["survivor"]


async def test_it_lapses_while_the_app_is_not_running(office: Office, team: SandboxRobot) -> None:
    receipt = await called(office, "x")
    await office.end()
    office.clock.step(31 * MINUTE_MS)
    office._wire()
    await office.start()
    assert office.row(receipt.delivery_id).stage is Stage.EXPIRED
    assert not team.received


async def test_a_caller_that_goes_away_loses_nothing(office: Office, team: SandboxRobot) -> None:
    call, approval = await held(office, "still wanted")
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await settle(office, approval)
    assert seen(team) == ["still wanted"]


async def test_approved_while_paused_it_waits_for_the_end_of_the_pause_and_says_so(
    office: Office, team: SandboxRobot
) -> None:
    call, approval = await held(office, "x")
    await office.control.pause(PauseFor.HOUR)
    await office.settle()
    assert not call.done()
    await settle(office, approval)
    receipt = await call
    assert (receipt.status, receipt.reason) == (Status.QUEUED, text("outbox.queued_paused"))
    assert not team.received
    office.control.resume()
    await office.settle()
    assert seen(team) == ["x"]


async def test_a_long_wait_for_the_owner_does_not_age_a_message(office: Office, team: SandboxRobot) -> None:
    office.tune(expire_after_h=1)
    office.settings = replace(office.settings, approvals=replace(office.settings.approvals, expire_min=1_440))
    receipt = await called(office, "x")
    await office.pass_time(5 * 60 * MINUTE_MS)
    await office.approvals.settle(receipt.delivery_id, Answer.ONCE, by=Source.CLI)
    await office.settle()
    assert seen(team) == ["x"]


async def test_what_is_no_longer_what_was_shown_is_not_sent(office: Office, team: SandboxRobot) -> None:
    call, approval = await held(office, "harmless")
    with sqlite3.connect(office.path) as other:
        stored = json.loads(other.execute("SELECT message FROM deliveries").fetchone()[0])
        changed = json.dumps({**stored, "content": "not so harmless"})
        other.execute("UPDATE deliveries SET message = ?", (changed,))
    other.close()
    with pytest.raises(TrayAppError) as refused:
        await settle(office, approval)
    assert why(refused) == "approvals.changed"
    assert (await call).reason == text("approvals.changed")
    await office.pass_time(DAY_MS)
    assert not team.received


async def test_a_robot_that_leads_elsewhere_since_is_not_sent_to(
    office: Office, team: SandboxRobot, clock: StepClock
) -> None:
    call, approval = await held(office, "x")
    with SandboxRobot(per_minute=0, now_ms=clock.now_ms) as elsewhere:
        office.vault.kept["team"] = credentials_of(elsewhere)
        await office.robots.refresh()
        with pytest.raises(TrayAppError) as refused:
            await settle(office, approval)
        assert why(refused) == "approvals.changed"
        assert (await call).status is Status.REFUSED
        assert not elsewhere.received
    assert not team.received


async def test_another_group_on_the_same_host_is_another_robot(office: Office, team: SandboxRobot) -> None:
    call, approval = await held(office, "x")
    mine = office.vault.kept["team"]
    address, _, token = mine.webhook.reveal().rpartition("=")
    office.vault.kept["team"] = replace(mine, webhook=Secret(f"{address}={token[::-1]}"))
    await office.robots.refresh()
    with pytest.raises(TrayAppError) as refused:
        await settle(office, approval)
    assert (why(refused), (await call).status) == ("approvals.changed", Status.REFUSED)
    await office.pass_time(DAY_MS)
    assert not team.received


async def test_a_keyring_that_is_locked_while_the_owner_looks_changes_nothing(
    office: Office, team: SandboxRobot
) -> None:
    host = office.robots.facts()[0].host
    robots = {"team": replace(office.settings.robots["team"], host=host)}
    office.settings = replace(office.settings, robots=robots)  # as setting a robot up writes it
    call, approval = await held(office, "x")
    office.vault.state = VaultState.LOCKED
    await office.robots.refresh()
    assert not office.robots.facts()[0].ready
    assert (await settle(office, approval)).state is ApprovalState.APPROVED
    office.vault.state = VaultState.OK
    office.deliver.queue("team").wake()
    await office.pass_time(MINUTE_MS)
    assert seen(team) == ["x"]
    await call


async def test_an_approved_message_is_not_merged_into_a_digest(office: Office, team: SandboxRobot) -> None:
    held_id = (await called(office, "word for word")).delivery_id
    team.robot.script(PENALTY)
    await office.queue(*"abcdef")
    await office.approvals.settle(held_id, Answer.ONCE, by=Source.CLI)
    await office.pass_time(700_000)
    assert office.row(held_id).digest_id is None
    assert "word for word" in seen(team)
    assert len(team.received) < 7


@pytest.mark.parametrize("answer", [Answer.ONCE, Answer.DENY])
async def test_contents_that_are_not_to_be_kept_stay_while_it_waits_and_go_when_it_is_settled(
    office: Office, team: SandboxRobot, answer: Answer
) -> None:
    office.settings = replace(office.settings, history=replace(office.settings.history, store_content=False))
    call, approval = await held(office, "for your eyes only")
    await office.deliver.stop(grace_s=0)
    await call
    await office.restart()
    assert office.row(approval.id).message == TextMessage(content="for your eyes only")
    await settle(office, approval, answer)
    assert seen(team) == (["for your eyes only"] if answer is Answer.ONCE else [])
    office.store.close()
    left = b"".join(file.read_bytes() for file in office.path.parent.glob("history*"))
    assert b"eyes only" not in left


async def test_a_message_of_several_parts_is_held_and_sent_whole(office: Office, team: SandboxRobot) -> None:
    office.send_all_in_parts()
    _call, approval = await held(office, MarkdownMessage(title="long", text="字" * 15_000))
    assert {row.stage for row in office.store.group(approval.id)} == {Stage.HELD}
    await settle(office, approval)
    assert [each.title for each in team.received] == [f"long ({n}/3)" for n in (1, 2, 3)]


async def test_the_owner_is_not_buried(office: Office) -> None:
    loops = [calling(office, f"{number}", origin=caller(grant="loop")) for number in range(MOST_OF_ONE + 3)]
    await office.settle()
    assert len(office.approvals.waiting()) == MOST_OF_ONE
    others = [calling(office, f"{number}") for number in range(MOST_WAITING - MOST_OF_ONE + 2)]
    await office.settle()
    assert len(office.approvals.waiting()) == MOST_WAITING
    calls = [*loops, *others]
    refused = [call.result() for call in calls if call.done()]
    said = [
        (Status.REFUSED, text("approvals.too_many", most=most)) for most in (*[MOST_OF_ONE] * 3, *[MOST_WAITING] * 2)
    ]
    assert [(one.status, one.reason) for one in refused] == said
    assert {one.rule for one in refused} == {f"tools.{SEND}.action"}
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)


async def test_the_default_policy_asks_about_everybody(office: Office) -> None:
    office.active.replace(default_policy())
    assert (await called(office, "just so")).status is Status.SENT
    call, approval = await held(office, everybody("all of you"))
    assert ("approvals.field_everyone", "@all") in {(label.key, value) for label, value in approval.details}
    await settle(office, approval)
    assert (await call).status is Status.SENT


async def test_the_audit_keeps_who_asked_and_that_it_was_asked(office: Office) -> None:
    _call, approval = await held(office, "a", origin=caller(session="s1"))
    (entry,) = audited(office)
    assert (entry.decision.value, entry.grant, entry.session, entry.delivery_id) == (
        "ask",
        "claude-code",
        "s1",
        approval.id,
    )
