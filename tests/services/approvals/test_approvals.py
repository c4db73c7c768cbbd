"""Messages that wait for the owner: settled once, sent by themselves, as they were shown, whatever happens."""

import asyncio
import json
import random
import sqlite3
import tempfile
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.agents import SEND, asks, audited, called, caller, calling, everybody, held, says, settle
from tests.support.clock import DAY_MS, StepClock
from tests.support.office import ORIGIN, Office, at_work
from tests.support.robot import credentials_of
from tray_app.adapters.files.policy import default_policy
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval, ApprovalState
from tray_app.core.delivery.delivery import Source, Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import MarkdownMessage, TextMessage
from tray_app.core.policy.model import Risk
from tray_app.core.state.snapshot import StoreState, VaultState
from tray_app.sandbox.robot import AnswerWith
from tray_app.services.approvals.queue import MOST_OF_ONE, MOST_WAITING

pytestmark = pytest.mark.anyio

MINUTE_MS = 60_000
ROUNDS = 1_000
PENALTY = AnswerWith(body=b'{"errcode":410100,"errmsg":"x"}')


@pytest.fixture
async def office(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Office]:
    async with at_work(tmp_path, {"team": team}, clock=clock, per_minute=1_000_000) as office:
        asks(office)
        yield office


def seen(group: SandboxRobot) -> list[str]:
    return [each.text for each in group.received]


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


async def test_the_rest_of_the_session_goes_through_and_another_session_waits(
    office: Office, team: SandboxRobot
) -> None:
    _call, approval = await held(office, "a", origin=caller(session="s1"))
    await settle(office, approval, Answer.SESSION)
    assert (await called(office, "b", origin=caller(session="s1"))).status is Status.SENT
    _call, other = await held(office, "c", origin=caller(session="s2"))
    await office.restart()
    assert (await called(office, "d", origin=caller(session="s1"))).status is Status.SENT
    await settle(office, other, Answer.DENY)
    await office.pass_time(DAY_MS)
    await held(office, "e", origin=caller(session="s1"))
    assert seen(team) == ["a", "b", "d"]


async def test_without_a_known_session_there_is_no_answer_for_it(office: Office, team: SandboxRobot) -> None:
    _call, approval = await held(office, "a")
    with pytest.raises(TrayAppError) as caught:
        await settle(office, approval, Answer.SESSION)
    assert caught.value.reason == text("approvals.no_session")
    assert office.overrides.now().sessions == frozenset()
    await settle(office, approval, Answer.ONCE)
    await held(office, "b")
    assert seen(team) == ["a"]


async def test_what_was_allowed_for_a_session_holds_for_no_call_whose_session_is_unknown(
    office: Office, team: SandboxRobot
) -> None:
    _call, approval = await held(office, "a", origin=caller(session="s1"))
    await settle(office, approval, Answer.SESSION)
    await held(office, "b")
    office.overrides.allow_session(SEND, caller(session="s2"))
    await held(office, "c")
    assert seen(team) == ["a"]


async def test_a_waiting_call_is_told_whose_it_is_when_that_is_known(office: Office) -> None:
    _call, approval = await held(office, "a", origin=replace(caller(), call_id="toolu_1"))
    assert office.held == [approval.origin]
    office.store.sessions.attribute("toolu_2", session_id="s9", project="web")
    assert office.approvals.waiting() == [approval]
    office.store.sessions.attribute("toolu_1", session_id="s1", project="api")
    (told,) = office.approvals.waiting()
    assert (told.origin.session, told.origin.project) == ("s1", "api")
    await settle(office, told, Answer.SESSION)
    assert (await called(office, "b", origin=caller(session="s1"))).status is Status.SENT


async def test_always_changes_the_policy_file_and_nothing_else_of_it(office: Office) -> None:
    _call, approval = await held(office, "a")
    await settle(office, approval, Answer.ALWAYS)
    assert json.loads(office.policy_file.source or "")["tools"] == {SEND: {"action": "allow", "reason": "I look first"}}
    assert (await called(office, "b")).status is Status.SENT


