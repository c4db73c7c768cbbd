"""Follow-ups whose end is not known yet, kept over a kill: what was on its way then is said to be perhaps lost."""

import logging
from collections.abc import Sequence

from tray_app.core.follow_ups.follow_up import FollowUp, from_data, to_data
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.services.ports import StateStore

log = logging.getLogger(__name__)
_KEY = "follow_ups"


class FollowUpMemory:
    """Lives on the engine's loop. No words are kept here, only that there were some."""

    def __init__(self, store: StateStore) -> None:
        """Nothing is read yet."""
        self._store = store
        self._open: dict[str, FollowUp] = {}
        self._left: list[FollowUp] = []
        self._read = False  # until then nothing is written in the place of what an earlier run kept

    @property
    def open(self) -> Sequence[FollowUp]:
        """Those of this run."""
        return tuple(self._open.values())

    def take_left(self) -> Sequence[FollowUp]:
        """Those that an earlier run left open, once they can be read; from then on they are this run's."""
        try:
            self._read_left()
        except StoreUnavailable as trouble:
            log.warning("what was given to sessions last cannot be read: %s", trouble)
        left, self._left = self._left, []
        return left

    def keep(self, follow_up: FollowUp) -> None:
        """One begins. Raises StoreUnavailable; then it is not remembered either."""
        self._read_left()
        self._store.write_state(_KEY, [to_data(one) for one in (*self._open.values(), follow_up)])
        self._open[follow_up.id] = follow_up

    def note(self, follow_up: FollowUp) -> None:
        """It has gone a step."""
        self._open[follow_up.id] = follow_up
        self._write()

    def forget(self, follow_up: FollowUp) -> None:
        """Its end is known."""
        if self._open.pop(follow_up.id, None) is not None:
            self._write()

    def _read_left(self) -> None:
        if self._read:
            return
        kept = self._store.read_state(_KEY)
        read = [from_data(entry) for entry in kept] if isinstance(kept, list) else []
        self._left = [one for one in read if one is not None and one.is_open]
        self._open, self._read = {one.id: one for one in self._left}, True

    def _write(self) -> None:
        try:
            self._store.write_state(_KEY, [to_data(one) for one in self._open.values()])
        except StoreUnavailable as trouble:
            log.warning("what was given to sessions cannot be kept: %s", trouble)
