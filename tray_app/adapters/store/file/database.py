"""One SQLite file: opened, guarded, its faults named, a damaged one set aside."""

import asyncio
import contextlib
import errno
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Collection, Hashable, Iterator
from pathlib import Path
from typing import TypeVar

from tray_app.adapters.store.file import search_index
from tray_app.adapters.store.file.anew import begin_anew
from tray_app.adapters.store.file.faults import Damaged, Wholeness, is_index, state_of, wholeness_of
from tray_app.adapters.store.file.going_on import GoingOn, Stopped
from tray_app.adapters.store.file.log_sync import LogSync, sync_log
from tray_app.adapters.store.file.migrations import NewerSchema, Watch, check_version, migrate
from tray_app.adapters.store.file.opening import connect, create, dressed, expect_whole, is_index_alone
from tray_app.adapters.store.file.remembered import Part, Remembered
from tray_app.adapters.store.file.taken_away import Mark, OpenFiles, mark_of, write_back
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import Text, text
from tray_app.core.state.snapshot import StoreState

T = TypeVar("T")


log = logging.getLogger(__name__)

_MANY_COMMITS = 100
_MOST_TAKEN = 5  # times in a row that somebody takes away what was written back
_ALL = frozenset({""})
_ASIDE_BYTES = 1 << 20  # a larger file is repaired beside the loop: 100 MB take seconds
_CHECKED_BYTES = 8 << 20  # quick_check reads the whole file; beyond this, damage is found when a page is read


class BeingRepaired(sqlite3.OperationalError):
    """The file is damaged, and what can be read of it is being carried over beside the loop."""


