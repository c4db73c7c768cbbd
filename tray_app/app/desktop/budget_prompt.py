"""The owner is told on the desktop that a budget is used up: once for each day or week, over restarts too."""

import contextlib
from collections.abc import Callable

from tray_app.adapters.tray.tray import Tray
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import OpenPage, Page
from tray_app.core.sessions.figures import dollars
from tray_app.core.sessions.usage.budget import BudgetView
from tray_app.core.state.snapshot import EndpointState, Snapshot
from tray_app.services.ports import StateStore

_STATE = "budget_told"


class BudgetPrompt:
    """Lives on the engine's loop; `heard` is called whenever there is a new snapshot."""

    def __init__(self, *, look: Callable[[], Snapshot], tray: Tray, memory: StateStore) -> None:
        """`memory` keeps of which periods the owner was told."""
        self._look = look
        self._tray = tray
        self._memory = memory

    def heard(self) -> None:
        """Tell of what is used up and was not told yet; what could not be shown or kept is told the next time."""
        snapshot = self._look()
        if snapshot.endpoint is EndpointState.STARTING:
            return
        used_up = [one for one in snapshot.budgets if one.reached]
        if used_up:
            with contextlib.suppress(StoreUnavailable):
                self._tell(used_up)

    def _tell(self, used_up: list[BudgetView]) -> None:
        kept = self._memory.read_state(_STATE)
        told: dict[str, object] = dict(kept) if isinstance(kept, dict) else {}
        for one in used_up:
            if told.get(one.period) == one.since:
                continue
            entry = "usage.used_up" if one.priced else "usage.used_up_at_least"
            title = text(f"usage.used_up_{one.period}")
            body = text(entry, spent=dollars(one.spent), limit=dollars(one.limit))
            if self._tray.notify(title, body, about=OpenPage(Page.USAGE)):
                told[one.period] = one.since
                self._memory.write_state(_STATE, told)
