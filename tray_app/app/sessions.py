"""Sessions of coding agents, wired: what reads their records, what tracks them, what tells people about them."""

import contextlib
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any

from tray_app.adapters.claude_code import ClaudeRecords
from tray_app.adapters.store import SqliteStore
from tray_app.app.surroundings import Surroundings
from tray_app.core.settings import Settings
from tray_app.core.texts import Catalog
from tray_app.services.attribution import Attribution
from tray_app.services.notices import Notices
from tray_app.services.notify import Notify
from tray_app.services.ports import Clock, Operator
from tray_app.services.routing import Routing
from tray_app.services.session_desk import SessionDesk
from tray_app.services.track import Track

log = logging.getLogger(__name__)
_FOLDERS = 100


class SessionParts:
    """`track`, `notices` and `attribution`; start and stop them together."""

    def __init__(
        self,
        given: Surroundings,
        *,
        store: SqliteStore,
        notify: Notify,
        operator: Operator,
        clock: Clock,
        settings: Callable[[], Settings],
        catalog: Callable[[], Catalog],
        changed: Callable[[], None],
        routing: Routing,
    ) -> None:
        """Wire; nothing is read yet."""
        self._records = ClaudeRecords(given.environ, Path.home(), now_ms=clock.now_ms)
        self.notices = Notices(
            door=notify,
            memory=store,
            reports=store.sessions,
            operator=operator,
            clock=clock,
            settings=settings,
            catalog=catalog,
            local=_local,
        )
        self.track = Track(
            records=self._records,
            archive=store.sessions,
            clock=clock,
            local_day=lambda at_ms: _local(at_ms).strftime("%Y-%m-%d"),
            heard=self.notices.hear,
            changed=changed,
        )
        self.notices.sessions = self.track
        self.desk = SessionDesk(watched=self.track, archive=store.session_ranges, counts=store.sessions)
        self.notices.route = routing.robot
        routing.sessions = self.track
        self.attribution = Attribution(self.track.callers, self.track, store.sessions)

    def start(self, keep: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        """Begin to look and to tell; `keep` runs a task until the app stops."""
        keep(self.track.run())
        keep(self.notices.run())

    def folders(self) -> list[str]:
        """Folders of known sessions, the newest first."""
        listed = self.track.listing(everything=True, limit=_FOLDERS)
        return list(dict.fromkeys(str(one["cwd"]) for one in listed if one["cwd"]))

    async def stop(self) -> None:
        """Send what waits to be sent together, and keep what was measured."""
        try:
            await self.notices.flush()
        except Exception:
            log.exception("notices could not be sent at the end")
        with contextlib.suppress(Exception):
            self.track.stop()

    async def close(self) -> None:
        """End the reading thread."""
        await self._records.close()


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000).astimezone()