class Database:
    """One connection, used by one thread. `on_change` is called whenever `state` has changed."""

    def __init__(
        self, path: Path, *, on_change: Callable[[], None] = lambda: None, sync: Callable[[Path], None] = sync_log
    ) -> None:
        """Nothing is opened yet. `sync` blocks until the log of the file at a path is on the disk."""
        self.path = path
        self.state = StoreState.OK
        self.reason: Text | None = None
        self.hint: Text | None = None
        self._happened: tuple[StoreState, Text | None, Text | None] = (self.state, None, None)  # told until a restart
        self._on_change = on_change
        self._watch: Watch | None = None
        self._connection: sqlite3.Connection | None = None
        self._ready = False  # the connection was checked and its schema is this version's
        self._renew = False  # the index of words is damaged
        self._remembered = Remembered()
        self.opened = 0  # how often: the file may be another each time
        self._sync = LogSync(lambda: sync(path))
        self._commits = 0
        self.many_commits = asyncio.Event()
        self._full = True  # a commit waits for the disk
        self._files: OpenFiles | None = None
        self._homeless = False  # what is open has no name any more: it is all there is
        self._repair: asyncio.Task[None] | None = None
        self._going_on = GoingOn()
        self._repairer = 0  # the thread that repairs; the file is its own alone meanwhile

    @contextlib.contextmanager
    def transaction(self, *writes: Part, waits: bool = True) -> Iterator[sqlite3.Connection]:
        """All of the block or none of it. Raises StoreUnavailable where the file cannot be used now.

        `writes` names the parts that the block writes; without it every part may be another afterwards. It outlives
        the program at once, a power cut only after `lasting()`; where it `waits`, the loop stands still for that here.
        """
        try:
            with self._writing(waits=waits) as connection:
                yield connection
        finally:
            self._remembered.forget(*writes)

    @contextlib.contextmanager
    def _writing(self, *, waits: bool) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._open()
            if waits is not self._full:
                connection.execute(f"PRAGMA synchronous = {'FULL' if waits else 'NORMAL'}")
                self._full = waits
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise
        except (sqlite3.Error, OSError, NewerSchema) as error:
            raise self.trouble(error) from None
        self._sync.committed()
        self._commits += 1
        if self._commits % _MANY_COMMITS == 0:
            self.many_commits.set()
        self._well()

    async def lasting(self) -> None:
        """Wait until what was committed before is on the disk. Raises StoreUnavailable to each who waits."""
        self.look()  # of a log without a name nothing lasts
        try:
            await self._sync.lasting()
        except OSError as error:
            if not self._is_others() and not self._is_taken_away():
                # what the system could not write it may have given up: closing folds the log into the file anew
                self.close()
            raise self.trouble(error) from None
        self.look()  # it may have lost its name just before it was synced

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read what was committed last. Raises StoreUnavailable."""
        try:
            yield self._open()
        except (sqlite3.Error, OSError, NewerSchema) as error:
            raise self.trouble(error) from None

    def look(self) -> None:
        """Write files back that were taken away while they are open. Raises StoreUnavailable where that fails."""
        if self._ready or self._is_others():
            self._use_once()

    def look_within(self) -> None:
        """Find a file that another was copied over, where it lies. Raises StoreUnavailable, and it is set aside."""
        self.look()
        if self._ready and self._files is not None and self._files.changed_size():
            try:
                if self.path.stat().st_size <= _CHECKED_BYTES:
                    expect_whole(self.path)
            except (sqlite3.Error, OSError) as error:
                raise self.trouble(error) from None

    def remembered(self, part: Part, key: Hashable, read: Callable[[sqlite3.Connection], T]) -> T:
        """What `read` says of a part; it is asked again only after that was written. Raises StoreUnavailable."""
        with self.reading() as connection:
            return self._remembered.get(connection, part, key, read)

    async def open_aside(self, watch: Watch) -> None:
        """Open the file on a thread, before anybody uses it: an older one may have to be brought up to date for long.

        What is wrong with it is told as ever, by `state`, and to whoever uses it next.
        """
        told, self._on_change, before = self._on_change, lambda: None, self.state
        self._watch, after = watch, None

        def work() -> None:
            try:
                with contextlib.suppress(StoreUnavailable):
                    self._use_once()
            except Stopped:
                self.close()

        try:
            await asyncio.to_thread(work)
        except asyncio.CancelledError:  # the thread still works: it hears of the stop, and nobody hears of it
            self._going_on.stop()
            told, after = self._on_change, watch
            raise
        finally:
            self._on_change, self._watch = told, after
        if self.state is not before:
            self._on_change()

    def _use_once(self) -> None:
        with self.reading():
            return

    def close(self) -> None:
        """Close the file; the write-ahead log is folded back into it. A repair ends as by a kill."""
        if self._is_others():
            self._going_on.stop()
            return
        self._remembered.forget()
        self._sync.close()
        connection, self._connection, self._ready = self._connection, None, False
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _open(self) -> sqlite3.Connection:
        if self._is_others():
            raise BeingRepaired
        if self._connection is not None and self._ready and self._files is not None:
            if lost := self._files.lost():
                return self._back_home(self._connection, lost)
            self._homeless = False
            if self._files.is_cut():
                expect_whole(self.path)  # what is written to a cut one would be gone with the rest
                self._files = OpenFiles(self.path, self._connection)
            return self._connection
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = create(self.path)
        try:
            self._connection = connection = connect(self.path, "rwc")
            self._prepare(connection)
        except BaseException:
            if new:  # an empty file must not be taken for a damaged one next time
                self.close()
                self.path.unlink(missing_ok=True)
            raise
        self._ready, self._files = True, OpenFiles(self.path, connection)
        self.opened += 1
        return connection

    def _back_home(self, homeless: sqlite3.Connection, lost: Collection[str]) -> sqlite3.Connection:
        """Write back what is open, and open that; what is open stays so until it is known to be there."""
        self._homeless = True
        kept, again = "", None
        for _ in range(_MOST_TAKEN):
            name, written = write_back(homeless, self.path, lost)
            kept, lost = kept or name, _ALL
            again = self._connect_again(written)
            if again is not None:
                break
        if again is None:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        self.close()
        self._connection, self._files = connection, _ = again
        self._homeless, self._ready = False, True
        self.opened += 1
        log.error("history database: its files were taken away while they were open, and are written back %s", kept)
        told = text("store.replaced", file=kept) if kept else text("store.restored", file=self.path.name)
        hint = text("store.restored_hint", folder=str(self.path.parent), file=self.path.name)
        self._become(StoreState.RESTORED, told, hint)
        return connection

    def _connect_again(self, written: Mark) -> tuple[sqlite3.Connection, OpenFiles] | None:
        """Open the file that was written; None where it was taken away, too."""
        connection = None
        try:
            connection = connect(self.path, "rw")  # never makes one
            self._prepare(connection)
        except (sqlite3.Error, OSError):
            if connection is not None:
                connection.close()
            if mark_of(self.path) == written:
                raise
            return None
        files = OpenFiles(self.path, connection)
        if files.are(written):
            return connection, files
        connection.close()
        return None

    def _prepare(self, connection: sqlite3.Connection) -> None:
        dressed(connection)
        check_version(connection)
        if self.path.stat().st_size <= _CHECKED_BYTES:
            wholeness = wholeness_of(connection)
            if wholeness is Wholeness.DAMAGED:
                raise Damaged
            self._renew = self._renew or wholeness is Wholeness.WITHOUT_INDEX
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 8000")  # pages; long before, the log is folded in elsewhere,
        connection.execute("PRAGMA journal_size_limit = 2097152")  # and begun anew that short: so its size tells when
        self._full = True
        connection.execute("PRAGMA secure_delete = ON")  # what the owner does not keep is not left in free pages
        migrate(connection, watch=self._watch)
        if self._renew:
            search_index.renew(connection)
            if wholeness_of(connection) is not Wholeness.WHOLE:
                raise Damaged
            log.warning("the history's index of words was damaged and is made anew")
            self._renew = False
        search_index.merge_apart(connection)

    def trouble(self, error: Exception) -> StoreUnavailable:
        """Name the trouble, set a damaged file aside, and drop the connection so that the next call begins anew.

        On the loop a large file is repaired on a thread; until that is done everybody hears so.
        """
        self._homeless = self._homeless or self._is_taken_away()
        if not self._is_others() and not self._homeless and self._takes_long(error):
            log.error("history database: damaged, and repaired beside the loop (%s)", type(error).__name__)
            self._become(StoreState.ERROR, text("store.repairing"), text("store.repairing_hint"))
            self._going_on = GoingOn()
            self._repair = asyncio.get_running_loop().create_task(self._repaired(error))
        if self._is_others():
            return StoreUnavailable(text("store.repairing"), text("store.repairing_hint"))
        return self._named(error)

    def trouble_since(self, opening: int, error: Exception) -> StoreUnavailable:
        """Name the trouble of a reader that opened the file at that `opening`: another file since has no part in it."""
        if self._is_others() or (self._ready and self.opened == opening):
            return self.trouble(error)
        log.info("a read of the history ended with a file that is closed since (%s)", type(error).__name__)
        return StoreUnavailable(text("store.reopened"), text("store.reopened_hint"))

    def _is_others(self) -> bool:
        """Whether the file is being repaired, and not by who asks."""
        return self._repair is not None and threading.get_ident() != self._repairer

    def _takes_long(self, error: Exception) -> bool:
        """Whether this is damage that would hold up the loop that runs here."""
        try:
            asyncio.get_running_loop()
            damaged = is_index(error) or state_of(error, folder=self.path.parent) is StoreState.CORRUPT
            return damaged and self.path.stat().st_size > _ASIDE_BYTES
        except (RuntimeError, OSError):
            return False

    async def _repaired(self, error: Exception) -> None:
        """Do on a thread what the trouble asks for, and open the file there: its index may have to be made anew."""
        told, self._on_change = self._on_change, lambda: None

        def work() -> None:
            self._repairer = threading.get_ident()
            try:
                self._going_on.expect()
                self._named(error)
                self._going_on.expect()
                with contextlib.suppress(StoreUnavailable):
                    self._use_once()
            except Stopped:
                self.close()
                raise

        try:
            await asyncio.to_thread(work)
        except asyncio.CancelledError:  # the thread still works: the file stays its own, and nobody is told by it
            self._going_on.stop()
            raise
        except Stopped:
            log.info("history database: its repair was stopped; the next start meets the damage once more")
            return  # whoever closed it uses it no more
        except Exception:
            log.exception("history database: its repair failed")
            self._become(StoreState.ERROR, text("store.error"), text("store.error_hint"))
        self._on_change, self._repair, self._repairer, self._going_on = told, None, 0, GoingOn()
        self._on_change()

    def _named(self, error: Exception) -> StoreUnavailable:
        state, file = state_of(error, folder=self.path.parent), self.path.name
        found = not isinstance(error, Damaged)  # by a look at a page, which may be the index's
        if found and state is StoreState.CORRUPT and self._ready and not self._renew and is_index_alone(self.path):
            state, self._renew = StoreState.ERROR, True
        self._renew = self._renew or is_index(error)
        entry, told = ("newer" if isinstance(error, NewerSchema) else ""), dict[str, str | int]()
        if state is StoreState.CORRUPT and not self._homeless:
            try:
                state, entry, file, told = begin_anew(self.path, self.close, self._going_on)
            except (OSError, sqlite3.Error) as refused:
                state = state_of(refused, folder=self.path.parent)
        if not self._homeless and (not self._ready or state not in {StoreState.LOCKED, StoreState.DISK_FULL}):
            self.close()  # a file made writable must be opened again; a busy or full one only needs a new try
        entry = entry or state.value
        reason = text(f"store.{entry}", file=file, **told)
        hint = text(f"store.{entry}_hint", folder=str(self.path.parent), file=file)
        if (state, reason) != (self.state, self.reason):
            log.error("history database: %s (%s)", state.value, type(error).__name__)
        self._become(state, reason, hint)
        return StoreUnavailable(reason, hint)

    def _is_taken_away(self) -> bool:
        return self._connection is not None and self._ready and self._files is not None and bool(self._files.lost())

    def _well(self) -> None:
        """Back to normal, except that what happened to the file stays told until the app is started again."""
        if not self.state.usable:
            self._become(*self._happened)

    def _become(self, state: StoreState, reason: Text | None, hint: Text | None) -> None:
        if state.usable:
            self._happened = state, reason, hint
        if (state, reason) != (self.state, self.reason):
            self.state, self.reason, self.hint = state, reason, hint
            self._on_change()


def _roll_back(connection: sqlite3.Connection) -> None:
    """A full disk or a damaged page has SQLite roll back by itself; doing it twice would hide the first error."""
    if connection.in_transaction:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
