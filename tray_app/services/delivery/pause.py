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


class PauseKeeper(Protocol):
    """Keeps the pause over restarts, in a place of its own: it holds where the history is full, damaged or gone."""

    def read(self) -> tuple[bool, object]:
        """Say whether anything was ever kept, and what; no sense where it is damaged. Raises StoreUnavailable."""
        ...

    def write(self, value: object) -> None:
        """Keep a value before this returns. Raises StoreUnavailable."""
        ...


class OldState(Protocol):
    """Where earlier versions kept it."""

    def read_state(self, key: str) -> object:
        """Read a value, or None. Raises StoreUnavailable."""
        ...


class Pause:
    """Asked right before each POST, so the answer comes from memory. `run()` ends it in time even if nobody asks."""

    def __init__(
        self,
        keeper: PauseKeeper,
        clock: Clock,
        *,
        old: OldState,
        on_change: Callable[[], None],
        before_end: Callable[[], None],
    ) -> None:
        """`on_change` is called when the pause begins or ends, and when it could not be kept.

        `before_end` does what the owner wants done before anybody can send again. It may raise StoreUnavailable.
        """
        self._keeper = keeper
        self._old = old
        self._clock = clock
        self._on_change = on_change
        self._before_end = before_end
        self._state: PauseState | None = None
        self._loaded = False
        self.trouble: StoreUnavailable | None = None  # why what holds now is not on the disk, or is not known
        self._changed = asyncio.Event()

    def load(self) -> None:
        """Read the pause of the last run, once. Raises StoreUnavailable; whoever is about to send asks again then.

        Unreadable state reads as paused for good: quiet is the careful reading.
        """
        if self._loaded:
            return
        try:
            kept, saved = self._keeper.read()
        except StoreUnavailable as trouble:
            self.trouble = trouble
            raise
        self.trouble = None
        if not kept:
            saved = self._old.read_state(_KEY)
        self._loaded = True
        if saved is None:
            if not kept:
                self._save()  # the room that a pause takes is taken while there is some
            return
        since_ms, until_ms = self._clock.now_ms(), None
        if isinstance(saved, dict) and isinstance(saved.get("since_ms"), int):
            since_ms, until_ms = saved["since_ms"], saved.get("until_ms")
        self._state = PauseState(since_ms=since_ms, until_ms=until_ms if isinstance(until_ms, int) else None)
        if not kept:
            self._save()
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
        """Resume, after `before_end`. Raises StoreUnavailable where that could not be done: it is still on then."""
        if self._state is not None:
            self._before_end()
            self._become(None)

    async def run(self) -> None:
        """End it in time, and keep it as soon as that can be done; for ever."""
        while True:
            self._changed.clear()
            state = self.current()
            if self.trouble is not None and self._loaded:
                self._save()
            wait_ms = None
            if self.trouble is not None:
                wait_ms = _SAVE_AGAIN_MS
            elif state is not None and state.until_ms is not None:
                wait_ms = max(1, min(_LOOK_MS, state.until_ms - self._clock.now_ms()))
            await self._clock.wait(self._changed, wait_ms)

    def _become(self, state: PauseState | None) -> None:
        """The owner's word holds at once; where it could not be kept, `trouble` says so."""
        self._loaded = True
        self._state = state
        self._save()
        self._changed.set()
        self._on_change()

    def _save(self) -> None:
        state = self._state
        saved = None if state is None else {"since_ms": state.since_ms, "until_ms": state.until_ms}
        before = self.trouble
        try:
            self._keeper.write(saved)
        except StoreUnavailable as trouble:
            self.trouble = trouble
            log.warning("the pause could not be kept: %s", trouble)
        else:
            self.trouble = None
        if (before is None) is not (self.trouble is None):
            self._on_change()
