"""What everybody looks at: one frozen snapshot, built anew at most every 100 ms after something has changed.

Where nobody listens (no tray, no open page) nothing is built until somebody asks.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from tray_app.core.state.expiry import lasts_ms
from tray_app.core.state.snapshot import Snapshot

log = logging.getLogger(__name__)
_REST_S = 0.1
_AGAIN_S = 2.0


class Listener(Protocol):
    """Hears only that something changed; it then reads the snapshot itself."""

    def __call__(self) -> None:
        """Look again."""
        ...


class Hub:
    """Lives on the engine's loop; `snapshot` may be read from any thread, since it is frozen and replaced whole."""

    def __init__(self, build: Callable[[], Snapshot], *, first: Snapshot, again_s: float = _AGAIN_S) -> None:
        """`build` reads the state of all services; `first` is shown until it was called once.

        What cannot be built is tried once more after `again_s`, and then with the next change.
        """
        self.snapshot = first
        self._build = build
        self._again_s = again_s
        self._listeners: list[Listener] = []
        self._pending: asyncio.TimerHandle | None = None
        self._again: asyncio.TimerHandle | None = None
        self._expiry: asyncio.TimerHandle | None = None  # when time makes the snapshot wrong; at rest none runs
        self._stale = False  # changed while nobody listened

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` on the loop after each new snapshot; the returned function ends that."""
        self._listeners.append(listener)
        if self._stale:
            self.changed()
        else:
            self._expect()

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def changed(self) -> None:
        """Something changed: a new snapshot is built soon, one for many changes."""
        if not self._listeners:
            self._stale = True
        elif self._pending is None:
            self._pending = asyncio.get_running_loop().call_later(_REST_S, self._rested)

    def refresh(self) -> Snapshot:
        """Build the snapshot now and tell the listeners. One that cannot be built leaves the last one in place."""
        for timer in (self._pending, self._again):
            if timer is not None:
                timer.cancel()
        self._pending = self._again = None
        if not self._rebuild():
            self._again = asyncio.get_running_loop().call_later(self._again_s, self._once_more)
        self._tell()
        return self.snapshot

    def look(self) -> Snapshot:
        """Build the snapshot now for somebody who asks. The others hear of it only if it says something new.

        A page looks whenever it hears that something changed: telling it of its own look would never end. A change that
        was announced is in this snapshot: it is told now, and not built a second time.
        """
        if self._pending is not None:
            return self.refresh()
        before = self.snapshot
        self._rebuild()
        if replace(before, now_ms=0) != replace(self.snapshot, now_ms=0):
            self._tell()
        return self.snapshot

    def _rested(self) -> None:
        self._pending = None
        if self._listeners:
            self.refresh()
        else:
            self._stale = True

    def _once_more(self) -> None:
        """Nobody else may ever ask: what could not be read may have been busy for a moment. A fault is not tried on."""
        self._again = None
        if self._rebuild():
            self._tell()

    def _rebuild(self) -> bool:
        try:
            self.snapshot = self._build()
        except Exception:
            log.exception("the snapshot could not be built")
            return False
        self._stale = False
        return True

    def _tell(self) -> None:
        for listener in list(self._listeners):
            try:
                listener()
            except Exception:
                log.exception("a listener stumbled")
        self._expect()

    def _expect(self) -> None:
        """Set the clock for the next look."""
        if self._expiry is not None:
            self._expiry.cancel()
        wait_ms = lasts_ms(self.snapshot) if self._listeners else None
        loop = asyncio.get_running_loop()
        self._expiry = None if wait_ms is None else loop.call_later(wait_ms / 1000, self._expired)

    def _expired(self) -> None:
        self._expiry = None
        if self._listeners:
            self.look()  # tells the others only if it says something new
        if self._expiry is None:
            self._expect()
