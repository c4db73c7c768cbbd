"""The pause: one flag that every sender asks, kept over restarts, ended by the owner or by its time."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, TypeGuard

from tray_app.core.delivery.pause import PauseLength, PauseState, end_of
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import Text, text
from tray_app.services.ports import Clock

log = logging.getLogger(__name__)
_KEY = "pause"
_CLOCK = "clock"  # in the history of each app that kept the pause in a file
_LOOK_MS = 60_000  # the wall clock may be set and the machine may sleep, so no wait is longer
_SET_MS = 5_000  # by so much its end moves on the wall clock only where that one was set
_SAVE_AGAIN_MS = 2_000
_LAST_MS = 253_000_000_000_000  # of the year 9987; beyond that none can be shown
_GONE = "gone"


class PauseKeeper(Protocol):
    """Keeps the pause over restarts, in a place of its own: it holds where the history is full, damaged or gone."""

    def read(self) -> tuple[bool, object]:
        """Say whether anything was ever kept, and what; no sense where it is damaged. Raises StoreUnavailable."""
        ...

    def holds(self, value: object) -> bool:
        """Whether this is kept, whole."""
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
    """Asked right before each POST, so the answer comes from memory. `run()` ends it in time even if nobody asks.

    It lasts as long as was said when it began, by what really passed: a clock that is set does not end it.
    """

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
        self._ends_ms: int | None = None  # steady
        self._told_ms = 0  # when the wall clock that tells its end showed so
        self._loaded = False
        self.trouble: StoreUnavailable | None = None  # why what holds now is not on the disk, or is not known
        self.guessed = False  # nobody knows what held before: so it is on
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
            saved = self._of_history()
        self._loaded = True
        if saved is not None:
            self._go_on(saved)
        if not self._keeper.holds(self._as_kept()):
            self._save()  # the room that a pause takes is taken while there is some

    def _of_history(self) -> object:
        """What an earlier version kept in the history; no sense where a file of ours was taken away."""
        return self._old.read_state(_KEY) if self._old.read_state(_CLOCK) is None else _GONE

    def _go_on(self, saved: object) -> None:
        since_ms, until_ms, told_ms = _read(saved)
        self.guessed = since_ms is None
        if self.guessed:
            log.warning("nobody knows whether sends were paused, so they are")
        self._told_ms = told_ms
        self._state = PauseState(since_ms=self._clock.now_ms() if since_ms is None else since_ms, until_ms=until_ms)
        self._ends_ms = self._end_of(self._state)
        self._changed.set()
        self._on_change()

    @property
    def problem(self) -> tuple[Text, Text] | None:
        """What the owner must know of it, and what to do: it is not on the disk, or nobody knows what held before."""
        if self.trouble is not None:
            return self.trouble.reason, self.trouble.hint
        return (text("pause.guessed"), text("pause.guessed_hint")) if self.guessed else None

    @property
    def unknown(self) -> StoreUnavailable | None:
        """Why nobody knows whether there is a pause, so that nothing goes out; None where that is known."""
        return None if self._loaded else self.trouble

    def current(self) -> PauseState | None:
        """Return the pause that holds now. Whoever asks first after its time is up ends it."""
        with contextlib.suppress(StoreUnavailable):
            self.load()
            if self._state is not None and self._left_ms() == 0:
                self.end()
        return self._state

    def begin(self, length: PauseLength) -> PauseState:
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
            elif state is not None and (left_ms := self._left_ms()) is not None:
                self._show_end(state, left_ms)
                wait_ms = max(1, min(_LOOK_MS, left_ms))
            await self._clock.wait(self._changed, wait_ms)

    def _become(self, state: PauseState | None) -> None:
        """The owner's word holds at once; where it could not be kept, `trouble` says so."""
        self._loaded, self.guessed = True, False
        self._state = state
        self._told_ms = self._clock.now_ms()
        self._ends_ms = None if state is None else self._end_of(state)
        self._save()
        self._changed.set()
        self._on_change()

    def _end_of(self, state: PauseState) -> int | None:
        """When it ends (steady). Told in the future, by a clock that was set back since, it has all of it before it."""
        if state.until_ms is None:
            return None
        return self._clock.steady_ms() + state.until_ms - self._told_ms - max(0, self._clock.age_ms(self._told_ms))

    def _left_ms(self) -> int | None:
        """How long it lasts still; None: until the owner ends it."""
        return None if self._ends_ms is None else max(0, self._ends_ms - self._clock.steady_ms())

    def _show_end(self, state: PauseState, left_ms: int) -> None:
        """Tell its end by the wall clock as that is now."""
        now_ms = self._clock.now_ms()
        if state.until_ms is not None and abs(now_ms + left_ms - state.until_ms) > _SET_MS:
            self._state, self._told_ms = replace(state, until_ms=now_ms + left_ms), now_ms
            self._save()
            self._on_change()

    def look(self) -> None:
        """Keep it again where what is kept is gone, or is not what holds."""
        if not self._loaded:
            return
        if not self._keeper.holds(self._as_kept()):
            log.warning("the file of the pause was taken away or changed, and is written again")
            self._save()
            self._changed.set()  # what could not be kept is tried again

    def _as_kept(self) -> dict[str, int | None] | None:
        if self._state is None:
            return None
        return {"since_ms": self._state.since_ms, "until_ms": self._state.until_ms, "told_ms": self._told_ms}

    def _save(self) -> None:
        before = self.trouble
        try:
            self._keeper.write(self._as_kept())
        except StoreUnavailable as trouble:
            self.trouble = trouble
            log.warning("the pause could not be kept: %s", trouble)
        else:
            self.trouble = None
        if (before is None) is not (self.trouble is None):
            self._on_change()


def _read(saved: object) -> tuple[int | None, int | None, int]:
    """Read since when, until when and when that was told; since None where it is no sense."""
    if not isinstance(saved, dict) or not _is_time(since_ms := saved.get("since_ms")):
        return None, None, 0
    until_ms, told_ms = saved.get("until_ms"), saved.get("told_ms")
    return since_ms, until_ms if _is_time(until_ms) else None, told_ms if _is_time(told_ms) else since_ms


def _is_time(value: object) -> TypeGuard[int]:
    """Whether it is a time that can be shown, in milliseconds."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LAST_MS
