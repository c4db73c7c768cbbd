"""Which project each folder belongs to: asked once of the disk, beside the loop and for a bounded time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.sessions.place import Place, by_path, placed
from tray_app.core.sessions.session import Session

log = logging.getLogger(__name__)
_WITHIN_S = 1.0  # a folder on a network that does not answer must not hold anybody up
_MOST = 5_000
_AT_ONCE = 200


class KeptPlaces(Protocol):
    """Where sessions worked when they were kept. Raises StoreUnavailable."""

    def places(self, session_ids: Sequence[str]) -> Mapping[str, Place]:
        """By session, those in worktrees only."""
        ...


class Places:
    """Lives on the engine's loop. What is not known yet is told by its path alone."""

    def __init__(self, find: Callable[[Collection[str]], Awaitable[Sequence[Place]]], kept: KeptPlaces) -> None:
        """`find` asks the disk for several folders at once."""
        self._find = find
        self._kept = kept
        self._known: dict[str, Place] = {}
        self._wanted: set[str] = set()
        self._asking: asyncio.Task[None] | None = None
        self._late: set[str] = set()

    def of(self, session: Session) -> Session:
        """The session with its project."""
        return placed(session, self._known.get(session.cwd) or by_path(session.cwd))

    async def learn(self, folders: Iterable[str]) -> None:
        """Ask about those that are new, and wait for it a moment; a later answer is heard all the same."""
        new = {folder for folder in folders if folder and folder not in self._known}
        self._wanted |= new
        self._wanted -= self._known.keys()
        if self._wanted and (self._asking is None or self._asking.done()):
            asked, self._wanted = sorted(self._wanted), set()
            self._asking = asyncio.get_running_loop().create_task(self._ask(asked))
            await asyncio.wait({self._asking}, timeout=_WITHIN_S)
            self._late -= new if self._asking.done() else set()

    def take_late(self) -> frozenset[str]:
        """Folders whose answer came when nobody waited for it any more: their sessions may have been kept without."""
        late = frozenset(self._late & self._known.keys())
        self._late -= late
        return late

    def recall(self, sessions: Iterable[Session]) -> None:
        """A worktree that is removed after its work is not forgotten: it was kept with its session."""
        lost = [one for one in sessions if (known := self._known.get(one.cwd)) is not None and known.gone]
        for start in range(0, len(lost), _AT_ONCE):
            some = lost[start : start + _AT_ONCE]
            try:
                kept = self._kept.places([one.session_id for one in some])
            except StoreUnavailable:
                return
            for one in some:
                self._known[one.cwd] = kept.get(one.session_id) or replace(self._known[one.cwd], gone=False)

    async def _ask(self, folders: Sequence[str]) -> None:
        self._late.update(folders)
        try:
            found = await self._find(folders)
        except Exception:
            log.exception("folders could not be asked for their project")
            found = [by_path(folder) for folder in folders]
        self._known.update(zip(folders, found, strict=True))
        for old in list(self._known)[: max(len(self._known) - _MOST, 0)]:
            del self._known[old]
