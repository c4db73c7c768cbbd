"""Nothing is posted or answered before it would outlive a power cut; who is ready at the same time shares one wait."""

import asyncio
import errno
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.office import ORIGIN, Office, at_work
from tests.support.patience import PATIENCE_S
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.store.file.log_sync import sync_log
from tray_app.core.delivery.delivery import Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.core.messages.message import TextMessage
from tray_app.core.state.snapshot import StoreState
from tray_app.sandbox.robot import AnswerWith

pytestmark = pytest.mark.anyio


class PowerCut:
    """What would be left of the database at a power cut: a copy as of the last sync."""

    def __init__(self, office: Office, folder: Path) -> None:
        self._office, self._copy = office, folder / "left.sqlite3"
        self.syncs = 0
        office.sync = self._sync

    def _sync(self, path: Path) -> None:
        for ending in ("", "-wal"):  # before: of what is committed meanwhile nobody may rely
            if Path(f"{path}{ending}").exists():
                shutil.copy(f"{path}{ending}", f"{self._copy}{ending}")
        sync_log(path)
        self.syncs += 1

    def stages(self) -> dict[str, str]:
        """Stages by delivery id, as they would be read after it."""
        seen = self._copy.with_name("seen.sqlite3")
        for ending in ("", "-wal"):
            Path(f"{seen}{ending}").unlink(missing_ok=True)
            if Path(f"{self._copy}{ending}").exists():
                shutil.copy(f"{self._copy}{ending}", f"{seen}{ending}")
        with closing(sqlite3.connect(seen)) as connection:
            return dict(connection.execute("SELECT id, stage FROM deliveries"))


