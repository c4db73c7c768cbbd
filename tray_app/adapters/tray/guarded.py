"""Work for the tray, of which no fault ends the thread that it runs on."""

import logging
from collections.abc import Callable

_logger = logging.getLogger(__name__)


def guarded(work: Callable[[], None]) -> None:
    """Do it; a fault is logged."""
    try:
        work()
    except Exception:
        _logger.exception("the tray went on after a fault")
