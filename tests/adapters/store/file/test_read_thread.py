"""Many rows are read beside the loop, from the same file, and a trouble there has the same name as on the loop."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.deliveries import delivery
from tests.support.patience import PATIENCE_S
from tray_app.adapters.store.history import HistoryRows
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.history.query import HistoryQuery
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.core.state.snapshot import StoreState

pytestmark = pytest.mark.anyio


async def ids(store: SqliteStore) -> list[str]:
    rows = HistoryRows(store.reads)
    return [row.delivery.id for row in (await store.reads.run(lambda: rows.search(HistoryQuery()))).rows]


async def test_what_was_committed_is_read_at_once(store: SqliteStore) -> None:
    for number in range(3):
        store.accept([delivery(number)])
        assert len(await ids(store)) == number + 1


async def test_the_loop_goes_on_and_writes_while_much_is_read(store: SqliteStore) -> None:
    begun, go_on = threading.Event(), threading.Event()
    store.accept([delivery(1)])

    def reading() -> int:
        with store.reads.reading() as connection:
            connection.execute("BEGIN")
            before = connection.execute("SELECT COUNT(*) FROM deliveries").fetchone()[0]
            begun.set()
            assert go_on.wait(PATIENCE_S)
            after = connection.execute("SELECT COUNT(*) FROM deliveries").fetchone()[0]
            connection.execute("COMMIT")
            assert before == after
            return int(after)

    work = asyncio.ensure_future(store.reads.run(reading))
    await asyncio.to_thread(begun.wait, PATIENCE_S)
    store.accept([delivery(2)])
    go_on.set()
    assert await work == 1
    assert len(await ids(store)) == 2


async def test_a_file_that_was_set_aside_is_read_no_more(store: SqliteStore, tmp_path: Path) -> None:
    store.accept([delivery(1)])
    assert len(await ids(store)) == 1
    store.close()
    (tmp_path / "history.sqlite3").write_bytes(b"no database" * 1_000)
    with pytest.raises(StoreUnavailable):
        await ids(store)
    assert store.state is StoreState.CORRUPT
    assert await ids(store) == []
    store.accept([delivery(2)])
    assert await ids(store) == ["d2"]


@pytest.mark.parametrize("again", [True, False], ids=["opened again", "not yet"])
async def test_damage_that_a_read_meets_in_a_file_closed_since_is_not_that_of_the_file_there_now(
    store: SqliteStore, tmp_path: Path, *, again: bool
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    (tmp_path / "damaged").write_bytes(b"no database" * 1_000)
    store.accept([delivery(1)])

    def reading() -> None:
        begun.set()
        assert go_on.wait(PATIENCE_S)
        with closing(sqlite3.connect(tmp_path / "damaged")) as connection:
            connection.execute("SELECT * FROM deliveries")

    work = asyncio.ensure_future(store.reads.run(reading))
    assert await asyncio.to_thread(begun.wait, PATIENCE_S)
    store._database.close()
    if again:
        store.accept([delivery(2)])
    go_on.set()
    with pytest.raises(StoreUnavailable) as met:
        await work
    assert met.value.reason == text("store.reopened")
    assert (await ids(store), store.state) == (["d2", "d1"] if again else ["d1"], StoreState.OK)
    assert not list(tmp_path.glob("history.damaged-*"))


async def test_it_cannot_write(store: SqliteStore) -> None:
    store.accept([delivery(1)])

    def writing() -> None:
        with store.reads.reading() as connection:
            connection.execute("DELETE FROM deliveries")

    with pytest.raises(StoreUnavailable):
        await store.reads.run(writing)
    assert await ids(store) == ["d1"]
