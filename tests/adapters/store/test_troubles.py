"""A database that cannot be used is named, spares what is in it, and works again by itself when the cause is gone."""

import asyncio
import contextlib
import errno
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.office import CATALOGS, ORIGIN, Office, at_work
from tests.support.old_databases import held_by_another_process, small_disk, without_rights_over
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.store.file.anew import set_aside
from tray_app.adapters.store.file.faults import state_of
from tray_app.core.delivery.delivery import Stage
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.texts import Language, text
from tray_app.core.messages.message import TextMessage
from tray_app.core.state.problems import ProblemKind
from tray_app.core.state.snapshot import StoreState
from tray_app.sandbox.robot import AnswerWith

pytestmark = pytest.mark.anyio

LATER = AnswerWith(status=503, headers={"retry-after": "300"})


async def assert_it_is_told(office: Office, state: StoreState) -> None:
    """The door refuses honestly, the snapshot names the trouble, both in words of both languages."""
    receipt = await office.send("not now")
    assert (receipt.status, receipt.reason) == (Status.FAILED, text(f"store.{state}", file="history.sqlite3"))
    snapshot = office.snapshot()
    assert (snapshot.store, snapshot.problems[0].kind) == (state, ProblemKind.STORE)
    assert snapshot.problems[0].reason == receipt.reason
    assert receipt.reason is not None
    assert receipt.hint is not None
    for say in CATALOGS.values():
        assert "{" not in say(receipt.reason) + say(receipt.hint)


async def assert_it_works_again(office: Office, team: SandboxRobot) -> None:
    """Within two seconds, with nobody asking."""
    await office.pass_time(2_000)
    snapshot = office.snapshot()
    assert (snapshot.store, snapshot.problems) == (StoreState.OK, ())
    assert (await office.send("works again")).status is Status.SENT
    assert team.received[-1].text == "works again"


