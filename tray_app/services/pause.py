"""The pause: one flag that every sender asks, kept over restarts, ended by the owner or by its time."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from tray_app.core.actions import PauseFor
from tray_app.core.errors import StoreUnavailable
from tray_app.core.pausing import PauseState, end_of
from tray_app.services.ports import Clock

log = logging.getLogger(__name__)
_KEY = "pause"


class StateStore(Protocol):
    """Keeps small values over restarts."""

    def read_state(self, key: str) -> object:
        """Read a value, or None."""
        ...

    def write_state(self, key: str, value: object) -> None:
        """Keep a value."""
        ...


class Pause:
    """Asked right before each POST, so the answer comes from memory; every change is saved first where that is possible."""

    def __init__(self, store: StateStore, clock: Clock, *, on_change: Callable[[], None]) -> None:
        """`on_change` is called when the pause begins or ends. Call `load()` before the first question."""
        self._store = store
        self._clock = clock
        self._on_change = on_change
        self.on_end: Callable[[PauseState], None] = lambda _was: None
        self._state: PauseState | None = None

    def load(self) -> None:
        """Read the pause of the last run. Unreadable state reads as paused for good: quiet is the careful reading."""
        saved = self._store.read_state(_KEY)
        if saved is None:
            self._state = None
        elif isinstance(saved, dict) and isinstance(saved.get("since_ms"), int):
            until = saved.get("until_ms")
            self._state = PauseState(since_ms=saved["since_ms"], until_ms=until if isinstance(until, int) else None)
        else:
            self._state = PauseState(since_ms=self._clock.now_ms())

    def current(self) -> PauseState | None:
        """Return the pause that holds now. Whoever asks first after its time is up ends it."""
        if self._state is not None and not self._state.holds(self._clock.now_ms()):
            self.end()
        return self._state

    def begin(self, length: PauseFor) -> PauseState:
        """Pause from now on; a pause that is on already gets the new end and keeps its beginning."""
        now_ms = self._clock.now_ms()
        end = end_of(length, now=datetime.fromtimestamp(now_ms / 1000).astimezone())
        on = self.current()
        since_ms = now_ms if on is None else on.since_ms
        state = PauseState(since_ms=since_ms, until_ms=None if end is None else int(end.timestamp() * 1000))
        self._become(state)
        return state

    def end(self) -> None:
        """Resume; `on_end` hears of the pause that was on before anybody can send again."""
        was = self._state
        if was is not None:
            self._become(None)
            self.on_end(was)

    def _become(self, state: PauseState | None) -> None:
        self._state = state
        saved = None if state is None else {"since_ms": state.since_ms, "until_ms": state.until_ms}
        try:
            self._store.write_state(_KEY, saved)
        except StoreUnavailable:
            # the owner's word holds in memory even when the disk is full; the store's own problem is shown beside it
            log.warning("the pause could not be saved and would be forgotten by a restart")
        self._on_change()