async def test_always_takes_out_the_very_condition_that_asked_also_when_it_has_moved(office: Office) -> None:
    loud = {"path": "args.content", "op": "contains", "value": "loud"}
    long = {"path": "args.content", "op": "contains", "value": "long"}
    says(office, {SEND: {"require_approval_if": [loud, long]}})
    _call, first = await held(office, "a loud one")
    _call, second = await held(office, "a long one")
    await settle(office, first, Answer.ALWAYS)
    assert json.loads(office.policy_file.source or "")["tools"][SEND]["require_approval_if"] == [long]
    _call, third = await held(office, "another long one")
    await settle(office, second, Answer.ALWAYS)  # its rule was …[1] when it was asked
    assert not json.loads(office.policy_file.source or "")["tools"][SEND].get("require_approval_if")
    await settle(office, third, Answer.ALWAYS)  # nothing is left to take out


async def test_a_policy_that_cannot_be_written_leaves_the_call_waiting(office: Office, team: SandboxRobot) -> None:
    _call, approval = await held(office, "a")
    office.policy_file.source = "{ broken"
    with pytest.raises(TrayAppError):
        await settle(office, approval, Answer.ALWAYS)
    assert [one.id for one in office.approvals.waiting()] == [approval.id]
    await settle(office, approval, Answer.ONCE)
    assert seen(team) == ["a"]


async def test_a_call_that_is_under_way_ends_by_the_rules_it_began_with(office: Office, team: SandboxRobot) -> None:
    says(office, {SEND: {"action": "allow"}})
    team.robot.script(PENALTY)  # so that it is still on its way
    sending = calling(office, "begun before")
    await office.settle()
    asks(office)
    waiting, approval = await held(office, "held before")
    says(office, {SEND: {"action": "deny"}})
    assert (await called(office, "too late")).status is Status.REFUSED
    await settle(office, approval)
    await office.pass_time(10 * MINUTE_MS)
    assert sorted(seen(team)) == ["begun before", "held before"]
    await asyncio.gather(sending, waiting)


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


async def test_while_something_waits_nothing_is_shown_as_failed(office: Office) -> None:
    await held(office, "a")
    snapshot = office.snapshot()
    assert [send.stage for send in snapshot.recent] == [Stage.HELD]
    assert (snapshot.problems, snapshot.queued) == ((), 0)


async def test_a_history_that_is_damaged_while_something_waits_says_that_it_is_lost(office: Office) -> None:
    call, approval = await held(office, "gone")
    office.store.close()
    office.path.write_bytes(b"not a database at all" * 500)
    for ending in ("-wal", "-shm"):
        Path(f"{office.path}{ending}").unlink(missing_ok=True)
    office.deliver.wake()
    await office.pass_time(2_000)
    assert office.store.state is StoreState.CORRUPT
    receipt = await call
    assert (receipt.status, receipt.reason) == (Status.FAILED, text("outbox.lost"))
    with pytest.raises(TrayAppError) as refused:
        await settle(office, approval)
    assert why(refused) == "approvals.unknown"
    assert office.approvals.waiting() == []
    await held(office, "and life goes on")


