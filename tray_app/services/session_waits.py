"""How long sessions waited for their person, noted at the moment in which they go on."""

from tray_app.core.live import Live
from tray_app.core.session_range import WaitSpan
from tray_app.core.sessions import SessionState

_MOST = 1_000  # that are not kept yet


class Waits:
    """`over` holds those that have ended and are not kept yet."""

    def __init__(self) -> None:
        """Nobody has waited."""
        self.over: list[WaitSpan] = []

    def see(self, before: Live | None, after: Live) -> None:
        """Look at one step of a session. A dialog that the person opened asks nothing, so nobody waited."""
        if before is None or before.state is not SessionState.WAITING or not before.waiting_for:
            return
        ended_ms = after.ended_ms if before.ended_ms is None else None
        if after.state is SessionState.WAITING and ended_ms is None:
            return
        until_ms = max(before.since_ms, ended_ms or after.since_ms)
        if len(self.over) < _MOST:
            wait = WaitSpan(
                session_id=before.session_id, since_ms=before.since_ms, until_ms=until_ms, asks=before.waiting_for
            )
            self.over.append(wait)

    def of(self, session_id: str) -> list[WaitSpan]:
        """Those of one session."""
        return [wait for wait in self.over if wait.session_id == session_id]
