"""What counts and what does not: exact under parallel calls, over restarts, and when a call comes to nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.agents import LIMIT, SEND, STATUS, asks, audited, called, caller, calling, held, says, settle, used
from tests.support.clock import DAY_MS, StepClock
from tests.support.office import Office, at_work
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.approvals.answer import Answer
from tray_app.core.delivery.delivery import Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import MarkdownMessage, TextMessage
from tray_app.core.policy.audit import DecisionKind
from tray_app.sandbox.robot import AnswerWith, Drop
from tray_app.services.calls.guarded import PreparedCall
from tray_app.services.submit.enqueue import MOST_BLOCKED, MOST_REFUSED, MOST_UNDER_WAY

pytestmark = pytest.mark.anyio

MINUTE_MS = 60_000
BROKEN = AnswerWith(body=b'{"errcode":300001,"errmsg":"x"}')
PENALTY = AnswerWith(body=b'{"errcode":410100,"errmsg":"x"}')


@pytest.fixture
async def office(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Office]:
    async with at_work(tmp_path, {"team": team}, clock=clock, per_minute=1_000) as office:
        says(office, {SEND: {"limits": [LIMIT]}})
        yield office


async def test_of_64_parallel_calls_exactly_as_many_pass_as_the_limit_says(office: Office, team: SandboxRobot) -> None:
    says(office, {SEND: {"limits": [{**LIMIT, "max": 30}]}})
    calls = [calling(office, f"message {number}") for number in range(64)]
    answers = await office.within(asyncio.gather(*calls))
    assert [answer.status for answer in answers].count(Status.SENT) == 30
    late = [answer for answer in answers if answer.status is Status.THROTTLED]
    assert len(late) == 34
    assert {(one.rule, one.counter, one.used, one.most, one.retry_after_s) for one in late} == {
        (f"tools.{SEND}.limits[0]", "sends", 30, 30, 60)
    }
    assert len(team.received) == 30
    decisions = [entry.decision for entry in audited(office)]
    assert (decisions.count(DecisionKind.ALLOW), decisions.count(DecisionKind.THROTTLE)) == (30, 34)


async def test_rows_and_audit_carry_decision_rule_and_reason_of_allowed_and_refused_calls(office: Office) -> None:
    sent = await called(office, "one")
    says(office, {SEND: {"action": "deny", "reason": "Not today"}})
    refused = await called(office, "two")
    rows = [office.row(receipt.delivery_id) for receipt in (sent, refused)]
    assert [(row.stage, row.decision, row.rule, row.reason) for row in rows] == [
        (Stage.SENT, "allow", f"tools.{SEND}", None),
        (Stage.REFUSED, "deny", f"tools.{SEND}.action", text("policy.own_words", words="Not today")),
    ]
    assert (refused.status, refused.rule, refused.reason) == (Status.REFUSED, rows[1].rule, rows[1].reason)
    entries = audited(office)
    assert [(entry.decision.value, entry.rule, entry.delivery_id) for entry in entries] == [
        (row.decision, row.rule, row.id) for row in rows
    ]
    assert [entry.grant for entry in entries] == ["claude-code"] * 2


async def test_a_client_that_is_refused_in_a_loop_fills_the_audit_and_not_the_history(office: Office) -> None:
    says(office, {SEND: {"action": "deny"}})
    answers = [await called(office, f"{number}") for number in range(MOST_REFUSED + 2)]
    assert {answer.status for answer in answers} == {Status.REFUSED}
    assert [bool(answer.delivery_id) for answer in answers] == [True] * MOST_REFUSED + [False] * 2
    assert len(audited(office)) == MOST_REFUSED + 2
    assert (await called(office, "another's", origin=caller(grant="codex"))).delivery_id
    await office.pass_time(60 * 60_000)
    assert (await called(office, "an hour later")).delivery_id


async def test_a_client_that_goes_on_while_paused_does_not_fill_the_disk_and_is_told(office: Office) -> None:
    says(office, {SEND: {}})
    await office.control.pause(PauseFor.OPEN)
    answers = [await called(office, f"{number}") for number in range(MOST_BLOCKED + 1)]
    *kept, last = answers
    assert {answer.status for answer in answers} == {Status.PAUSED}
    assert all(answer.delivery_id for answer in kept)
    assert (last.delivery_id, last.reason) == ("", text("outbox.paused_full", most=MOST_BLOCKED))
    assert office.store.blocked_since(0) == MOST_BLOCKED
    assert len(audited(office)) == MOST_BLOCKED + 1
    assert (await called(office, "another's", origin=caller(grant="codex"))).delivery_id
    await office.pass_time(60 * 60_000)
    assert (await called(office, "an hour later")).delivery_id


async def test_a_client_whose_messages_cannot_go_out_has_a_bound_to_what_waits(office: Office) -> None:
    says(office, {SEND: {"limits": [{**LIMIT, "max": 50}]}})
    waits = office.enqueuer.rows((TextMessage(content="x"),), "elsewhere", caller(), Stage.QUEUED)[0]
    office.store.accept([replace(waits, id=f"w{n}", group_id=f"w{n}") for n in range(MOST_UNDER_WAY)])
    refused = await called(office, "one too many")
    assert (refused.status, refused.reason) == (Status.THROTTLED, text("gate.queue_full", most=MOST_UNDER_WAY))
    assert refused.retry_after_s
    assert used(office) == 0
    assert (await called(office, "another's", origin=caller(grant="codex"))).accepted
    reason, hint = text("outbox.discarded_on_resume"), text("outbox.discarded_hint")
    office.store.discard_queued(reason=reason, hint=hint, now_ms=office.clock.now_ms())
    assert (await called(office, "there is room")).accepted


async def test_what_was_refused_paused_or_had_no_robot_counts_nowhere(office: Office) -> None:
    await office.control.pause(PauseFor.OPEN)
    assert (await called(office, "while paused")).status is Status.PAUSED
    office.control.resume()
    assert (await called(office, "to nobody", robot="nobody")).status is Status.FAILED
    assert used(office) == 0
    assert [entry.counted for entry in audited(office)] == [(), ()]
    await office.restart()
    assert used(office) == 0
    assert [(await called(office, each)).status for each in "abc"] == [Status.SENT, Status.SENT, Status.THROTTLED]
    assert used(office) == 2


async def test_a_pass_for_one_call_is_not_used_up_by_a_call_that_a_pause_kept_back(office: Office) -> None:
    says(office, {SEND: {"action": "deny"}})
    office.overrides.allow_once(SEND, "claude-code")
    await office.control.pause(PauseFor.OPEN)
    assert (await called(office, "while paused")).status is Status.PAUSED
    office.control.resume()
    assert (await called(office, "now")).status is Status.SENT
    assert (await called(office, "and again")).status is Status.REFUSED


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_send_that_fails_gives_its_quota_back_once(office: Office, team: SandboxRobot, restarted: bool) -> None:
    office.tune(digest_after_s=10_000)
    office.send_all_in_parts()
    team.robot.script(PENALTY)
    waits = calling(office, MarkdownMessage(title="long", text="字" * 15_000), wait_s=0)
    await office.within(waits)
    assert len(office.store.group(waits.result().delivery_id)) == 3
    assert used(office) == 1
    if restarted:
        await office.restart()
    says(office, {SEND: {"limits": [{**LIMIT, "window": "day"}]}})
    assert (await called(office, "the other one", wait_s=0)).status is Status.QUEUED
    team.robot.script(BROKEN, BROKEN, BROKEN)  # each part fails by itself
    await office.pass_time(700_000)
    assert [row.stage for row in office.store.group(waits.result().delivery_id)] == [Stage.FAILED] * 3
    assert used(office) == 0
    assert used(office, window_ms=DAY_MS) == 1
    await office.restart()
    assert used(office, window_ms=DAY_MS) == 1


async def test_what_perhaps_arrived_stays_counted(office: Office, team: SandboxRobot) -> None:
    says(office, {SEND: {"limits": [{**LIMIT, "window": "day", "max": 9}]}})
    team.robot.script(*[Drop(take=True)] * 3)
    assert (await called(office, "maybe")).status is Status.PERHAPS
    assert used(office, window_ms=DAY_MS) == 1
    await office.restart()
    assert used(office, window_ms=DAY_MS) == 1


async def test_messages_that_are_discarded_or_expire_give_their_quota_back(office: Office, team: SandboxRobot) -> None:
    day = {SEND: {"limits": [{**LIMIT, "window": "day", "max": 9}]}}
    says(office, day)
    office.settings = replace(office.settings, pause=replace(office.settings.pause, on_resume="discard"))
    team.robot.script(PENALTY)
    await called(office, "a", wait_s=0)
    await called(office, "b", wait_s=0)
    assert used(office, window_ms=DAY_MS) == 2
    await office.control.pause(PauseFor.OPEN)
    office.control.resume()
    assert used(office, window_ms=DAY_MS) == 0
    office.settings = replace(office.settings, pause=replace(office.settings.pause, on_resume="send"))
    office.tune(expire_after_h=1)
    late = await called(office, "c", wait_s=0)
    await office.control.pause(PauseFor.OPEN)
    await office.pass_time(2 * 3_600_000)
    office.control.resume()
    await office.settle()
    assert office.row(late.delivery_id).stage is Stage.EXPIRED
    assert used(office, window_ms=DAY_MS) == 0


async def test_messages_merged_into_a_digest_count_when_it_is_sent(office: Office, team: SandboxRobot) -> None:
    says(office, {SEND: {"limits": [{**LIMIT, "window": "day", "max": 9}]}})
    team.robot.script(PENALTY)
    for each in "abcdef":
        await called(office, each, wait_s=0)
    await office.pass_time(700_000)
    assert {row.stage for row in office.store.recent(9)} == {Stage.SENT}
    assert any(row.digest_id for row in office.store.recent(9))
    assert used(office, window_ms=DAY_MS) == 6
    assert not office.enforcer._open  # nothing of settled messages stays in memory


async def test_whoever_goes_away_while_the_keyring_is_asked_has_used_up_nothing(office: Office) -> None:
    class Silent:
        async def read(self, _robot: str) -> None:
            await asyncio.Event().wait()

    office.robots._vault = Silent()  # type: ignore[assignment] # all that is asked of it here
    office.robots._kept.clear()
    call = calling(office, "nobody waits for this")
    await office.settle()
    assert used(office) == 1
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert used(office) == 0
    assert [(entry.decision, entry.counted) for entry in audited(office)] == [(DecisionKind.ALLOW, ())]
    assert office.store.recent(9) == []


async def test_counters_hold_over_a_restart_whatever_the_wall_clock_does(office: Office) -> None:
    for each in "ab":
        assert (await called(office, each)).status is Status.SENT
    await office.restart()
    assert (await called(office, "c")).status is Status.THROTTLED
    office.clock.set_wall(-30 * DAY_MS)
    await office.restart()
    assert (await called(office, "d")).status is Status.THROTTLED
    await office.pass_time(MINUTE_MS)
    assert (await called(office, "e")).status is Status.SENT
    office.clock.set_wall(30 * DAY_MS)
    await office.restart()
    assert used(office) <= 2


async def test_calls_of_a_future_that_was_none_do_not_count_for_ever(office: Office) -> None:
    says(office, {SEND: {"limits": [{**LIMIT, "window": "day"}]}})
    office.clock.set_wall(900 * DAY_MS)  # a clock that is years ahead
    for each in "ab":
        await called(office, each)
    office.clock.set_wall(-900 * DAY_MS)  # and is put right
    await office.restart()
    assert (await called(office, "c")).status is Status.THROTTLED  # the careful reading
    await office.pass_time(DAY_MS)
    await office.restart()
    assert (await called(office, "d")).status is Status.SENT


async def test_observing_refuses_nothing_and_says_what_would_have_been(office: Office, team: SandboxRobot) -> None:
    says(office, {SEND: {"action": "require_approval"}}, mode="observe")
    receipts = [await called(office, "a"), await called(office, "b", origin=caller(tool="dingtalk_send_link"))]
    assert [receipt.status for receipt in receipts] == [Status.SENT, Status.SENT]
    assert [(entry.decision, entry.observed, entry.rule) for entry in audited(office)] == [
        (DecisionKind.ASK, True, f"tools.{SEND}.action"),
        (DecisionKind.DENY, True, "default"),
    ]
    assert {(row.decision, row.rule) for row in office.store.recent(9)} == {
        ("allow", f"tools.{SEND}.action"),
        ("allow", "default"),
    }
    assert office.store.audit.refusals(9) == []
    assert len(team.received) == 2


def under_way(office: Office, *, session: str) -> None:
    """A call that counts, and whose message is on its way."""
    with office.enforcer.permit(office.guarded.call(caller(tool=STATUS, session=session), {}), caller()) as permit:
        permit.hand_over(session)


async def test_thousands_of_sessions_leave_nothing_behind(office: Office) -> None:
    says(office, {STATUS: {"limits": [{**LIMIT, "scope": "session"}]}})
    for number in range(3_000):
        under_way(office, session=f"s{number}")
    assert used(office) == 1
    assert len(office.enforcer._counters) == 3_000
    office.clock.step(MINUTE_MS)
    for number in range(4_000):
        under_way(office, session=f"t{number}")
    assert len(office.enforcer._counters) <= 4_000
    office.clock.step(DAY_MS)
    under_way(office, session="last")
    assert len(office.enforcer._open) == 1


async def test_a_call_that_only_looks_counts_unless_it_fails(office: Office) -> None:
    says(office, {STATUS: {"limits": [LIMIT]}})

    async def broken() -> PreparedCall:
        async def action() -> None:
            raise RuntimeError("a bug")

        return PreparedCall(action=action)  # type: ignore[arg-type] # it never answers

    for _ in range(3):
        with pytest.raises(RuntimeError):
            await office.guarded.pass_on(caller(tool=STATUS), {}, broken)
    assert used(office) == 0
    assert len(audited(office)) == 3


async def test_a_held_call_counts_while_it_waits_and_a_refusal_gives_that_back(office: Office) -> None:
    asks(office, limits=[{**LIMIT, "max": 1}])
    first, approval = await held(office, "a")
    assert (await called(office, "b")).status is Status.THROTTLED
    await settle(office, approval, Answer.DENY)
    assert (await first).status is Status.REFUSED
    second, approval = await held(office, "c")
    await settle(office, approval)
    assert (await second).status is Status.SENT
    assert (await called(office, "d")).status is Status.THROTTLED
