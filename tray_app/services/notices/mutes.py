"""The owner's mutes: kept over restarts, gone when their time is up."""

import logging
from collections.abc import Callable, Sequence

from tray_app.core.delivery.pause import PauseLength, end_of
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.sessions.mutes import MOST, Mute, from_data, to_data
from tray_app.services.ports import Clock, StateStore

log = logging.getLogger(__name__)
_STATE = "mutes"


class Mutes:
    """Lives on the engine's loop. `changed` hears that a face should be drawn anew."""

    def __init__(
        self, memory: StateStore, clock: Clock, *, new_id: Callable[[], str], changed: Callable[[], None]
    ) -> None:
        """Nothing is read yet."""
        self._memory, self._clock = memory, clock
        self._new_id, self._changed = new_id, changed
        self._kept: tuple[Mute, ...] | None = None

    def current(self) -> tuple[Mute, ...]:
        """Those that hold now, the newest last. Where they cannot be read now, none is known."""
        now_ms = self._clock.now_ms()
        return tuple(one for one in self._read() if not one.is_over(now_ms))

    def mute(
        self, length: PauseLength, *, session: str = "", project: str = "", kind: str = "", name: str = ""
    ) -> Mute:
        """Hear nothing of this from now on. Raises StoreUnavailable where it cannot be kept: then it does not hold."""
        now_ms = self._clock.now_ms()
        made = Mute(
            id=self._new_id(),
            session=session,
            project=project,
            kind=kind,
            name=name or project or session[:8],
            since_ms=now_ms,
            until_ms=end_of(length, now_ms=now_ms),
        )
        self._keep([*(one for one in self.current() if one.about != made.about), made][-MOST:])
        return made

    def end(self, mute_id: str) -> Mute | None:
        """Take one back; None where it is over already. Raises StoreUnavailable where that cannot be kept."""
        ended = next((one for one in self.current() if one.id == mute_id), None)
        if ended is not None:
            self._keep([one for one in self.current() if one.id != mute_id])
        return ended

    def _keep(self, mutes: Sequence[Mute]) -> None:
        self._memory.write_state(_STATE, [to_data(one) for one in mutes])
        self._kept = tuple(mutes)
        self._changed()

    def _read(self) -> tuple[Mute, ...]:
        if self._kept is None:
            try:
                kept = self._memory.read_state(_STATE)
            except StoreUnavailable:
                log.warning("what is muted cannot be read now")
                return ()
            listed = kept if isinstance(kept, list) else []
            self._kept = tuple(one for one in map(from_data, listed) if one is not None)
        return self._kept
