"""Files of the open database that are taken away or replaced cost nothing: what is open is written back."""

import os
import random
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.store.test_troubles import assert_it_is_told, fill
from tests.support.clock import StepClock
from tests.support.office import Office, at_work
from tests.support.old_databases import small_disk
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.store.file.database import Database
from tray_app.adapters.store.file.taken_away import OpenFiles
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.core.state.problems import ProblemKind
from tray_app.core.state.snapshot import StoreState
from tray_app.sandbox.robot import AnswerWith

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(os.name == "nt", reason="an open file cannot be taken away there")]
LATER = AnswerWith(status=503, headers={"retry-after": "300"})


def removed(*endings: str) -> Callable[[Path], None]:
    def take(path: Path) -> None:
        for ending in endings:
            Path(f"{path}{ending}").unlink()

    take.__name__ = "without " + (" ".join(ending or "the file" for ending in endings))
    return take


def moved(path: Path) -> None:
    path.rename(path.with_name("backup.sqlite3"))


def folder_moved(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def folder_removed(path: Path) -> None:
    shutil.rmtree(path.parent)


def replaced(path: Path) -> None:
    other = path.with_name("other")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE notes (words)")
    other.replace(path)


def emptied(path: Path) -> None:
    path.unlink()
    path.touch()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def log_replaced(path: Path) -> None:
    Path(f"{path}-wal").unlink()
    Path(f"{path}-wal").write_bytes(b"another log")


def a_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


HOWS = [
    a_loop,
    removed(""),
    removed("-wal"),
    removed("-shm"),
    removed("-wal", "-shm"),
    removed("", "-wal"),
    removed("", "-wal", "-shm"),
    moved,
    folder_moved,
    folder_removed,
    replaced,
    emptied,
    a_folder,
    log_replaced,
]
every_way = pytest.mark.parametrize("take", HOWS, ids=lambda take: take.__name__)


def titles(office: Office) -> set[str]:
    return {row.title for row in office.store.recent(99)}


def on_disk(path: Path) -> set[str]:
    """What somebody else finds under the name: as after a kill."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {row[0] for row in connection.execute("SELECT title FROM deliveries")}


@every_way
async def test_it_is_noticed_told_and_mended_before_anything_else_is_accepted(
    tmp_path: Path, team: SandboxRobot, clock: StepClock, take: Callable[[Path], None]
) -> None:
    async with at_work(tmp_path / "data", {"team": team}, clock=clock) as office:
        await office.send("sent before")
        team.robot.script(LATER)
        await office.queue("waits")
        take(office.path)
        assert (await office.send("accepted after", wait_s=0)).status is Status.QUEUED
        snapshot = office.snapshot()
        (problem,) = [each for each in snapshot.problems if each.kind is ProblemKind.STORE]
        assert snapshot.store is StoreState.RESTORED
        assert problem.reason.key in {"store.restored", "store.replaced"}
        everything = {"sent before", "waits", "accepted after"}
        assert (titles(office), on_disk(office.path)) == (everything, everything)
        await office.restart()
        assert (office.snapshot().store, titles(office)) == (StoreState.OK, everything)
        await office.pass_time(400_000)
        assert {each.text for each in team.received} >= everything


@every_way
async def test_an_idle_app_needs_only_to_look(
    tmp_path: Path, team: SandboxRobot, clock: StepClock, take: Callable[[Path], None]
) -> None:
    async with at_work(tmp_path / "data", {"team": team}, clock=clock) as office:
        await office.send("sent before")
        take(office.path)
        office.store.look_at_files()
        assert office.snapshot().store is StoreState.RESTORED
        assert on_disk(office.path) == {"sent before"}


@pytest.mark.parametrize("take", [removed(""), moved, folder_removed, replaced], ids=lambda take: take.__name__)
async def test_it_is_written_back_where_the_file_system_knows_no_log(
    tmp_path: Path, team: SandboxRobot, clock: StepClock, monkeypatch: pytest.MonkeyPatch, take: Callable[[Path], None]
) -> None:
    opened: Callable[..., sqlite3.Connection] = sqlite3.connect

    def without_log(file: str, **options: Any) -> sqlite3.Connection:
        return opened(f"{file}&vfs=unix-dotfile" if options.get("uri") else file, **options)

    monkeypatch.setattr(sqlite3, "connect", without_log)
    async with at_work(tmp_path / "data", {"team": team}, clock=clock) as office:
        await office.send("sent before")
        assert not Path(f"{office.path}-wal").exists()
        take(office.path)
        assert (await office.send("accepted after")).status is Status.SENT
        assert office.snapshot().store is StoreState.RESTORED
        assert titles(office) == {"sent before", "accepted after"}


async def test_what_lay_in_its_place_is_kept_and_named(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        replaced(office.path)
        office.store.look_at_files()
        (kept,) = tmp_path.glob("history.replaced-*.sqlite3")
        (problem,) = office.snapshot().problems
        assert problem.reason == text("store.replaced", file=kept.name)
        with closing(sqlite3.connect(kept)) as connection:
            assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("notes",)]


async def test_a_link_stays_a_link(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> None:
    there = tmp_path / "there" / "history.sqlite3"
    there.parent.mkdir()
    (tmp_path / "history.sqlite3").symlink_to(there)
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        await office.send("sent before")
        there.unlink()
        office.store.look_at_files()
        assert office.path.is_symlink()
        assert on_disk(there) == {"sent before"}


async def test_where_there_is_no_room_for_it_nothing_is_accepted_and_nothing_lost(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    with small_disk(tmp_path, size="2m") as disk:
        async with at_work(disk, {"team": team}, clock=clock) as office:
            team.robot.script(LATER)
            await office.queue("waits")
            office.path.unlink()
            fill(disk / "ballast")
            await assert_it_is_told(office, StoreState.DISK_FULL)
            (disk / "ballast").unlink()
            await office.pass_time(400_000)
            assert office.snapshot().store is StoreState.RESTORED
            assert [each.text for each in team.received] == ["waits"]
            assert on_disk(office.path) == {"waits"}


async def test_files_that_were_never_taken_away_are_never_written_back(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        for number in range(30):
            await office.send(f"{number} " + "字" * 5_000)
        office.store.look_at_files()
        assert office.snapshot().store is StoreState.OK


@pytest.mark.parametrize("left", [0, 4096])
async def test_one_that_is_cut_where_it_lies_is_damaged_and_told_before_anything_is_accepted(
    tmp_path: Path, team: SandboxRobot, clock: StepClock, left: int
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        for number in range(8):
            await office.send(f"{number} " + "字" * 900)
        await office.restart()  # what was in the log is in the file now
        os.truncate(office.path, left)
        await office.send("goes on")
        assert (await office.send("goes on")).status is Status.SENT
        assert office.snapshot().store is StoreState.CORRUPT
        await office.restart()
        assert "goes on" in titles(office)


@pytest.mark.parametrize("is_database", [True, False])
async def test_one_that_a_bigger_file_is_copied_over_is_noticed_by_a_look(
    tmp_path: Path, team: SandboxRobot, clock: StepClock, is_database: bool
) -> None:
    other = tmp_path / "other"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE notes (words)")
        connection.execute("INSERT INTO notes VALUES (?)", ["x" * 900_000])
        connection.commit()
    content = other.read_bytes() if is_database else b"x" * 900_000
    async with at_work(tmp_path / "data", {"team": team}, clock=clock) as office:
        await office.send("sent before")
        await office.restart()
        office.path.write_bytes(content)
        office.store.look_at_files()
        assert office.snapshot().store is StoreState.CORRUPT
        assert (await office.send("goes on")).status is Status.SENT
        assert "goes on" in on_disk(office.path)


def test_a_file_that_its_own_log_makes_shorter_is_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE notes (words)")
        connection.executemany("INSERT INTO notes VALUES (?)", [("x" * 4_000,)] * 50)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("DELETE FROM notes")
        connection.execute("VACUUM")
        before, files = path.stat().st_size, OpenFiles(path, connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert path.stat().st_size < before
        assert not files.is_cut()
        assert not files.lost()


async def test_one_that_another_program_has_packed_goes_on(
    tmp_path: Path, team: SandboxRobot, clock: StepClock
) -> None:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        for number in range(8):
            await office.send(f"{number} " + "字" * 20_000)
        office.store.prune(before_ms=clock.now_ms() + 1)
        await office.restart()
        before = office.path.stat().st_size
        with closing(sqlite3.connect(office.path)) as other:
            other.execute("VACUUM")
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert office.path.stat().st_size < before
        assert (await office.send("goes on")).status is Status.SENT
        assert office.snapshot().store is StoreState.OK


def test_whoever_takes_them_away_in_the_middle_of_its_use_takes_no_row(tmp_path: Path) -> None:
    path, told = tmp_path / "history.sqlite3", set[StoreState]()
    database = Database(path, on_change=lambda: told.add(database.state))
    with database.transaction() as connection:
        connection.execute("CREATE TABLE rows (number INTEGER)")
    done = threading.Event()

    def take() -> None:
        ends = random.Random(1)
        while not done.is_set():
            Path(f"{path}{ends.choice(['', '', '-wal', '-shm'])}").unlink(missing_ok=True)

    thief = threading.Thread(target=take)
    thief.start()
    written = set()
    try:
        for number in range(60):
            with suppress(StoreUnavailable):
                with database.transaction() as connection:
                    connection.execute("INSERT INTO rows VALUES (?)", (number,))
                written.add(number)
                database.look_within()
    finally:
        done.set()
        thief.join()
    with database.reading() as connection:
        assert {row["number"] for row in connection.execute("SELECT number FROM rows")} >= written
    assert written
    assert database.state is StoreState.RESTORED
    database.close()
    with closing(sqlite3.connect(path)) as connection:
        assert {number for (number,) in connection.execute("SELECT number FROM rows")} >= written
