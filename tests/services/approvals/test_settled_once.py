"""However many settle an approval at the same instant, one wins."""

import asyncio
import random
import tempfile
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.agents import SEND, asks, caller
from tests.support.clock import StepClock
from tests.support.office import ORIGIN, Office, at_work
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval, ApprovalState
from tray_app.core.delivery.delivery import Source, Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import TextMessage
from tray_app.core.policy.model import Risk

pytestmark = pytest.mark.anyio
MINUTE_MS = 60_000
ROUNDS = 1_000


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
