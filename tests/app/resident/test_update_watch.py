"""An older history that takes long says how far it is, in the log and the tray; a stop ends it, and nothing is lost."""

import asyncio
import logging
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.old_databases import of_schema
from tray_app.adapters.store.file.migrations import MIGRATIONS
from tray_app.adapters.store.store import SqliteStore
from tray_app.app.resident.update_watch import UpdateWatch
from tray_app.core.kernel.texts import Text, text
from tray_app.core.state.snapshot import StoreState

_MANY = 20_000


def test_it_is_told_from_two_seconds_on_every_two_seconds_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    told, times = list[Text](), iter([0.0, 0.5, 1.9, 2.0, 3.9, 4.1])
    watch = UpdateWatch(told.append, threading.Event(), now_s=lambda: next(times))
    assert [watch(step, 3) for step in (1, 1, 2, 2, 3)] == [False] * 5
    assert told == [
        text("store.updating", step=2, steps=3, seconds=2),
        text("store.updating", step=3, steps=3, seconds=4),
    ]
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == [
        "step 2 of 3, 2 s so far",
        "step 3 of 3, 4 s so far",
    ]


def test_a_stop_ends_it() -> None:
    stop = threading.Event()
    watch = UpdateWatch(lambda _how_far: None, stop)
    assert not watch(1, 1)
    stop.set()
    assert watch(1, 1)


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A file of the first version with many rows."""
    path = tmp_path / "history.sqlite3"
    of_schema(path, 1, now_ms=1_000)
    with closing(sqlite3.connect(path)) as connection:
        (columns,) = connection.execute("SELECT group_concat(name) FROM pragma_table_info('deliveries')").fetchone()
        others = columns.removeprefix("seq,place,id")
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        rows = f"INSERT INTO deliveries (id{others}) {numbers} SELECT 'many-' || i{others} FROM n, deliveries"  # noqa: S608 - the schema's own names
        connection.execute(rows, (_MANY,))
        connection.commit()
    return path


def test_each_step_is_seen_and_the_loop_goes_on_meanwhile(older: Path) -> None:
    seen, turns = list[tuple[int, int]](), 0

    async def beside() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def watch(step: int, steps: int) -> bool:
        seen.append((step, steps))
        return False

    async def opened(store: SqliteStore) -> None:
        other = asyncio.create_task(beside())
        await store.open_aside(watch)
        other.cancel()

    store = SqliteStore(older)
    asyncio.run(opened(store))
    assert seen == sorted(seen)
    assert {steps for _, steps in seen} == {len(MIGRATIONS) - 1}
    assert len({step for step, _ in seen}) > 2
    assert turns > 10
    assert len(store.recent(_MANY * 2)) == _MANY + 1
    store.close()


def test_one_that_is_ended_leaves_a_whole_file_that_the_next_start_brings_up_to_date(older: Path) -> None:
    changed: list[tuple[StoreState, str]] = []
    store = SqliteStore(older, on_change=lambda: changed.append((store.state, threading.current_thread().name)))
    asyncio.run(store.open_aside(lambda step, _steps: step > 3))
    assert changed == [(StoreState.ERROR, threading.current_thread().name)]  # told once, and on the loop
    store._database.close()
    with closing(sqlite3.connect(older)) as connection:
        (taken,) = connection.execute("PRAGMA user_version").fetchone()
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert 1 < taken < len(MIGRATIONS)
    again = SqliteStore(older)
    assert len(again.recent(_MANY * 2)) == _MANY + 1
    again.close()
