"""One SQLite file: opened, guarded, its faults named, a damaged one set aside."""

import asyncio
import contextlib
import errno
import logging
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum, auto
from pathlib import Path
from typing import Any, TypeVar

from tray_app.adapters.store.file import search_index
from tray_app.adapters.store.file.carried_over import aside_of, carried_at, carry_over, finish
from tray_app.adapters.store.file.faults import Damaged, Wholeness, is_index, is_ours, state_of, wholeness_of
from tray_app.adapters.store.file.log_sync import LogSync, sync_log
from tray_app.adapters.store.file.migrations import NewerSchema, Watch, check_version, migrate
from tray_app.adapters.store.file.taken_away import Mark, OpenFiles, mark_of, write_back
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import Text, text
from tray_app.core.state.snapshot import StoreState

T = TypeVar("T")


class Part(StrEnum):
    """Groups of tables. What is read of one is remembered until it is written."""

    DELIVERIES = auto()
    MONTHS = auto()
    APPROVALS = auto()
    AUDIT = auto()
    OTHER = auto()  # everything else; nothing of it is remembered


log = logging.getLogger(__name__)

BUSY_MS = 250  # the engine's loop waits inside SQLite for at most this long
_MANY_COMMITS = 100
_MOST_TAKEN = 5  # times in a row that somebody takes away what was written back
_ALL = frozenset({""})
_CHECKED_BYTES = 8 << 20  # quick_check reads the whole file; beyond this, damage is found when a page is read


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
        self._remembered: dict[Part, dict[Hashable, Any]] = {part: {} for part in Part}
        self.opened = 0  # how often: the file may be another each time
        self._version: int | None = None  # SQLite's own count of what other connections have written
        self._sync = LogSync(lambda: sync(path))
        self._commits = 0
        self.many_commits = asyncio.Event()
        self._full = True  # a commit waits for the disk
        self._files: OpenFiles | None = None
        self._homeless = False  # what is open has no name any more: it is all there is

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
            self._forget(*writes)

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
            if not self._is_taken_away():
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
        if self._ready:
            self._use_once()

    def look_within(self) -> None:
        """Find a file that another was copied over, where it lies. Raises StoreUnavailable, and it is set aside."""
        self.look()
        if self._ready and self._files is not None and self._files.changed_size():
            try:
                if self.path.stat().st_size <= _CHECKED_BYTES:
                    self._expect_whole()
            except (sqlite3.Error, OSError) as error:
                raise self.trouble(error) from None

    def remembered(self, part: Part, key: Hashable, read: Callable[[sqlite3.Connection], T]) -> T:
        """What `read` says of a part; it is asked again only after that was written. Raises StoreUnavailable."""
        with self.reading() as connection:
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            if version != self._version:
                self._forget()
                self._version = version
            known = self._remembered[part]
            if key not in known:
                known[key] = read(connection)
            found: T = known[key]
            return found

    def _forget(self, *parts: Part) -> None:
        """Forget what is remembered of these parts, or of all."""
        for part in parts or Part:
            self._remembered[part].clear()

    async def open_aside(self, watch: Watch) -> None:
        """Open the file on a thread, before anybody uses it: an older one may have to be brought up to date for long.

        What is wrong with it is told as ever, by `state`, and to whoever uses it next.
        """
        told, self._on_change, before = self._on_change, lambda: None, self.state
        self._watch = watch
        try:
            with contextlib.suppress(StoreUnavailable):
                await asyncio.to_thread(self._use_once)
        finally:
            self._on_change, self._watch = told, None
        if self.state is not before:
            self._on_change()

    def _use_once(self) -> None:
        with self.reading():
            return

    def close(self) -> None:
        """Close the file; the write-ahead log is folded back into it."""
        self._forget()
        self._sync.close()
        connection, self._connection, self._ready = self._connection, None, False
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._ready and self._files is not None:
            if lost := self._files.lost():
                return self._back_home(self._connection, lost)
            self._homeless = False
            if self._files.is_cut():
                self._expect_whole()  # what is written to a cut one would be gone with the rest
                self._files = OpenFiles(self.path, self._connection)
            return self._connection
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self._create()
        try:
            self._connection = connection = self._connect("rwc")
            self._prepare(connection)
        except BaseException:
            if new:  # an empty file must not be taken for a damaged one next time
                self.close()
                self.path.unlink(missing_ok=True)
            raise
        self._ready, self._files = True, OpenFiles(self.path, connection)
        self.opened += 1
        return connection

    def _connect(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=BUSY_MS / 1000,
            check_same_thread=False,
            cached_statements=64,
        )

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
            connection = self._connect("rw")  # never makes one
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

    def _create(self) -> bool:
        """Make the file, for its owner alone; False where there is one.

        Raises Damaged for one without a single byte, and where only the log of one is left: SQLite would take that for
        a new one, and the history were gone without a word.
        """
        log_left = Path(f"{self.path}-wal")
        finish(self.path)
        try:
            self.path.touch(mode=0o600, exist_ok=False)
            if log_left.is_file() and log_left.stat().st_size:
                raise Damaged  # SQLite would delete it unread
        except FileExistsError:
            if self.path.is_file() and self.path.stat().st_size == 0:
                raise Damaged from None
            return False
        return True

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
        """Name the trouble, set a damaged file aside, and drop the connection so that the next call begins anew."""
        state, file = state_of(error, folder=self.path.parent), self.path.name
        self._homeless = self._homeless or self._is_taken_away()
        found = not isinstance(error, Damaged)  # by a look at a page, which may be the index's
        if found and state is StoreState.CORRUPT and self._ready and not self._renew and self._is_index_alone():
            state, self._renew = StoreState.ERROR, True
        self._renew = self._renew or is_index(error)
        entry, told = ("newer" if isinstance(error, NewerSchema) else ""), dict[str, str | int]()
        if state is StoreState.CORRUPT and not self._homeless:
            try:
                state, entry, file, told = self._begin_anew()
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

    def _expect_whole(self) -> None:
        """A file that is shorter than it was is cut, or was packed by another program. Raises Damaged."""
        if self.path.stat().st_size:
            with closing(self._connect("rw")) as connection:  # never makes one
                if wholeness_of(connection) is not Wholeness.DAMAGED and is_ours(connection):
                    return
        raise Damaged

    def _is_index_alone(self) -> bool:
        """Whether the rows are whole, and only what they are searched by is damaged."""
        try:
            with closing(self._connect("rw")) as connection:  # never makes one
                return wholeness_of(connection) is Wholeness.WITHOUT_INDEX
        except sqlite3.Error:
            return False

    def _begin_anew(self) -> tuple[StoreState, str, str, dict[str, str | int]]:
        """Set the damaged file aside; carry what can be read of it over into a new one.

        Gives the state, its words, the damaged file's name and what the words tell. Raises OSError and sqlite3.Error
        where that cannot be written: the file stays where it is, and it is tried again.
        """
        carried = carry_over(self.path, busy_s=BUSY_MS / 1000)
        try:
            file = self._set_aside(
                aside_of(self.path, datetime.now(UTC) if carried is None else carried_at(carried.file))
            )
        except OSError:
            self.close()  # its log may be set aside already: `finish` comes before the next use
            raise
        if carried is None:
            return StoreState.CORRUPT, "corrupt", file, {}
        carried.file.rename(self.path)
        log.error(
            "the damaged history is in a new one, but for %s rows and these tables: %s", carried.rows, carried.lost
        )
        told: dict[str, str | int] = {"lost": ", ".join(carried.lost)} if carried.lost else {}
        if carried.rows == 0:
            return StoreState.RESTORED, "mended_partly" if carried.lost else "mended", file, told
        entry = "mended_some" if carried.rows is None else "mended_rows"
        return (
            StoreState.RESTORED,
            f"{entry}_partly" if carried.lost else entry,
            file,
            {"count": carried.rows or 0, **told},
        )

    def _set_aside(self, aside: Path) -> str:
        """Rename the file and what belongs to it. Raises OSError; the main file goes last, so that it is tried again.

        Renamed before it is closed: a close would fold the log into the file and delete it, unless SQLite finds the
        file moved. Windows renames no open file: there the log is copied before.
        """
        if sys.platform == "win32":
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(f"{self.path}-wal", f"{aside}-wal")
            self.close()
            Path(f"{self.path}-wal").unlink(missing_ok=True)
        for ending in ("-wal", "-shm", ""):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{self.path}{ending}").rename(f"{aside}{ending}")
        self.close()
        log.error("history database was damaged and is kept as %s", aside.name)
        return aside.name

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


def dressed(connection: sqlite3.Connection) -> None:
    """Have it give rows by name, and text with a flipped byte in it, which must not hide the history."""
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")


def _roll_back(connection: sqlite3.Connection) -> None:
    """A full disk or a damaged page has SQLite roll back by itself; doing it twice would hide the first error."""
    if connection.in_transaction:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
