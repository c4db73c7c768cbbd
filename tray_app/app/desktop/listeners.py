"""Who on the desktop hears of a new snapshot: the icon, and whoever asks or warns by a notification."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tray_app.adapters.tray.tray import Tray
from tray_app.app.desktop.budget_prompt import BudgetPrompt
from tray_app.app.desktop.prompts import WaitingPrompts
from tray_app.core.kernel.texts import Catalog
from tray_app.services.state.hub import Hub

if TYPE_CHECKING:  # half a second to import, and this is imported before the icon shows
    from tray_app.app.engine.engine import Engine


class DesktopListeners:
    """Has the desktop hear of new snapshots, as far as there is one. Lives on the engine's loop."""

    def __init__(self, hub: Hub, tray: Tray, asking: WaitingPrompts, others: Sequence[Callable[[], None]] = ()) -> None:
        """Nothing is heard before `follow`. `others` hear where notifications can be shown, as `asking` does."""
        self._hub = hub
        self._tray = tray
        self._asking = asking
        self._others = tuple(others)
        self._stops: list[Callable[[], None]] = []

    def follow(self) -> None:
        """Look whether there is a tray now. Questions are asked also where a desktop shows no icon."""
        listeners = [
            *([self._asking.heard, *self._others] if self._tray.notifies else []),
            *([self._tray.ping] if self._tray.seen else []),
        ]
        for stop in self._stops:
            stop()
        self._stops = [self._hub.listen(listener) for listener in listeners]


def listeners(engine: "Engine", tray: Tray, words: Catalog) -> DesktopListeners:
    """All there are, on the engine's loop; `words` are those for the owner."""
    parts, snapshot = engine.parts, lambda: engine.hub.snapshot
    asking = WaitingPrompts(
        look=snapshot,
        waiting=parts.policy_admin.approvals.waiting,
        questions=parts.questions.waiting,
        tray=tray,
        words=words,
        later=asyncio.get_running_loop().call_later,
        after_s=lambda: engine.robots.settings().desktop.after_s,
    )
    budget = BudgetPrompt(look=snapshot, tray=tray, memory=parts.sending.store)
    return DesktopListeners(engine.hub, tray, asking, [budget.heard])
