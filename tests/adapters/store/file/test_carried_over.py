"""Damage of what rows are found by costs none of them: they are carried over, and what waits is still sent."""

import asyncio
import contextlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.deliveries import delivery
from tests.support.office import CATALOGS, at_work
from tests.support.patience import PATIENCE_S
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.store.file import carried_over
from tray_app.adapters.store.file.going_on import GoingOn
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.delivery.delivery import Stage
from tray_app.core.delivery.receipt import Status
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import Language, text
from tray_app.core.messages.message import TextMessage
from tray_app.core.state.snapshot import StoreState
from tray_app.sandbox.robot import AnswerWith

pytestmark = pytest.mark.anyio

PAGE = 4_096
ROWS = 60
TREES = "SELECT name FROM sqlite_schema WHERE type = ? AND rootpage > 0 AND name NOT LIKE 'search%' ORDER BY name"
KILLED_CODE = 9
KILLED = f"""
import contextlib, os, sys
from pathlib import Path
from tray_app.adapters.store.file.going_on import GoingOn
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.kernel.errors import StoreUnavailable

left = int(sys.argv[2])

def hook(event, _arguments):
    global left
    if event in ("os.rename", "os.remove"):
        left -= 1
        if not left:
            os._exit({KILLED_CODE})

store = SqliteStore(Path(sys.argv[1]))
sys.addaudithook(hook)
with contextlib.suppress(StoreUnavailable):
    store.read_state("kept")
os._exit(0)
"""
LATER = AnswerWith(status=503, headers={"retry-after": "300"})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a history of sixty rows, ten of them waiting."""
    path = tmp_path_factory.mktemp("whole") / "history.sqlite3"
    store = opened(path)
    rows = [delivery(number, message=TextMessage(content=f"no {number} " + "x" * 90)) for number in range(ROWS - 10)]
    waiting = [delivery(number, stage=Stage.QUEUED) for number in range(ROWS - 10, ROWS)]
    store.accept([*rows, *waiting])
    store.write_state("kept", 1)
    store.close()
    return path


def opened(path: Path) -> SqliteStore:
    return SqliteStore(path, on_change=lambda: None, keep_content=lambda: True)


def trees(path: Path, kind: str) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute(TREES, (kind,))]


def turn_over(path: Path, tree: str) -> None:
    """Damage the first page of an index or a table."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (tree,)).fetchone()
    begin, old = (page - 1) * PAGE, path.read_bytes()
    path.write_bytes(old[:begin] + bytes(255 - byte for byte in old[begin : begin + PAGE]) + old[begin + PAGE :])


def page_over(whole: Path, path: Path, tree: str) -> None:
    """Damage the first page of an index, without opening the file: that would fold its log in."""
    with closing(sqlite3.connect(whole)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (tree,)).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xff" * PAGE)


def crash(whole: Path, folder: Path) -> Iterator[Path]:
    """Give the files of a history with five more rows, in its log alone, as a kill would leave them."""
    folder.mkdir()
    path = Path(shutil.copy(whole, folder))
    store = opened(path)
    store.accept([delivery(number, stage=Stage.QUEUED) for number in range(ROWS, ROWS + 5)])
    yield from (path, Path(f"{path}-wal"), Path(f"{path}-shm"))
    store.close()


def used(path: Path) -> Iterator[SqliteStore]:
    """Open it as the app does: the first use meets the damage."""
    store = opened(path)
    with pytest.raises(StoreUnavailable):
        store.read_state("kept")
    yield store
    store.close()


def all_rows(store: SqliteStore) -> list[str]:
    return sorted(row.id for row in store.recent(999))


def test_no_damaged_index_costs_a_row(whole: Path, tmp_path: Path) -> None:
    indexes = trees(whole, "index")
    assert len(indexes) > 20
    for index in indexes:
        path = tmp_path / index / "history.sqlite3"
        path.parent.mkdir()
        shutil.copy(whole, path)
        turn_over(path, index)
        damaged = path.read_bytes()
        for store in used(path):
            assert (index, len(all_rows(store)), len(store.queued("team"))) == (index, ROWS, 10)
            assert (store.state, store.read_state("kept")) == (StoreState.RESTORED, 1)
            (aside,) = path.parent.glob("history.damaged-*.sqlite3")
            assert aside.read_bytes() == damaged
            assert store.trouble is not None
            assert store.trouble[0] == text("store.mended", file=aside.name)
            assert aside.name in CATALOGS[Language.EN](store.trouble[0])
        assert not list(path.parent.glob("*.mend*"))


