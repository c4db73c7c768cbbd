"""Calls that send nothing, past the policy: looked up, held, done once approved, lost with the app; never half done."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.agents import CONFIGURE, LIMIT, STATUS, audited, caller, says, settle, used
from tests.support.clock import DAY_MS, StepClock
from tests.support.office import Office, at_work
from tray_app.adapters.files.policy import PolicyFile
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval, ApprovalState
from tray_app.core.delivery.delivery import Source
from tray_app.core.delivery.receipt import Receipt, Report, Status
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError, VaultUnavailable
from tray_app.core.kernel.texts import text
from tray_app.core.policy.audit import DecisionKind
from tray_app.core.policy.overrides import NO_OVERRIDES
from tray_app.services.calls.guarded import PreparedCall
from tray_app.services.owner.policy_admin import PolicyAdmin

pytestmark = pytest.mark.anyio

STORED = Receipt(status=Status.STORED, robot="ops", reason=text("desk.stored", robot="ops"))
SEEN = Report(data={"status": "ok"}, words=text("desk.stored", robot="ops"))


@pytest.fixture
async def office(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Office]:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        ask = {"action": "require_approval", "limits": [LIMIT]}
        says(office, {CONFIGURE: ask, STATUS: ask})
        yield office


@dataclass
class Work:
    """A deed that counts how often it was done; `enforcer` holds it up, `trouble` is what comes of it."""

    answer: Receipt | Report = STORED
    trouble: Exception | None = None
    enforcer: asyncio.Event = field(default_factory=asyncio.Event)
    begun: int = 0
    done: int = 0

    def __post_init__(self) -> None:
        self.enforcer.set()

    async def prepared(self) -> PreparedCall:
        return PreparedCall(action=self._do, title="ops (oapi.dingtalk.com)", robot="ops", details=())

    async def _do(self) -> Receipt | Report:
        self.begun += 1
        await self.enforcer.wait()
        if self.trouble is not None:
            raise self.trouble
        self.done += 1
        return self.answer


async def asked(
    office: Office, work: Work, *, tool: str = CONFIGURE
) -> tuple["asyncio.Task[Receipt | Report]", Approval]:
    """Call, and see that it waits."""
    task = asyncio.ensure_future(office.guarded.pass_on(caller(tool=tool), {}, work.prepared))
    await office.settle()
    approval = office.approvals.waiting()[-1]
    assert (task.done(), work.begun) == (False, 0)
    return task, approval


async def test_a_deed_is_done_once_the_owner_approves_and_its_caller_hears_what_came_of_it(office: Office) -> None:
    work = Work()
    call, approval = await asked(office, work)
    assert (approval.title, approval.robot, approval.fingerprint) == ("ops (oapi.dingtalk.com)", "ops", "")
    await settle(office, approval)
    answer = await call
    assert isinstance(answer, Receipt)
    assert (answer.status, answer.delivery_id) == (Status.STORED, approval.id)
    assert work.done == 1
    with pytest.raises(TrayAppError):
        await settle(office, approval)
    assert work.done == 1
    assert used(office) == 1


async def test_a_caller_that_could_not_wait_so_long_asks_what_became_of_it(office: Office) -> None:
    work = Work()
    answer = await office.within(office.guarded.pass_on(caller(tool=CONFIGURE), {}, work.prepared))
    assert isinstance(answer, Receipt)
    assert (answer.status, answer.rule) == (Status.HELD, f"tools.{CONFIGURE}.action")
    (approval,) = office.approvals.waiting()
    assert answer.delivery_id == approval.id
    assert office.guarded.report(approval.id) == answer
    await settle(office, approval)
    told = office.guarded.report(approval.id)
    assert told is not None
    assert (told.status, told.delivery_id) == (Status.STORED, approval.id)


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (VaultUnavailable(text("keyring.locked"), text("keyring.locked_hint")), "keyring.locked"),
        (RuntimeError("a bug"), "outbox.internal"),
    ],
)
async def test_a_deed_that_fails_is_told_to_owner_and_agent_and_counts_nowhere(
    office: Office, trouble: Exception, reason: str, *, waits: bool
) -> None:
    work = Work(trouble=trouble)
    call, approval = await asked(office, work)
    if not waits:
        await office.pass_time(50_000)
    with pytest.raises(TrayAppError) as told:
        await settle(office, approval)
    assert told.value.reason.key == reason
    answer = await call if waits else office.guarded.report(approval.id)
    assert isinstance(answer, Receipt)
    assert (answer.status, answer.reason and answer.reason.key) == (Status.FAILED, reason)
    assert used(office) == 0


async def test_whoever_approves_may_go_away_while_it_is_done(office: Office) -> None:
    work = Work()
    work.enforcer.clear()
    call, approval = await asked(office, work)
    click = asyncio.ensure_future(office.approvals.settle(approval.id, Answer.ONCE, by=Source.CLI))
    await office.settle()
    click.cancel()
    await asyncio.gather(click, return_exceptions=True)
    work.enforcer.set()
    await office.settle()
    answer = await call
    assert isinstance(answer, Receipt)
    assert (answer.status, work.done) == (Status.STORED, 1)


async def test_declined_or_lapsed_it_is_not_done(office: Office) -> None:
    for answer in (Answer.DENY, None):
        work = Work()
        call, approval = await asked(office, work)
        if answer is None:
            await office.pass_time(31 * 60_000)
        else:
            await settle(office, approval, answer)
        told = await call if answer else office.guarded.report(approval.id)
        assert isinstance(told, Receipt)
        assert told.status is Status.REFUSED
        assert told.hint is not None
        assert (work.begun, used(office)) == (0, 0)


async def test_it_goes_with_the_app_and_its_caller_is_told_at_once(office: Office) -> None:
    work = Work()
    call, approval = await asked(office, work)
    await office.approvals.stop(grace_s=1)
    answer = await call
    assert isinstance(answer, Receipt)
    assert (answer.status, answer.reason) == (Status.REFUSED, text("approvals.restarted"))
    settled = office.store.approvals.find(approval.id)
    assert settled is not None
    assert (settled.state, settled.by) == (ApprovalState.EXPIRED, None)


async def test_of_one_that_was_killed_the_next_run_says_that_it_is_gone(office: Office) -> None:
    work = Work()
    call, approval = await asked(office, work)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await office.restart()
    with pytest.raises(TrayAppError) as refused:
        await settle(office, approval)
    assert refused.value.reason == text("approvals.settled_expired")
    told = office.guarded.report(approval.id)
    assert told is not None
    assert told.status is Status.REFUSED
    assert (work.begun, used(office)) == (0, 0)


async def test_what_was_approved_in_an_earlier_run_is_not_claimed_to_be_done(office: Office) -> None:
    call, approval = await asked(office, Work())
    await settle(office, approval)
    await call
    await office.restart()
    told = office.guarded.report(approval.id)
    assert told is not None
    assert (told.status, told.reason) == (Status.HELP, text("approvals.approved_deed"))


async def test_a_stop_lets_what_is_being_done_come_to_its_end(office: Office) -> None:
    work = Work()
    work.enforcer.clear()
    call, approval = await asked(office, work)
    click = asyncio.ensure_future(office.approvals.settle(approval.id, Answer.ONCE, by=Source.CLI))
    await office.settle()
    stop = asyncio.ensure_future(office.approvals.stop(grace_s=5))
    await office.settle()
    assert not stop.done()
    work.enforcer.set()
    await stop
    await asyncio.gather(click, call)
    assert work.done == 1


async def test_a_look_that_is_approved_too_late_lets_the_next_one_through(office: Office) -> None:
    work = Work(answer=SEEN)
    first = await office.within(office.guarded.pass_on(caller(tool=STATUS), {}, work.prepared))
    assert isinstance(first, Receipt)
    await settle(office, office.approvals.waiting()[0])
    told = office.guarded.report(first.delivery_id)
    assert told is not None
    assert told.reason == text("approvals.approved_pass")
    assert await office.guarded.pass_on(caller(tool=STATUS), {}, work.prepared) == SEEN
    assert [entry.rule for entry in audited(office)][-1] == "pass.once"


async def test_a_look_that_is_approved_in_time_is_answered(office: Office) -> None:
    call, approval = await asked(office, Work(answer=SEEN), tool=STATUS)
    await settle(office, approval)
    assert await call == SEEN
    await office.pass_time(60_000)
    again, _ = await asked(office, Work(answer=SEEN), tool=STATUS)
    again.cancel()
    await asyncio.gather(again, return_exceptions=True)


async def test_arguments_that_are_wrong_are_told_only_to_whom_the_policy_lets_through(office: Office) -> None:
    async def wrong() -> PreparedCall:
        raise VaultUnavailable(text("keyring.locked"), text("keyring.locked_hint"))

    with pytest.raises(VaultUnavailable):
        await office.guarded.pass_on(caller(tool=CONFIGURE), {}, wrong)
    assert (used(office), office.approvals.waiting()) == (0, [])
    says(office, {CONFIGURE: {"action": "deny"}})
    answer = await office.guarded.pass_on(caller(tool=CONFIGURE), {}, wrong)
    assert isinstance(answer, Receipt)
    assert answer.status is Status.REFUSED
    assert [(entry.decision, entry.counted) for entry in audited(office)] == [
        (DecisionKind.ASK, ()),
        (DecisionKind.DENY, ()),
    ]


async def test_a_deed_whose_approval_is_lost_with_the_history_is_told_and_forgotten(office: Office) -> None:
    work = Work()
    call, _approval = await asked(office, work)
    office.store.close()
    for ending in ("-wal", "-shm"):
        Path(f"{office.path}{ending}").unlink(missing_ok=True)
    office.path.write_bytes(b"not a database at all" * 500)
    with pytest.raises(StoreUnavailable):
        office.store.recent(1)
    await office.pass_time(2_000)
    answer = await call
    assert isinstance(answer, Receipt)
    assert (answer.status, answer.reason) == (Status.FAILED, text("outbox.lost"))
    assert not office.approvals._pending_actions.waiting
    assert used(office) == 0


async def test_nothing_of_a_configure_call_is_in_the_audit_but_that_it_was_made(office: Office) -> None:
    key = "SEC" + "a1" * 30
    task = asyncio.ensure_future(office.guarded.pass_on(caller(tool=CONFIGURE), {"secret": key}, Work().prepared))
    await office.settle()
    assert [entry.tool for entry in audited(office)] == [CONFIGURE]
    office.store.close()
    assert all(key.encode() not in file.read_bytes() for file in office.path.parent.iterdir() if file.is_file())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_old_decisions_go_with_the_history_and_what_counts_stays(office: Office) -> None:
    says(office, {STATUS: {"limits": [{**LIMIT, "window": "day"}]}})
    await office.guarded.pass_on(caller(tool=STATUS), {}, Work(answer=SEEN).prepared)
    office.clock.step(2 * DAY_MS)
    await office.guarded.pass_on(caller(tool=STATUS), {}, Work(answer=SEEN).prepared)
    office.store.prune(before_ms=office.clock.now_ms() - DAY_MS)
    assert len(audited(office)) == 1
    await office.restart()
    assert used(office, window_ms=DAY_MS) == 1


async def test_a_call_of_a_hidden_tool_is_turned_away_but_not_where_the_policy_only_observes(office: Office) -> None:
    says(office, {}, default="allow", hide=[STATUS])
    refused = office.guarded.refuse_hidden(caller(tool=STATUS), {"anything": 1})
    assert refused is not None
    assert (refused.status, refused.rule) == (Status.REFUSED, "hide")
    assert office.guarded.refuse_hidden(caller(tool=CONFIGURE), {}) is None
    assert [(entry.tool, entry.decision, entry.rule) for entry in audited(office)] == [
        (STATUS, DecisionKind.DENY, "hide"),
    ]
    assert [tool for tool in (STATUS, CONFIGURE) if office.guarded.hides(tool)] == [STATUS]
    says(office, {}, default="allow", hide=[STATUS], mode="observe")
    assert not office.guarded.hides(STATUS)
    assert office.guarded.refuse_hidden(caller(tool=STATUS), {}) is None
    assert len(audited(office)) == 1


async def test_no_call_of_a_hidden_tool_is_let_through_once(office: Office) -> None:
    says(office, {}, default="allow", hide=[STATUS])
    assert office.guarded.refuse_hidden(caller(tool=STATUS), {}) is not None
    dispatcher = PolicyAdmin(
        active=office.active,
        enforcer=office.enforcer,
        overrides=office.overrides,
        approvals=office.approvals,
        history=office.history,
        audit=office.store.audit,
        file=PolicyFile(office.path.with_name("policy.json"), last_good=office.path.with_name("last.json")),
    )
    with pytest.raises(TrayAppError) as caught:
        await dispatcher.allow_once(dispatcher.refusals()[0].id, by=Source.TRAY)
    assert caught.value.reason == text("gate.hidden_refusal")
    assert office.overrides.now() == NO_OVERRIDES
