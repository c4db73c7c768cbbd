"""What waits for the owner while the history is damaged, or cannot be written."""

import sqlite3
from pathlib import Path

import pytest

from tests.support.agents import asks, called, held, settle
from tests.support.office import Office
from tests.support.robot import seen
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.approvals.answer import Answer
from tray_app.core.delivery.delivery import Stage
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.state.snapshot import StoreState

pytestmark = pytest.mark.anyio
MINUTE_MS = 60_000


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
    assert refused.value.reason.key == "approvals.unknown"
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
