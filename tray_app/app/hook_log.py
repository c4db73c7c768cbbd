"""Hears Claude Code's hooks while nothing else does: one debug line each."""

import logging

from tray_app.core.hooks import HookEvent

log = logging.getLogger(__name__)


class HookLog:
    """A `HookSink`."""

    def on_hook(self, event: HookEvent) -> None:
        """Say which kind came, and nothing of what was said."""
        log.debug("a hook told of %s", type(event.what).__name__)
