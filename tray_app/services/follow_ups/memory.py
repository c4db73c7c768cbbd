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

    @property
    def open(self) -> Sequence[FollowUp]:
        """Those of this run."""
        return tuple(self._open.values())

    def take_left(self) -> Sequence[FollowUp]:
        """Those that an earlier run left open; from now on they are this run's."""
        try:
            kept = self._store.read_state(_KEY)
        except StoreUnavailable as trouble:
            log.warning("what was given to sessions last cannot be read: %s", trouble)
            return ()
        read = [from_data(entry) for entry in kept] if isinstance(kept, list) else []
        left = [one for one in read if one is not None and one.is_open and one.id not in self._open]
        self._open = {**{one.id: one for one in left}, **self._open}
        return left

    def keep(self, follow_up: FollowUp) -> None:
        """One begins. Raises StoreUnavailable; then it is not remembered either."""
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

    def _write(self) -> None:
        try:
            self._store.write_state(_KEY, [to_data(one) for one in self._open.values()])
        except StoreUnavailable as trouble:
            log.warning("what was given to sessions cannot be kept: %s", trouble)
