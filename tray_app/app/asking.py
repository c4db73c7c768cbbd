"""Asks the owner on the desktop when a call begins to wait, once for each; withdraws it when that is settled."""

from collections.abc import Callable, Sequence

from tray_app.adapters.tray.ui import Tray
from tray_app.core.actions import SettleApproval, ShowApproval
from tray_app.core.approvals import Answer, Approval
from tray_app.core.errors import StoreUnavailable
from tray_app.core.held_note import body_of, title_of
from tray_app.core.snapshot import EndpointState, Snapshot, StoreState
from tray_app.core.texts import Catalog, text

_MANY = "many"
MOST = 3  # that begin to wait at once; more are told as a number


class Asking:
    """Lives on the engine's loop; `heard` is called whenever there is a new snapshot."""

    def __init__(
        self, *, look: Callable[[], Snapshot], waiting: Callable[[], Sequence[Approval]], tray: Tray, words: Catalog
    ) -> None:
        """`waiting` gives what waits in full; it may raise StoreUnavailable."""
        self._look = look
        self._waiting = waiting
        self._tray = tray
        self._words = words
        self._told: set[str] = set()
        self._many = False  # were told as a number

    def heard(self) -> None:
        """Ask about what is new. Until the app serves, what the last run left may still be on its way out."""
        snapshot = self._look()
        if snapshot.endpoint is EndpointState.STARTING:
            return
        now = {view.id for view in snapshot.waiting}
        if not now and snapshot.store is not StoreState.OK:
            return  # it cannot be read, which does not mean that nothing waits
        for key in self._told - now:
            self._tray.withdraw(key)
        self._told &= now
        fresh = now - self._told
        if len(fresh) > MOST:
            if self._tray.notify(text("waiting.status", count=len(now)), text("waiting.elsewhere"), key=_MANY):
                self._told, self._many = now, True
        elif fresh:
            self._ask(fresh)
        if self._many and not now:
            self._many = False
            self._tray.withdraw(_MANY)

    def _ask(self, fresh: set[str]) -> None:
        """One that finds no room among the desktop's notifications is asked about when something changes again."""
        try:
            approvals = [approval for approval in self._waiting() if approval.id in fresh]
        except StoreUnavailable:
            return
        for approval in approvals:
            buttons = (
                (text("waiting.once"), SettleApproval(approval.id, Answer.ONCE)),
                (text("waiting.deny"), SettleApproval(approval.id, Answer.DENY)),
                (text("waiting.show"), ShowApproval(approval.id)),
            )
            title, body = title_of(approval), body_of(approval, self._words)
            if self._tray.notify(title, body, buttons, elsewhere=text("waiting.elsewhere"), key=approval.id):
                self._told.add(approval.id)
