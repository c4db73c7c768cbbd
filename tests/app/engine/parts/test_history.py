"""The app brings older rows into the index of words by itself, and lets deleted words leave it."""

import asyncio
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.deliveries import delivery
from tests.support.patience import PATIENCE_S
from tray_app.adapters.store.file import search_index
from tray_app.adapters.store.store import SqliteStore
from tray_app.app.engine.parts.history import HistoryParts
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


def parts_of_index(path: Path) -> int:
    """What a search must look through, each for itself."""
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("SELECT count(DISTINCT segid) FROM search_idx").fetchone()
    return int(count)


async def test_no_commit_merges_the_index_and_what_was_written_is_merged_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    store = SqliteStore(path)
    for number in range(60):  # SQLite's own way is to merge sixteen, and what they make, and what those make
        store.accept([delivery(number, message=TextMessage(content=f"zebra {number}"))])
    assert parts_of_index(path) == 60
    merging = asyncio.ensure_future(parts_of(store, changed=asyncio.Event()).merge())
    for number in range(60, 120):
        store.accept([delivery(number, message=TextMessage(content=f"zebra {number}"))])
    async with asyncio.timeout(PATIENCE_S):
        while await asyncio.to_thread(parts_of_index, path) > 30:
            pass
    merging.cancel()
    assert len((await parts_of(store, changed=asyncio.Event()).queries.find(HistoryQuery(words=("zebra",)))).rows) == 50
    store.close()


@pytest.mark.parametrize("how", ["an older version's", "begun anew"])
def test_an_index_that_merges_within_commits_does_so_no_more(tmp_path: Path, how: str) -> None:
    path = tmp_path / "history.sqlite3"
    with closing(SqliteStore(path)) as made:
        made.recover()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        if how == "begun anew":
            search_index._forget(connection)
        else:
            connection.execute("INSERT INTO search (search, rank) VALUES ('automerge', 4)")
    store = SqliteStore(path)
    assert store.recent(1) == []
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        kept = dict(connection.execute("SELECT k, v FROM search_config"))
    assert (kept["automerge"], kept["crisismerge"]) == (0, 256)


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
