"""How far the update of an older history is: told from two seconds on, ended where the app is to stop."""

import logging
import threading
import time
from collections.abc import Callable

from tray_app.core.kernel.texts import Text, text

log = logging.getLogger(__name__)
_AFTER_S = _EACH_S = 2.0


class UpdateWatch:
    """Called many times a second, on the thread that updates."""

    def __init__(
        self, tell: Callable[[Text], None], stop: threading.Event, *, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        """`tell` hears how far it is; `stop` is set where the app is to end."""
        self._tell, self._stop, self._now_s = tell, stop, now_s
        self._began_s = now_s()
        self._next_s = self._began_s + _AFTER_S

    def __call__(self, step: int, steps: int) -> bool:
        """Step of how many; gives whether it is to end."""
        now_s = self._now_s()
        if now_s >= self._next_s:
            self._next_s = now_s + _EACH_S
            seconds = int(now_s - self._began_s)
            log.info("the history of an older version is updated: step %d of %d, %d s so far", step, steps, seconds)
            self._tell(text("store.updating", step=step, steps=steps, seconds=seconds))
        return self._stop.is_set()
