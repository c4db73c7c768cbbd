"""Whose message it is: finds the session behind a call, at once or later, and writes it to the history."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from tray_app.core.delivery.delivery import Origin
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.sessions.session import Session
from tray_app.services.sessions.call_index import CallIndex
from tray_app.services.sessions.tracker import SessionTracker

log = logging.getLogger(__name__)
_NOW_MS = 500  # a report waits so long for its session
_LATER_MS = 5_000


class Rows(Protocol):
    """The history. Raises StoreUnavailable."""

    def attribute(self, call_id: str, *, session_id: str, project: str) -> None:
        """Say whose call it was."""
        ...


class Attribution:
    """Knows which session calls. Lives on the engine's loop."""

    def __init__(
        self, call_index: CallIndex, sessions: SessionTracker, rows: Rows, *, changed: Callable[[], None]
    ) -> None:
        """`changed` hears that the history says whose a call was."""
        self._call_index = call_index
        self._sessions = sessions
        self._rows = rows
        self._changed = changed
        self._tasks: set[asyncio.Task[None]] = set()

    def known(self, origin: Origin) -> Session | None:
        """The session that calls, if that is known already, as last seen."""
        found = self._call_index.known(origin.call_id) if origin.call_id else None
        return None if found is None else self._sessions.session(found) or Session(session_id=found)

    async def found(self, origin: Origin) -> Session | None:
        """The session that calls, as last seen; half a second is waited for word of who it is."""
        found = await self._call_index.find(origin.call_id, within_ms=_NOW_MS)
        if found is None:
            return None
        return self._sessions.session(found) or await self._sessions.measured(found) or Session(session_id=found)

    async def measured(self, origin: Origin) -> Session | None:
        """The session that calls, with all it has written; half a second is waited for word of who it is."""
        found = await self._call_index.find(origin.call_id, within_ms=_NOW_MS)
        if found is None:
            return None
        known = self._sessions.session(found)
        if known is not None and known.prompts:  # it writes a transcript, and a hook may be quicker than that
            await self._call_index.written(origin.call_id)
        return await self._sessions.measured(found) or Session(session_id=found)

    def later(self, origin: Origin) -> None:
        """The message was accepted before anybody knew whose it is: write that to the history when it is known."""
        if origin.call_id and not origin.session:
            task = asyncio.get_running_loop().create_task(self._attribute(origin.call_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _attribute(self, call_id: str) -> None:
        found = await self._call_index.find(call_id, within_ms=_LATER_MS)
        if found is None:
            return
        session = self._sessions.session(found)
        try:
            self._rows.attribute(call_id, session_id=found, project="" if session is None else session.project)
        except StoreUnavailable:
            log.warning("whose message it was could not be written to the history")
        self._changed()


def as_from(origin: Origin, session: Session | None) -> Origin:
    """The origin with its session; unchanged where that is unknown."""
    return origin if session is None else replace(origin, session=session.session_id, project=session.project)
