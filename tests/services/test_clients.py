"""Clients with their real database and file, where one of these fails: what holds, what is refused, what heals."""

import contextlib
import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tray_app.adapters.files.endpoint import TokenFile
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.clients.client import BUILT_IN
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.services.clients import Clients

_NUMBERS = itertools.count()


class Kept:
    """What outlives a run: a folder, and the clients of one run after the other."""

    def __init__(self, folder: Path, clock: StepClock) -> None:
        self.folder = folder
        self.clock = clock
        self.told = 0
        self.hidden: list[object] = []
        self._stores: list[SqliteStore] = []

    def run(self, *, file: Path | None = None) -> Clients:
        store = SqliteStore(self.folder / "history.sqlite3")
        self._stores.append(store)
        clients = Clients(
            store=store.clients,
            file=TokenFile(file or self.folder / "token"),
            clock=self.clock,
            new_token=lambda: f"{next(_NUMBERS):043d}",
            hide=self.hidden.append,
            changed=lambda: None,
            tell=self._tell,
        )
        clients.load()
        return clients

    def _tell(self) -> None:
        self.told += 1

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Another program writes to the database, for long."""
        with contextlib.closing(sqlite3.connect(self.folder / "history.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    @contextlib.contextmanager
    def unreadable(self) -> Iterator[None]:
        """There is something else in the database's place."""
        self.close()
        path, aside = self.folder / "history.sqlite3", self.folder / "aside"
        path.rename(aside)
        path.mkdir()
        yield
        path.rmdir()
        aside.rename(path)

    def close(self) -> None:
        for store in self._stores:
            store.close()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    folder = Kept(tmp_path, StepClock())
    yield folder
    folder.close()


def test_what_was_counted_is_there_in_the_next_run(kept: Kept) -> None:
    clients = kept.run()
    token = clients.add("ci").reveal()
    assert clients.owner_of(token) == "ci"
    clients.called("ci")
    clients.called(BUILT_IN)
    clients.called("nobody")
    clients.flush()
    again = kept.run()
    assert again.listing() == clients.listing()
    assert [(client.name, client.calls) for client in again.listing()] == [(BUILT_IN, 1), ("ci", 1)]


def test_clients_are_active_for_ten_minutes_and_not_after_they_were_revoked(kept: Kept) -> None:
    clients = kept.run()
    tokens = [clients.add(name).reveal() for name in ("a", "b")]
    assert [clients.owner_of(token) for token in (*tokens, "x")] == ["a", "b", None]
    assert clients.active() == 2
    clients.revoke("a")
    assert clients.active() == 1
    kept.clock.step(600_000)
    assert clients.active() == 0


def test_added_clients_are_known_again_once_the_database_answers_and_nothing_is_lost_meanwhile(kept: Kept) -> None:
    first = kept.run()
    token = first.add("ci").reveal()
    built_in = first.built_in
    first.called(BUILT_IN)
    first.flush()
    with kept.unreadable():
        clients = kept.run()
        assert clients.owner_of(token) is None
        assert clients.owner_of(built_in.reveal()) == BUILT_IN
        clients.called(BUILT_IN)
        clients.flush()
        for change in (clients.add, clients.revoke, clients.rotate):
            with pytest.raises(StoreUnavailable):
                change("ci")
    kept.clock.step(1_000)
    assert clients.owner_of(token) == "ci"
    assert {client.name: client.calls for client in clients.listing()} == {BUILT_IN: 2, "ci": 0}


def test_a_change_that_could_not_be_kept_did_not_happen(kept: Kept) -> None:
    clients = kept.run()
    token = clients.add("ci").reveal()
    with kept.locked():
        with pytest.raises(StoreUnavailable):
            clients.revoke("ci")
        with pytest.raises(StoreUnavailable):
            clients.rotate("ci")
        with pytest.raises(StoreUnavailable):
            clients.add("more")
    for run in (clients, kept.run()):
        assert run.owner_of(token) == "ci"
        assert [client.name for client in run.listing()] == [BUILT_IN, "ci"]


def test_claude_codes_token_can_be_rotated_while_the_database_does_not_answer(kept: Kept) -> None:
    clients = kept.run()
    old = clients.built_in.reveal()
    with kept.locked():
        new = clients.rotate(BUILT_IN).reveal()
        assert (clients.owner_of(old), clients.owner_of(new)) == (None, BUILT_IN)
    assert kept.told == 1
    again = kept.run()
    assert (again.owner_of(old), again.owner_of(new)) == (None, BUILT_IN)


def test_a_token_that_cannot_be_kept_holds_for_the_run_and_is_not_rotated(kept: Kept) -> None:
    clients = kept.run(file=kept.folder / "gone" / "token")
    token = clients.built_in.reveal()
    with pytest.raises(TrayAppError):
        clients.rotate(BUILT_IN)
    assert clients.owner_of(token) == BUILT_IN
    assert kept.told == 0


def test_every_token_is_kept_out_of_the_log(kept: Kept) -> None:
    clients = kept.run()
    drawn = [clients.built_in, clients.add("ci"), clients.rotate("ci"), clients.rotate(BUILT_IN)]
    assert kept.hidden == drawn
    assert kept.run().built_in == drawn[-1]
    assert kept.hidden[-1] == drawn[-1]