def test_a_row_that_the_queues_index_lacks_is_found_again(whole: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(whole, tmp_path / "history.sqlite3"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (made,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'deliveries_open'").fetchone()
        connection.execute("PRAGMA writable_schema = ON")
        short = made.replace("'queued', 'sending'", "'sending'")
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'deliveries_open'", (short,))
        connection.execute("PRAGMA writable_schema = RESET")
        connection.execute("REINDEX deliveries_open")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'deliveries_open'", (made,))
        connection.execute("PRAGMA writable_schema = RESET")
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    for store in used(path):
        assert len(store.queued("team")) == 10


@pytest.mark.parametrize("table", ["months", "limits", "sessions", "state", "attempts", "audit", "sqlite_sequence"])
def test_another_damaged_table_costs_no_message_and_is_named(whole: Path, tmp_path: Path, table: str) -> None:
    path = Path(shutil.copy(whole, tmp_path / "history.sqlite3"))
    turn_over(path, table)
    for store in used(path):
        assert len(all_rows(store)) == ROWS
        store.accept([delivery(ROWS)])
        assert store.trouble is not None
        reason = store.trouble[0]
        named = "" if table == "sqlite_sequence" else table
        assert (reason.key, reason.args.get("lost", "")) == ("store.mended_partly" if named else "store.mended", named)


def test_where_no_message_can_be_read_the_file_is_set_aside(whole: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(whole, tmp_path / "history.sqlite3"))
    turn_over(path, "deliveries")
    for store in used(path):
        assert (all_rows(store), store.state) == ([], StoreState.CORRUPT)
    assert not list(tmp_path.glob("*.mend*"))


def test_a_kill_before_any_step_loses_no_row_of_the_log_either(whole: Path, tmp_path: Path) -> None:
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for copied in crash(whole, tmp_path / "before"):
        shutil.copy(copied, crashed)
    page_over(whole, crashed / "history.sqlite3", "audit_at")
    steps = 0
    for step in range(1, 20):
        folder = tmp_path / f"step {step}"
        shutil.copytree(crashed, folder, copy_function=shutil.copy)  # Wine knows no other
        killed = subprocess.run([sys.executable, "-c", KILLED, str(folder / "history.sqlite3"), str(step)], check=False)
        store = opened(folder / "history.sqlite3")
        with contextlib.suppress(StoreUnavailable):  # the damage is met once more
            store.read_state("kept")
        assert (step, len(all_rows(store)), len(store.queued("team"))) == (step, ROWS + 5, 15)
        store.close()
        assert not list(folder.glob("*.mend*"))
        if killed.returncode == 0:
            break
        assert killed.returncode == KILLED_CODE
        steps += 1
    assert steps > 4  # until it is carried over, the log, its index and the file set aside, the new one in their place


async def test_what_waits_is_sent_after_damage_that_is_met_at_work(tmp_path: Path) -> None:
    clock = StepClock()
    with SandboxRobot(per_minute=0, now_ms=clock.now_ms) as team:
        async with at_work(tmp_path, {"team": team}, clock=clock) as office:
            team.robot.script(LATER)
            await office.queue("waits")
            with office.store._database.reading() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.execute("PRAGMA shrink_memory")  # else the pages would come from memory
            for index in ("deliveries_open", "deliveries_group", "sqlite_autoindex_deliveries_1"):
                turn_over(office.path, index)
            assert (await office.send("meets the damage", wait_s=0)).status is Status.FAILED
            assert (await office.send("goes on", wait_s=0)).status is Status.QUEUED
            assert office.snapshot().store is StoreState.RESTORED
            await office.pass_time(400_000)
            assert [each.text for each in team.received] == ["waits", "goes on"]


@pytest.mark.parametrize(
    ("trees", "words"),
    [
        (("deliveries_open", "deliveries_group", "sqlite_autoindex_deliveries_1"), "store.mended"),
        (("search_data",), ""),
    ],
    ids=["carried over", "the index of words is made anew"],
)
async def test_a_large_history_is_repaired_beside_the_loop_and_everybody_hears_so_meanwhile(
    tmp_path: Path, trees: Sequence[str], words: str
) -> None:
    clock = StepClock()
    with SandboxRobot(per_minute=0, now_ms=clock.now_ms) as team:
        async with at_work(tmp_path, {"team": team}, clock=clock) as office:
            team.robot.script(LATER)
            await office.queue("waits")
            message = TextMessage(content="".join(f" word{number}" for number in range(2_000)))
            office.store.accept([delivery(number, message=message, stage=Stage.SENT) for number in range(100)])
            with office.store._database.reading() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.execute("PRAGMA shrink_memory")  # else the pages would come from memory
            for tree in trees:
                turn_over(office.path, tree)
            for use in (lambda: office.store.accept([delivery(100)]), lambda: office.store.queued("team")):
                with pytest.raises(StoreUnavailable) as met:
                    use()  # the thread begins when the loop goes on
                assert met.value.reason == text("store.repairing")
            assert office.snapshot().store is StoreState.ERROR

            repair = office.store._database._repair
            assert repair is not None
            async with asyncio.timeout(PATIENCE_S):  # of the thread, not of the office's clock
                await repair
            assert (await office.send("goes on", wait_s=0)).status is Status.QUEUED
            assert len(office.store.recent(200)) == 102
            assert ("" if office.store.trouble is None else office.store.trouble[0].key) == words
            await office.pass_time(400_000)
            assert [each.text for each in team.received] == ["waits", "goes on"]


def test_numbers_are_not_given_twice_and_lost_figures_are_asked_for_again(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    shutil.copyfile(whole, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM deliveries WHERE seq = (SELECT max(seq) FROM deliveries)")
        connection.execute("INSERT INTO sessions (session_id, last_ms, data) VALUES ('one', 9000, '{}')")
        before = connection.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name").fetchall()
    turn_over(path, "sessions_daily")
    carried = carried_over.carry_over(path, busy_s=1, going_on=GoingOn())
    assert carried is not None
    assert "sessions_daily" in carried.lost
    with closing(sqlite3.connect(carried.file)) as connection:
        assert connection.execute("SELECT name, seq FROM sqlite_sequence ORDER BY name").fetchall() == before
        assert connection.execute("SELECT last_ms FROM sessions").fetchall() == [(8_999,)]