async def test_held_by_another_program(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        with held_by_another_process(office.path):
            await assert_it_is_told(office, StoreState.LOCKED)
        await assert_it_works_again(office, team)


async def test_read_only_at_start_and_then_mended(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        await office.queue("in it")
        await office.end()
        with without_rights_over(office.path, tmp_path):
            office._wire()
            await office.start()
            await assert_it_is_told(office, StoreState.READ_ONLY)
        await assert_it_works_again(office, team)
        assert office.store.recent(9)[-1].title == "in it"


async def test_a_folder_that_cannot_be_made(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> None:
    with without_rights_over(tmp_path):
        office = Office(tmp_path / "data", {"team": team}, clock=clock)
        await office.start()
        await assert_it_is_told(office, StoreState.READ_ONLY)
    await assert_it_works_again(office, team)
    await office.end()


@pytest.mark.parametrize("filled", ["at start", "at work"])
async def test_a_full_disk(tmp_path: Path, team: SandboxRobot, clock: StepClock, filled: str) -> None:
    with small_disk(tmp_path, size="1m") as disk:
        ballast = disk / "ballast"
        if filled == "at start":
            fill(ballast)
        async with at_work(disk, {"team": team}, clock=clock) as office:
            if filled == "at work":
                team.robot.script(LATER)
                await office.queue("accepted before")
                fill(ballast)
                for _ in range(200):  # there may be room left within the pages that the file has already
                    if (await office.send("x" * 2_000, wait_s=0)).status is Status.FAILED:
                        break
            await assert_it_is_told(office, StoreState.DISK_FULL)
            ballast.unlink()
            await office.pass_time(400_000)
            assert office.snapshot().store is StoreState.OK
            assert {row.stage for row in office.store.recent(999)} <= {Stage.SENT}
            if filled == "at work":
                assert "accepted before" in team.received[0].text
            assert (await office.send("works again")).status is Status.SENT


async def test_a_pause_on_a_full_disk_holds_over_a_kill(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> None:
    with small_disk(tmp_path, size="1m") as disk:
        ballast = disk / "ballast"
        async with at_work(disk, {"team": team}, clock=clock) as office:
            fill(ballast)
            await office.control.pause(PauseFor.OPEN)
            kept = disk.joinpath("pause.json").read_bytes()
            ballast.unlink()
            disk.joinpath("pause.json").write_bytes(kept)  # as it was at the kill, whatever the stop would write
            await office.restart()
            assert (await office.send("quiet")).status is Status.PAUSED
    assert team.connections == 0


async def test_where_nobody_knows_whether_there_is_a_pause_an_agent_hears_that_and_nothing_goes_out(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    (tmp_path / "pause.json").mkdir()
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        receipt = await office.send("waits", wait_s=0)
        assert office.pause.unknown is not None
        assert (receipt.status, receipt.reason) == (
            Status.QUEUED,
            text("outbox.queued_mend", reason=office.pause.unknown.reason),
        )
        assert not team.received
        (tmp_path / "pause.json").rmdir()
        await office.pass_time(60_000)
        assert [each.text for each in team.received] == ["waits"]


async def test_a_full_database_says_so_and_keeps_what_was_accepted(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        team.robot.script(LATER)
        (kept,) = await office.queue("kept")
        with office.store._database.reading() as connection:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")
        for _ in range(20):
            receipt = await office.send("x" * 4_000, wait_s=0)
        assert (receipt.status, receipt.reason) == (Status.FAILED, text("store.disk_full", file="history.sqlite3"))
        assert office.row(kept).stage is Stage.QUEUED
        with office.store._database.reading() as connection:
            connection.execute("PRAGMA max_page_count = 1000000")
        await assert_recovers(office)


async def assert_recovers(office: Office) -> None:
    await office.pass_time(2_000)
    assert (office.snapshot().store, office.snapshot().problems) == (StoreState.OK, ())


def damaged(name: str, whole: bytes) -> bytes:
    match name:
        case "garbage":
            return b"this is no database " * 999
        case "truncated":
            return whole[: len(whole) // 2 + 100]
        case "zero bytes":
            return b""
        case _:
            begin = whole.index(("字" * 99).encode()) // 4096 * 4096  # of messages: one of an index costs nothing
            return whole[:begin] + bytes(255 - byte for byte in whole[begin : begin + 4096]) + whole[begin + 4096 :]


@pytest.mark.parametrize("how", ["garbage", "truncated", "zero bytes", "a page turned over"])
async def test_a_damaged_file_is_set_aside_whole_and_the_app_goes_on(
    tmp_path: Path, team: SandboxRobot, clock: StepClock, how: str
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        for number in range(8):
            await office.send(f"{number} " + "字" * 900)
        await office.end()
        bad = damaged(how, office.path.read_bytes())
        office.path.write_bytes(bad)
        office.path.with_name("history.sqlite3-wal").write_bytes(b"left over")
        office._wire()
        await office.start()
        assert (await office.send("goes on")).status is Status.SENT
        snapshot = office.snapshot()
        told = StoreState.RESTORED if how == "a page turned over" else StoreState.CORRUPT
        assert snapshot.store is told
        (problem,) = snapshot.problems
        (aside,) = tmp_path.glob("history.damaged-*.sqlite3")
        lost = text("store.mended_rows", count=1, file=aside.name)  # the rest of its message is on that page
        assert problem.reason == (lost if told is StoreState.RESTORED else text("store.corrupt", file=aside.name))
        assert aside.name in CATALOGS[Language.EN](problem.reason)
        assert aside.read_bytes() == bad
        assert aside.with_name(aside.name + "-wal").read_bytes() == b"left over"
        await office.pass_time(60_000)
        assert office.snapshot().store is told  # until the next start
        await office.restart()
        assert (office.snapshot().store, len(list(tmp_path.glob("*damaged*.sqlite3")))) == (StoreState.OK, 1)


async def test_a_log_without_its_file_is_set_aside_and_told(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        await office.send("in the log alone")
        log = office.path.with_name("history.sqlite3-wal")
        left = log.read_bytes()
        await office.end()
        office.path.unlink()
        log.write_bytes(left)  # as after a kill
        office._wire()
        await office.start()
        assert office.snapshot().store is StoreState.CORRUPT
        (aside,) = tmp_path.glob("history.damaged-*.sqlite3-wal")
        assert aside.read_bytes() == left


async def test_damage_found_at_work_is_told_and_so_is_the_message_that_was_lost_with_it(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        for number in range(12):
            await office.send(f"{number} " + "字" * 900)
        await office.restart()  # what was in the log is in the file now
        team.robot.script(LATER)
        task = asyncio.ensure_future(office.notify.send(TextMessage(content="waits"), robot="team", origin=ORIGIN))
        await office.settle()
        assert (await task).status is Status.QUEUED
        with office.store._database.reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA shrink_memory")  # else the pages would come from memory
        whole = office.path.read_bytes()
        office.path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
        receipt = await office.send("meets the damage", wait_s=0)
        assert receipt.status is Status.FAILED
        assert (await office.send("goes on", wait_s=0)).status is Status.QUEUED
        assert office.snapshot().store is StoreState.CORRUPT
        (aside,) = tmp_path.glob("history.damaged-*.sqlite3")
        assert receipt.reason == text("store.corrupt", file=aside.name)
        await office.pass_time(300_000)
        assert [each.text for each in team.received][12:] == ["goes on"]


async def test_whoever_waits_for_a_message_that_is_lost_with_the_file_is_told(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        team.robot.script(AnswerWith(status=503, headers={"retry-after": "5"}))
        task = asyncio.ensure_future(office.notify.send(TextMessage(content="waits"), robot="team", origin=ORIGIN))
        await office.settle()
        set_aside(office.path, tmp_path / "history.damaged-1.sqlite3", office.store._database.close)
        receipt = await office.within(task)
        assert (receipt.status, receipt.reason) == (Status.FAILED, text("outbox.lost"))


async def test_one_turned_byte_in_a_row_hides_no_other(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        for title in ("first", "second", "third"):
            await office.send(title)
        with sqlite3.connect(office.path) as other:
            damage = "stage = 'sEnt', source = '?', title = CAST(x'ff41' AS TEXT), message = '{'"
            other.execute(f"UPDATE deliveries SET {damage}")  # noqa: S608 - words of this test
        other.close()
        rows = office.store.recent(9)
        assert [(row.stage, row.title, row.message) for row in rows] == [(Stage.FAILED, "\ufffdA", None)] * 3
        assert (await office.send("goes on")).status is Status.SENT


def test_the_systems_own_errors_are_named_too(tmp_path: Path) -> None:
    assert state_of(OSError(errno.ENOSPC, "x"), folder=tmp_path) is StoreState.DISK_FULL
    assert state_of(PermissionError(errno.EACCES, "x"), folder=tmp_path) is StoreState.READ_ONLY
    assert state_of(sqlite3.OperationalError("?"), folder=tmp_path) is StoreState.ERROR


def fill(ballast: Path) -> None:
    """Take the disk's last byte."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            continue
    assert shutil.disk_usage(ballast.parent).free == 0