@pytest.mark.parametrize(
    ("answer", "wait_s"),
    [(AnswerWith(), None), (AnswerWith(), 0), (AnswerWith(status=400), None), (AnswerWith(status=502), 0)],
    ids=["sent", "at once", "rejected", "tried again"],
)
async def test_what_an_answer_says_would_be_read_after_a_power_cut(
    tmp_path: Path, team: SandboxRobot, clock: StepClock, answer: AnswerWith, wait_s: float | None
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        cut = PowerCut(office, tmp_path)
        for number in range(5):
            team.robot.script(answer)
            receipt = await office.send(f"message {number}", wait_s=wait_s)
            said = cut.stages()[receipt.delivery_id]
            assert said in {Status.QUEUED: ("queued", "sending", "sent")}.get(receipt.status, (receipt.status.value,))


async def test_nothing_is_posted_before_it_would_be_known_after_a_power_cut_that_it_was(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        cut, seen = PowerCut(office, tmp_path), list[str]()
        post = office.poster._real.post

        async def posted(request: object) -> object:
            (sending,) = [one for one, stage in cut.stages().items() if stage == "sending"]
            seen.append(sending)
            return await post(request)  # type: ignore[arg-type] # handed on as it came

        office.poster._real.post = posted  # type: ignore[method-assign,assignment] # looks, and does the same
        ids = [(await office.send(f"message {number}")).delivery_id for number in range(5)]
        assert seen == ids


class SlowDisk:
    """Writes nothing before it is `ready`."""

    def __init__(self, office: Office) -> None:
        self.office, self.ready, self.asked = office, threading.Event(), threading.Event()
        office.sync = self.sync

    def sync(self, path: Path) -> None:
        self.asked.set()
        assert self.ready.wait(PATIENCE_S)
        sync_log(path)

    async def has_to_write(self) -> asyncio.Future[Receipt]:
        message = self.office.notify.send(TextMessage(content="hello"), robot="team", origin=ORIGIN, wait_s=30)
        call = asyncio.ensure_future(message)
        await asyncio.to_thread(self.asked.wait, PATIENCE_S)
        return call


async def test_while_the_disk_is_slow_nothing_is_posted_or_answered_and_the_loop_goes_on(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        disk = SlowDisk(office)
        call = await disk.has_to_write()
        for _ in range(200):
            await asyncio.sleep(0)
        assert not team.received
        assert not call.done()
        assert [row.stage for row in office.store.recent(9)] == [Stage.SENDING]
        disk.ready.set()
        assert (await office.within(call)).status is Status.SENT


@pytest.mark.parametrize("hung_up", [False, True], ids=["the disk is quicker", "the pause hangs up"])
async def test_a_pause_that_begins_while_the_disk_is_slow_lets_nothing_out_and_nothing_is_perhaps_there(
    tmp_path: Path, team: SandboxRobot, clock: StepClock, *, hung_up: bool
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        disk = SlowDisk(office)
        call = await disk.has_to_write()
        pausing = asyncio.ensure_future(office.control.pause(PauseFor.OPEN))
        if hung_up:
            await pausing
        else:
            await asyncio.sleep(0)
        disk.ready.set()
        await pausing
        assert (await office.within(call)).status is Status.QUEUED
        (row,) = office.store.recent(9)
        assert (row.stage, row.attempts, row.lost_ms) == (Stage.QUEUED, 0, None)
        assert not team.received
        office.control.resume()
        await office.pass_time(1_000)
        assert [each.text for each in team.received] == ["hello"]


def test_a_database_that_is_set_aside_while_its_log_is_synced_leaves_no_empty_file_in_its_place(
    tmp_path: Path,
) -> None:
    path, log = tmp_path / "history.sqlite3", tmp_path / "history.sqlite3-wal"
    log.write_bytes(bytes(5 << 20))
    sync_log(path)
    assert not path.exists()


async def test_calls_at_the_same_time_wait_together(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock, per_minute=1) as office:
        cut = PowerCut(office, tmp_path)
        sends = [
            office.notify.send(TextMessage(content=f"m{number}"), robot="team", origin=ORIGIN, wait_s=0)
            for number in range(40)
        ]
        receipts: list[Receipt] = await office.within(asyncio.gather(*sends))
        assert {receipt.status for receipt in receipts} == {Status.QUEUED}
        assert cut.syncs <= 4
        assert cut.stages().keys() >= {receipt.delivery_id for receipt in receipts}


@pytest.mark.parametrize(
    ("failing", "state"),
    [
        (OSError(errno.EIO, "the disk is broken"), StoreState.ERROR),
        (OSError(errno.ENOSPC, "the disk is full"), StoreState.DISK_FULL),
        (RuntimeError("can't start new thread"), StoreState.ERROR),
        (MemoryError(), StoreState.ERROR),
        (ValueError("what ends a thread"), StoreState.ERROR),
    ],
    ids=["broken", "full", "no thread", "no memory", "the thread dies"],
)
async def test_a_disk_that_fails_fails_everybody_who_waits_for_it_and_only_what_was_begun_goes_out_later(
    tmp_path: Path, team: SandboxRobot, clock: StepClock, failing: Exception, state: StoreState
) -> None:
    def fails(_path: Path) -> None:
        raise failing

    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        good = office.sync
        office.sync = fails
        sends = [
            office.notify.send(TextMessage(content=f"m{number}"), robot="team", origin=ORIGIN, wait_s=0)
            for number in range(3)
        ]
        receipts: list[Receipt] = await office.within(asyncio.gather(*sends))
        reason = text(f"store.{state}", file="history.sqlite3")
        assert {one.status for one in receipts[1:]} == {Status.FAILED}
        assert (receipts[0].status, receipts[0].hint) == (Status.QUEUED, text("outbox.perhaps_lost_hint"))
        assert all(one.reason == reason for one in receipts)
        office.sync = good
        await office.pass_time(600_000)
        assert [each.text for each in team.received] == ["m0"]
        assert [row.stage for row in office.store.recent(9)] == [Stage.DISCARDED, Stage.DISCARDED, Stage.SENT]
        assert (await office.send("works again")).status is Status.SENT


async def test_where_no_thread_can_be_started_everybody_hears_that_nothing_is_kept_and_later_it_is(
    tmp_path: Path, team: SandboxRobot, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", _no_more_threads)
            receipts = await office.within(asyncio.gather(*(office.send(f"m{n}", wait_s=0) for n in range(3))))
            with pytest.raises(StoreUnavailable):
                await office.store.reads.run(list)
        assert {one.status for one in receipts[1:]} == {Status.FAILED}
        await office.pass_time(600_000)
        assert (await office.send("works again")).status is Status.SENT
        assert await office.store.reads.run(lambda: len(office.store.look.choices().robots)) == 1


def _no_more_threads(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")  # as CPython says it


async def test_what_is_only_for_the_eye_is_written_where_the_disk_is_waited_for_by_nobody(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        cut = PowerCut(office, tmp_path)
        office.store.sessions.keep([], [])
        await office.settle()
        assert cut.syncs == 0


async def test_a_long_log_is_folded_into_the_file_beside_the_loop(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock, per_minute=1_000) as office:
        longest = 0
        for _ in range(60):
            await office.send("x" * 15_000)
            longest = max(longest, Path(f"{office.path}-wal").stat().st_size)
        assert 3 << 20 <= longest < 6 << 20  # looked at after each call: the one that is folded in was longer
