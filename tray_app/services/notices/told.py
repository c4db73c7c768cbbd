"""Of which sessions' waits people were told, remembered over restarts."""

import logging
from collections.abc import Sequence

from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.services.ports import Clock, StateStore

log = logging.getLogger(__name__)
_STATE = "notices_told"
_MOST = 200


class NotifiedWaits:
    """Read when first asked, written at each notice of a wait."""

    def __init__(self, memory: StateStore, clock: Clock) -> None:
        """Nothing is read yet."""
        self._memory = memory
        self._clock = clock
        self._told: dict[str, int] | None = None

    def before(self, session_id: str) -> int:
        """Until when (wall-clock ms) people were told of this session's waits; 0 never."""
        return self._read().get(session_id, 0)

    def remember(self, session_ids: Sequence[str]) -> None:
        """People were told now."""
        if not session_ids:
            return
        told = self._read()
        for name in session_ids:
            told.pop(name, None)
            told[name] = self._clock.now_ms()
        self._told = dict(list(told.items())[-_MOST:])
        try:
            self._memory.write_state(_STATE, self._told)
        except StoreUnavailable:
            log.warning("that people were told could not be kept; after a restart they may be told again")

    def _read(self) -> dict[str, int]:
        if self._told is None:
            try:
                kept = self._memory.read_state(_STATE)
            except StoreUnavailable:
                return {}
            entries = kept.items() if isinstance(kept, dict) else ()
            self._told = {str(name): at_ms for name, at_ms in entries if isinstance(at_ms, int)}
        return self._told
