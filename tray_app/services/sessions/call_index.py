"""Whose call is it: from the client's own id of a call to the session that made it. Two answers are none."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tray_app.services.ports import Clock

log = logging.getLogger(__name__)
_LOOKS_MS = (50, 70, 130, 250, 500, 1_000, 3_000)  # the line is in the transcript about 50 ms after the call came
_WRITTEN_LOOKS_MS = (10, 20, 30, 40, 50, 50, 50, 50)
_MOST = 2_000


class CallIndex:
    """Hooks tell before the call comes; else the transcript tells a moment later."""

    def __init__(
        self, *, find_call: Callable[[str], Awaitable[str | None]], clock: Clock, anybody: Callable[[], bool]
    ) -> None:
        """`anybody`: whether any session is known to run; without one there is nothing to wait for."""
        self._find_call = find_call
        self._clock = clock
        self._anybody = anybody
        self._by_call: dict[str, str | None] = {}  # None: two sessions claim it
        self._told = asyncio.Event()

    def told(self, call_id: str, session_id: str) -> None:
        """A hook says that this session makes this call."""
        if len(self._by_call) >= _MOST:
            del self._by_call[next(iter(self._by_call))]
        before = self._by_call.get(call_id, session_id)
        self._by_call[call_id] = session_id if before == session_id else None
        self._told.set()

    def known(self, call_id: str) -> str | None:
        """The session, if it is known already."""
        return self._by_call.get(call_id)

    async def find(self, call_id: str, *, within_ms: int) -> str | None:
        """The session, waiting for word of it for at most `within_ms`; None: unknown."""
        if not call_id:
            return None
        deadline = self._clock.steady_ms() + within_ms
        for rest_ms in (0, *_LOOKS_MS):
            left_ms = deadline - self._clock.steady_ms()
            if rest_ms and (left_ms <= 0 or not self._anybody()):
                break
            if rest_ms:
                self._told.clear()
                await self._clock.wait(self._told, min(rest_ms, left_ms))
            if call_id in self._by_call:
                return self._by_call[call_id]
            found = await self._look(call_id)
            if found is not None:
                self.told(call_id, found)
                return self._by_call[call_id]
        return None

    async def written(self, call_id: str) -> None:
        """Wait until the transcript holds this call, and so everything before it; 300 ms at most."""
        for rest_ms in _WRITTEN_LOOKS_MS:
            if await self._look(call_id) is not None:
                return
            await self._clock.wait(asyncio.Event(), rest_ms)

    async def _look(self, call_id: str) -> str | None:
        """Ask the transcripts. A fault in reading them leaves the session unknown; the message goes out anyway."""
        try:
            return await self._find_call(call_id)
        except Exception:
            log.exception("the transcripts could not be asked whose call it is")
            return None
