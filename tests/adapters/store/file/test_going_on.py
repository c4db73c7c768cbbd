"""A stop ends a repair before its next step; who repairs the same file puts only what it wrote itself in its place."""

import asyncio
import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.deliveries import delivery
from tests.support.patience import PATIENCE_S
from tray_app.adapters.store.file.anew import begin_anew
from tray_app.adapters.store.file.carried_over import carry_over
from tray_app.adapters.store.file.going_on import GoingOn, Stopped
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.delivery.delivery import Stage
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.messages.message import TextMessage
from tray_app.core.state.snapshot import StoreState

pytestmark = pytest.mark.anyio

PAGE = 4_096
ROWS = 100


class StoppedAtStep(GoingOn):
    """Stopped just before the step of that number."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = number

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        self.left -= 1
        if not self.left:
            self.stop()
        with super().step():
            yield


class StoppedAtWork(GoingOn):
    """Stopped while SQLite is asked."""

    def interrupts(self, connection: sqlite3.Connection) -> None:
        super().interrupts(connection)
        self.stop()


class Held(GoingOn):
    """The thread comes no further than its first question until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = threading.Event(), threading.Event()

    def expect(self) -> None:
        self.begun.set()
        assert self.go_on.wait(PATIENCE_S)
        super().expect()


class Overtaken(GoingOn):
    """Another repairs the same file before the first step."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        assert carry_over(self.path, busy_s=1, going_on=GoingOn()) is not None
        with super().step():
            yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a history of more than a megabyte, with a damaged index."""
    path = tmp_path_factory.mktemp("made") / "history.sqlite3"
    store = opened(path)
    message = TextMessage(content="".join(f" word{number}" for number in range(2_000)))
    store.accept([delivery(number, message=message, stage=Stage.SENT) for number in range(ROWS)])
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'deliveries_open'").fetchone()
    assert path.stat().st_size > 1 << 20
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xff" * PAGE)
    return path


@pytest.fixture
def damaged(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(made, tmp_path))


def opened(path: Path) -> SqliteStore:
    return SqliteStore(path, on_change=lambda: None, keep_content=lambda: True)


def names(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir() if "-wal" not in each.name and "-shm" not in each.name)


@pytest.mark.parametrize("stops", [StoppedAtStep(1), StoppedAtWork()], ids=["at a step", "at work"])
def test_a_stop_leaves_the_damaged_file_where_it_is(damaged: Path, stops: GoingOn) -> None:
    before = damaged.read_bytes()
    with pytest.raises(Stopped):
        begin_anew(damaged, lambda: None, stops)
    assert (names(damaged), damaged.read_bytes()) == ([damaged.name], before)


def test_a_stop_between_two_steps_is_as_a_kill(damaged: Path) -> None:
    before = damaged.read_bytes()
    with pytest.raises(Stopped):
        begin_anew(damaged, lambda: None, StoppedAtStep(2))
    assert damaged.read_bytes() == before
    store = opened(damaged)
    with pytest.raises(StoreUnavailable):
        store.read_state("kept")
    assert len(store.recent(999)) == ROWS
    store.close()
    assert len(names(damaged)) == 2  # the mended one, and the damaged one aside


def test_who_is_overtaken_puts_nothing_in_place(damaged: Path) -> None:
    with pytest.raises(FileNotFoundError):
        carry_over(damaged, busy_s=1, going_on=Overtaken(damaged))
    assert names(damaged) == ["history.mended.sqlite3", damaged.name]
    with closing(sqlite3.connect(damaged.with_name("history.mended.sqlite3"))) as connection:
        assert connection.execute("SELECT count(*) FROM deliveries").fetchone() == (ROWS,)


def test_what_others_began_and_left_is_removed(damaged: Path) -> None:
    for left in ("history.mending.sqlite3", "history.mending.sqlite3-journal", "history.mending-1.sqlite3"):
        damaged.with_name(left).write_bytes(b"left")
    assert carry_over(damaged, busy_s=1, going_on=GoingOn()) is not None
    assert names(damaged) == ["history.mended.sqlite3", damaged.name]


def test_a_store_whose_opening_is_cancelled_is_not_repaired_either(damaged: Path) -> None:
    before, heard, held = damaged.read_bytes(), list[StoreState](), Held()
    store = SqliteStore(damaged, on_change=lambda: heard.append(store.state), keep_content=lambda: True)
    store._database._going_on = held

    async def ends_at_work() -> None:
        opening = asyncio.ensure_future(store.open_aside(lambda _step, _of: False))
        assert await asyncio.to_thread(held.begun.wait, PATIENCE_S)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        held.go_on.set()

    asyncio.run(ends_at_work())  # until the thread is through
    assert (names(damaged), damaged.read_bytes(), heard) == ([damaged.name], before, [])


async def test_a_store_that_is_closed_while_it_is_repaired_changes_no_file_and_the_next_start_repairs_it(
    damaged: Path,
) -> None:
    before, store = damaged.read_bytes(), opened(damaged)
    with pytest.raises(StoreUnavailable):
        store.read_state("kept")
    repair = store._database._repair
    assert repair is not None
    store.close()
    await repair
    assert (names(damaged), damaged.read_bytes()) == ([damaged.name], before)

    store = opened(damaged)
    await store.open_aside(lambda _step, _of: False)
    with contextlib.suppress(StoreUnavailable):
        store.read_state("kept")
    assert (len(store.recent(999)), store.state) == (ROWS, StoreState.RESTORED)
    store.close()


def test_where_the_loop_ends_first_the_file_stays_its_threads_and_nobody_hears_from_there(damaged: Path) -> None:
    before, heard = damaged.read_bytes(), list[StoreState]()
    store = SqliteStore(damaged, on_change=lambda: heard.append(store.state), keep_content=lambda: True)
    database, held = store._database, Held()

    async def ends_at_work() -> None:
        with pytest.raises(StoreUnavailable):
            store.read_state("kept")
        repair, database._going_on = database._repair, held
        assert repair is not None
        assert await asyncio.to_thread(held.begun.wait, PATIENCE_S)
        repair.cancel()
        with pytest.raises(asyncio.CancelledError):
            await repair
        with pytest.raises(StoreUnavailable):
            store.read_state("kept")
        held.go_on.set()

    asyncio.run(ends_at_work())  # until the thread is through
    with pytest.raises(StoreUnavailable):
        store.read_state("kept")
    assert (names(damaged), damaged.read_bytes(), heard) == ([damaged.name], before, [StoreState.ERROR])