async def test_a_history_that_cannot_be_written_keeps_the_call_waiting_and_its_quota(
    office: Office, team: SandboxRobot
) -> None:
    asks(office, limits=[{"counter": "sends", "window": "minute", "max": 1}])
    call, approval = await held(office, "a")
    other = sqlite3.connect(office.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for answer in (Answer.ONCE, Answer.DENY):
        with pytest.raises(StoreUnavailable):
            await settle(office, approval, answer)
    other.execute("ROLLBACK")
    other.close()
    assert not call.done()
    await settle(office, approval)
    assert (await call).status is Status.SENT
    assert seen(team) == ["a"]


async def test_a_call_that_cannot_be_kept_is_refused_and_counts_nowhere(office: Office) -> None:
    asks(office, limits=[{"counter": "sends", "window": "minute", "max": 1}])
    other = sqlite3.connect(office.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    receipt = await called(office, "a")
    assert (receipt.status, receipt.delivery_id) == (Status.FAILED, "")
    other.execute("ROLLBACK")
    other.close()
    assert office.enforcer.used(counter="sends", window_ms=MINUTE_MS) == 0
    await held(office, "b")


@pytest.fixture
async def quick_office(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Office]:
    """Without a disk that thousands of commits wait for, where the system has such a folder."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        async with at_work(Path(folder), {"team": team}, clock=clock) as office:
            asks(office)
            yield office


async def test_of_tray_command_and_time_exactly_one_wins(quick_office: Office) -> None:
    """1,000 rounds: two answers and the end of the time at once, in any order."""
    office, chance = quick_office, random.Random(4)
    office.tune(expire_after_h=1_000)
    won: list[ApprovalState] = []
    await office.control.pause(PauseFor.OPEN)
    for number in range(ROUNDS):
        held_id = _held_at_once(office, number)
        tries = [
            office.approvals.settle(held_id, Answer.ONCE, by=Source.TRAY),
            office.approvals.settle(held_id, Answer.DENY, by=Source.CLI),
            _time_is_up(office),
        ]
        chance.shuffle(tries)
        results = await asyncio.gather(*tries, return_exceptions=True)
        approval = office.store.approvals.find(held_id)
        assert approval is not None
        answers = [one for one in results if isinstance(one, Approval)]
        assert answers == ([approval] if approval.by is not None else []), number
        assert sum(isinstance(one, TrayAppError) for one in results) == 2 - len(answers)
        assert (
            office.row(held_id).stage
            is {
                (ApprovalState.APPROVED, Answer.ONCE): Stage.QUEUED,
                (ApprovalState.DENIED, Answer.DENY): Stage.REFUSED,
                (ApprovalState.EXPIRED, None): Stage.EXPIRED,
            }[approval.state, approval.answer]
        )
        won.append(approval.state)
    assert all(won.count(state) > ROUNDS / 10 for state in set(ApprovalState) - {ApprovalState.WAITING})
    assert office.snapshot().queued == won.count(ApprovalState.APPROVED)
    assert office.approvals.waiting() == []


async def _time_is_up(office: Office) -> None:
    """Let its time pass, and `Approvals.run` see it."""
    office.clock.step(30 * MINUTE_MS)
    for _ in range(3):
        await asyncio.sleep(0)


def _held_at_once(office: Office, number: int) -> str:
    """Hold a message without anybody who waits for it. Returns its id."""
    who, message = caller(), TextMessage(content=str(number))
    rows = office.enqueuer.rows([message], "team", who, Stage.QUEUED)
    with office.enqueuer.permit(office.guarded.call(who, {}), who) as permit:
        office.enqueuer.take(rows, message, permit)
    return rows[0].id


def test_of_three_processes_that_settle_at_the_same_instant_one_wins(tmp_path: Path) -> None:
    """The database itself lets one through: three connections, each in a thread of its own."""
    path = tmp_path / "history.sqlite3"
    store = SqliteStore(path)
    rounds = 60
    approvals = [_approval(f"a{number}") for number in range(rounds)]
    for approval in approvals:
        store.accept((), approval=approval)
    wins: list[tuple[str, str]] = []
    barrier = threading.Barrier(3)

    def settler(name: str, state: ApprovalState) -> None:
        own = SqliteStore(path)
        for approval in approvals:
            barrier.wait(10)
            settled = replace(approval, state=state, settled_ms=2)
            to = {ApprovalState.APPROVED: Stage.QUEUED, ApprovalState.DENIED: Stage.REFUSED}.get(state, Stage.EXPIRED)
            if own.settle_approval(settled, to=to, reason=None, hint=None):
                wins.append((approval.id, name))
        own.close()

    states = {"tray": ApprovalState.APPROVED, "cli": ApprovalState.DENIED, "time": ApprovalState.EXPIRED}
    threads = [threading.Thread(target=settler, args=pair) for pair in states.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(approval_id for approval_id, _ in wins) == sorted(approval.id for approval in approvals)
    for approval_id, name in wins:
        found = store.approvals.find(approval_id)
        assert found is not None
        assert found.state is states[name]
    store.close()


def _approval(approval_id: str) -> Approval:
    return Approval(
        id=approval_id,
        tool=SEND,
        risk=Risk.WRITE,
        origin=ORIGIN,
        robot="team",
        title="t",
        details=(),
        rule="r",
        reason=text("approvals.asked"),
        fingerprint="f",
        created_ms=1,
        expires_ms=9,
    )


async def test_the_audit_keeps_who_asked_and_that_it_was_asked(office: Office) -> None:
    _call, approval = await held(office, "a", origin=caller(session="s1"))
    (entry,) = audited(office)
    assert (entry.decision.value, entry.grant, entry.session, entry.delivery_id) == (
        "ask",
        "claude-code",
        "s1",
        approval.id,
    )
