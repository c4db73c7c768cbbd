"""Whatever happens meanwhile, no answer is given and nothing is posted that a power cut at that instant would undo."""

import asyncio
import errno
import itertools
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.support.clock import StepClock
from tests.support.office import ORIGIN, Office, at_work
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.store.file.log_sync import sync_log
from tray_app.core.delivery.delivery import FINAL, Stage
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.texts import text
from tray_app.core.messages.channel import NoReply, Reply, Request
from tray_app.core.messages.message import TextMessage
from tray_app.sandbox.robot import AnswerWith, Drop, RobotFault

Stages: TypeAlias = Mapping[str, Stage]
_UNKNOWN = text("outbox.perhaps_lost_hint")  # "it may be lost": says itself that it is not known to be on the disk
_HELD_BACK = {Status.QUEUED: {Stage.QUEUED, Stage.SENDING} | FINAL, Status.SENT: {Stage.SENT}}

ROBOTS: Sequence[RobotFault] = (AnswerWith(), AnswerWith(status=400), AnswerWith(status=502), Drop(), Drop(take=True))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(1, 4)),
        st.tuples(st.just("send and wait"), st.integers(1, 4)),
        st.tuples(st.just("robot"), st.integers(0, len(ROBOTS) - 1)),
        st.tuples(st.just("disk fails"), st.integers(1, 2)),
        st.tuples(st.just("commit fails"), st.integers(1, 60)),
        st.tuples(st.just("time"), st.sampled_from([1_000, 60_000])),
    ),
    min_size=3,
    max_size=9,
)


class Disk:
    """What a power cut would leave: the files as they were before the last wait for the disk that succeeded."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, itertools.count()
        self._left = folder / "nothing"
        self.fails = 0
        self.failed = 0

    def sync(self, path: Path) -> None:
        """Wait for the disk, or fail."""
        if self.fails:
            self.fails -= 1
            self.failed += 1
            raise OSError(errno.EIO, "the disk is broken")
        copy = self._folder / f"left{next(self._numbers)}.sqlite3"
        for ending in ("", "-wal"):  # before: what is committed meanwhile nobody may rely on
            if Path(f"{path}{ending}").exists():
                shutil.copy(f"{path}{ending}", f"{copy}{ending}")
        sync_log(path)
        self._left = copy

    def stages(self) -> Stages:
        """Stages by delivery id, as they would be read after it."""
        seen = self._folder / "seen.sqlite3"
        for ending in ("", "-wal", "-shm"):
            Path(f"{seen}{ending}").unlink(missing_ok=True)
            if Path(f"{self._left}{ending}").exists():
                shutil.copy(f"{self._left}{ending}", f"{seen}{ending}")
        with closing(sqlite3.connect(seen)) as connection:
            return {one: Stage(stage) for one, stage in connection.execute("SELECT id, stage FROM deliveries")}


class Witness:
    """Sends, and looks at the disk at the instant of each answer and before each POST."""

    def __init__(self, office: Office, disk: Disk) -> None:
        self._office, self._disk = office, disk
        self._post = office.poster._real.post
        office.poster._real.post = self._posted  # type: ignore[method-assign] # looks, and does the same
        self.answered: list[Receipt] = []
        self.posted_too_soon = False  # an error there would be taken for one of the network

    async def send(self, content: str, wait_s: float) -> None:
        """Send, and hold the answer against the disk."""
        message = TextMessage(content=content)
        failed = self._disk.failed
        receipt = await self._office.notify.send(message, robot="team", origin=ORIGIN, wait_s=wait_s)
        if receipt.status is Status.SENT and self._disk.failed > failed:
            # it is at the group, whatever the disk keeps: after a power cut it goes again under its id
            assert self._disk.stages()[receipt.delivery_id] in {Stage.SENT, Stage.SENDING}, receipt
        elif receipt.status in _HELD_BACK and receipt.hint != _UNKNOWN:
            assert self._disk.stages()[receipt.delivery_id] in _HELD_BACK[receipt.status], receipt
        self.answered.append(receipt)

    async def _posted(self, request: Request) -> Reply | NoReply:
        self.posted_too_soon |= Stage.SENDING not in self._disk.stages().values()
        return await self._post(request)


@pytest.mark.timeout(300)  # each example waits for the disk again and again
@pytest.mark.parametrize("examples", [5, pytest.param(20, marks=pytest.mark.slow)])
def test_no_answer_and_no_post_precedes_its_commit_on_the_disk(examples: int) -> None:
    @settings(max_examples=examples, deadline=None, phases=(Phase.reuse, Phase.generate))  # to shrink one takes minutes
    @given(happens=steps)
    def tried(happens: Sequence[tuple[str, int]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(_all(Path(folder), happens))

    tried()


async def _all(folder: Path, happens: Sequence[tuple[str, int]]) -> None:
    clock = StepClock()
    with SandboxRobot(per_minute=0, now_ms=clock.now_ms) as team:
        async with at_work(folder, {"team": team}, clock=clock, per_minute=1_000) as office:
            disk = Disk(folder)
            office.sync = disk.sync
            witness, numbers = Witness(office, disk), itertools.count()
            tasks: list[asyncio.Task[None]] = []
            for what, much in happens:
                match what:
                    case "robot":
                        team.robot.script(ROBOTS[much])
                    case "disk fails":
                        disk.fails = much
                    case "commit fails":
                        _interrupt(office, much)
                    case "time":
                        await office.pass_time(much)
                    case _:
                        wait_s = 5 if what == "send and wait" else 0
                        tasks += [asyncio.create_task(witness.send(f"m{next(numbers)}", wait_s)) for _ in range(much)]
                        await asyncio.sleep(0)
            disk.fails = 0
            await office.pass_time(86_400_000)
            await office.within(asyncio.gather(*tasks))
            assert not witness.posted_too_soon
            told = {one.delivery_id: one for one in witness.answered if one.status is Status.SENT}
            assert {row.stage for row in office.store.recent(99) if row.id in told} <= {Stage.SENT}


def _interrupt(office: Office, after: int) -> None:
    """Have SQLite give up in the middle of a statement to come, as where the disk refuses a page."""
    connection = office.store._database._connection
    if connection is not None:
        left = itertools.chain([0] * after, itertools.repeat(1))
        connection.set_progress_handler(lambda: next(left), 10)
