"""What a call asks of the database: work that a faster machine does not hide."""

from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.office import at_work
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.receipt import Status

pytestmark = pytest.mark.anyio


async def test_a_call_writes_three_times_and_reads_nothing_that_it_knows(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        await office.send("the first opens everything")
        said: list[str] = []
        assert office.store._database._connection is not None
        office.store._database._connection.set_trace_callback(said.append)
        assert (await office.send("hello")).status is Status.SENT
    assert said.count("COMMIT") == 3
    reads = [one for one in said if one.startswith("SELECT")]
    assert len([one for one in reads if "stage = 'queued'" in one]) == 2  # this one, and whether another waits
    assert len([one for one in reads if "group_id = " in one]) == 1  # what became of it
    assert len(reads) == 3
