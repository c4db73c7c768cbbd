"""The pause: one flag that every sender asks, kept over restarts, ended by the owner or by its time."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Protocol

from tray_app.core.delivery.pause import PauseFor, PauseState, end_of
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.services.ports import Clock

log = logging.getLogger(__name__)
_KEY = "pause"
_LOOK_MS = 60_000  # the wall clock may be set and the machine may sleep, so no wait is longer
_SAVE_AGAIN_MS = 2_000


class StateStore(Protocol):
    """Keeps small values over restarts."""

    def read_state(self, key: str) -> object:
        """Read a value, or None."""
        ...

    def write_state(self, key: str, value: object) -> None:
        """Keep a value."""
        ...


class Pause:
    """Asked right before each POST, so the answer comes from memory. `run()` ends it in time even if nobody asks."""

    def __init__(self, store: StateStore, clock: Clock, *, on_change: Callable[[], None]) -> None:
        """`on_change` is called when the pause begins or ends."""
        self._store = store
        self._clock = clock
        self._on_change = on_change
        self.on_end: Callable[[], None] = lambda: None
        self._state: PauseState | None = None
        self._loaded = False
        self._saved = True
        self._changed = asyncio.Event()

    def load(self) -> None:
        """Read the pause of the last run, once. Raises StoreUnavailable; whoever is about to send asks again then.

        Unreadable state reads as paused for good: quiet is the careful reading.
        """
        if self._loaded:
            return
        saved = self._store.read_state(_KEY)
        self._loaded = True
        if saved is None:
            return
        since_ms, until_ms = self._clock.now_ms(), None
        if isinstance(saved, dict) and isinstance(saved.get("since_ms"), int):
            since_ms, until_ms = saved["since_ms"], saved.get("until_ms")
        self._state = PauseState(since_ms=since_ms, until_ms=until_ms if isinstance(until_ms, int) else None)
        self._changed.set()
        self._on_change()

    def current(self) -> PauseState | None:
        """Return the pause that holds now. Whoever asks first after its time is up ends it."""
        with contextlib.suppress(StoreUnavailable):
            self.load()
            if self._state is not None and not self._state.holds(self._clock.now_ms()):
                self.end()
        return self._state

    def begin(self, length: PauseFor) -> PauseState:
        """Pause from now on; a pause that is on already gets the new end and keeps its beginning."""
        now_ms = self._clock.now_ms()
        on = self.current()
        since_ms = now_ms if on is None else on.since_ms
        state = PauseState(since_ms=since_ms, until_ms=end_of(length, now_ms=now_ms))
        self._become(state)
        return state

    def end(self) -> None:
        """Resume, after `on_end` has done what the owner wants done before anybody can send again.

        Raises StoreUnavailable where `on_end` could not do it: the pause is still on then.
        """
        if self._state is not None:
            self.on_end()
            self._become(None)

    async def run(self) -> None:
        """End it in time, and save it when the store works again; for ever."""
        while True:
            self._changed.clear()
            state = self.current()
            if not self._saved:
                self._save()
            wait_ms = None
            if not self._saved:
                wait_ms = _SAVE_AGAIN_MS
            elif state is not None and state.until_ms is not None:
                wait_ms = max(1, min(_LOOK_MS, state.until_ms - self._clock.now_ms()))
            await self._clock.wait(self._changed, wait_ms)

    def _become(self, state: PauseState | None) -> None:
        """The owner's word holds in memory even when the disk is full; the store's own trouble is shown beside it."""
        self._loaded = True
        self._state = state
        self._save()
        self._changed.set()
        self._on_change()

    def _save(self) -> None:
        state = self._state
        saved = None if state is None else {"since_ms": state.since_ms, "until_ms": state.until_ms}
        try:
            self._store.write_state(_KEY, saved)
        except StoreUnavailable:
            if self._saved:
                log.warning("the pause could not be saved; it is saved again when the store works")
            self._saved = False
        else:
            self._saved = True
