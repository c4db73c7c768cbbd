"""Whether another computer hears for the same app robot: DingTalk hands each message to one of them, unsaid.

All there is are signs: an answer with a code that was never given out here. One may be a slip of the pen.
"""

import logging

from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.services.ports import Clock, StateStore

log = logging.getLogger(__name__)
_SIGNS = "phone_foreign_codes"
_MOST = 10
_REMEMBERED_MS = 86_400_000


class OtherComputers:
    """Lives on the engine's loop. A sign counts for a day, over restarts too where it can be written."""

    def __init__(self, store: StateStore, clock: Clock) -> None:
        """Nothing is read before the first question."""
        self._store = store
        self._clock = clock
        self._signs: dict[str, int] = {}
        self._is_read = False  # until then nothing is written in its place

    def saw(self, code: str) -> bool:
        """Somebody answered under this code, which is not of here. Whether another computer is likely only now."""
        before = self.likely
        signs = {**self._lately(), code: self._clock.now_ms()}
        self._signs = dict(list(signs.items())[-_MOST:])
        try:
            if self._is_read:
                self._store.write_state(_SIGNS, self._signs)
        except StoreUnavailable as trouble:
            log.warning("a sign of another computer could not be kept: %s", trouble)
        return self.likely and not before

    @property
    def possible(self) -> bool:
        """One sign: an answer must name what it is for."""
        return bool(self._lately())

    @property
    def likely(self) -> bool:
        """Two of them: the owner should know."""
        return len(self._lately()) > 1

    def _lately(self) -> dict[str, int]:
        if not self._is_read:
            self._signs = {**self._kept(), **self._signs}
        return {code: ms for code, ms in self._signs.items() if self._clock.age_ms(ms) < _REMEMBERED_MS}

    def _kept(self) -> dict[str, int]:
        try:
            kept = self._store.read_state(_SIGNS)
        except StoreUnavailable:
            return {}
        self._is_read = True
        entries = kept.items() if isinstance(kept, dict) else ()
        return {str(code): at_ms for code, at_ms in entries if isinstance(at_ms, int)}
