"""The app brings older rows into the index of words by itself, and lets deleted words leave it."""

import asyncio
import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.deliveries import delivery
from tests.support.patience import PATIENCE_S
from tray_app.adapters.store import search_index
from tray_app.adapters.store.store import SqliteStore
from tray_app.app.index_history import HistoryParts
from tray_app.core.history.query import HistoryQuery
from tray_app.core.messages.message import TextMessage

pytestmark = pytest.mark.anyio


def parts_of(store: SqliteStore, *, changed: asyncio.Event) -> HistoryParts:
    return HistoryParts(store, clock=StepClock(), knows=lambda _row: False, changed=changed.set, wake=changed.set)


async def test_a_file_from_before_the_search_is_searched_after_a_while(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    store = SqliteStore(path)
    store.accept([delivery(number, message=TextMessage(content=f"zebra {number}")) for number in range(250)])
    store.close()
    connection = sqlite3.connect(path, isolation_level=None)
    search_index.renew(connection)
    connection.close()
    store = SqliteStore(path)
    told = asyncio.Event()
    parts = parts_of(store, changed=told)
    assert not (await parts.queries.complete())
    task = asyncio.ensure_future(parts.index())
    await asyncio.wait_for(told.wait(), PATIENCE_S)
    task.cancel()
    assert await parts.queries.complete()
    assert len((await parts.queries.find(HistoryQuery(words=("zebra",), limit=500))).rows) == 250
    store.close()


async def test_deleted_words_leave_the_file(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    store = SqliteStore(path)
    store.accept([delivery(number, message=TextMessage(content=f"zebra {number}")) for number in range(60)])
    async with asyncio.timeout(PATIENCE_S):
        await parts_of(store, changed=asyncio.Event()).prune(before_ms=10**15)
    store.close()
    connection = sqlite3.connect(path)
    connection.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'search', 'row')")
    assert connection.execute("SELECT count(*) FROM temp.terms").fetchone() == (0,)
    connection.close()
    assert b"zebra" not in path.read_bytes()


async def test_old_rows_go_in_small_bits_and_the_loop_goes_on_between(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "history.sqlite3")
    rows = [delivery(number, message=TextMessage(content="x" * 500), created_ms=number) for number in range(1_000)]
    store.accept(rows)
    left: list[int] = []

    async def look() -> None:
        while True:
            left.append(len(store.recent(1_000)))
            await asyncio.sleep(0)

    looking = asyncio.ensure_future(look())
    async with asyncio.timeout(PATIENCE_S):
        await parts_of(store, changed=asyncio.Event()).prune(before_ms=900)
    looking.cancel()
    assert len(store.recent(1_000)) == 100
    bits = [before - after for before, after in pairwise(left) if before != after]
    assert len(bits) > 3
    assert max(bits) <= 400
    store.close()
