"""What a click about the policy does: decide about a waiting call, change a stance, make an exception."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias, assert_never

from tray_app.adapters.desktop import Desktop
from tray_app.adapters.paths import Paths
from tray_app.adapters.tray.ui import Tray
from tray_app.core.actions import (
    AllowEverything,
    AllowOnce,
    OpenPolicy,
    SetStance,
    SettleApproval,
    ShowApproval,
)
from tray_app.core.approvals import Answer
from tray_app.core.outbox import Source
from tray_app.core.receipt import Receipt
from tray_app.core.texts import Catalog, text
from tray_app.services.policy_desk import PolicyDesk

PolicyAction: TypeAlias = AllowEverything | AllowOnce | OpenPolicy | SetStance | SettleApproval | ShowApproval


class PolicyClicks:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        desk: PolicyDesk,
        desktop: Desktop,
        tray: Tray,
        paths: Paths,
        words: Catalog,
        tell: Callable[[Receipt], None],
    ) -> None:
        """`tell` shows what became of a message."""
        self._desk = desk
        self._desktop = desktop
        self._tray = tray
        self._paths = paths
        self._words = words
        self._tell = tell

    async def do(self, action: PolicyAction) -> None:
        """Raises TrayAppError where it cannot be done."""
        match action:
            case SettleApproval(approval_id=approval_id, answer=answer):
                settled = await self._desk.settle(approval_id, answer, by=Source.TRAY)
                entry = "clicks.declined" if answer is Answer.DENY else "clicks.approved"
                self._tray.notify(text(entry), settled.title)
            case ShowApproval(approval_id=approval_id):
                self._show(approval_id)
            case SetStance(tool=tool, stance=stance):
                self._desk.set_stance(tool, stance)
            case AllowEverything(on=on):
                self._desk.allow_everything(on=on)
            case AllowOnce(refusal_id=refusal_id):
                receipt = await self._desk.allow_once(refusal_id, by=Source.TRAY)
                if receipt is None:
                    self._tray.notify(text("clicks.next_passes"), text("clicks.next_passes_hint"))
                else:
                    self._tell(receipt)
            case OpenPolicy():
                await self._open()
            case _:
                assert_never(action)

    def _show(self, approval_id: str) -> None:
        approval = next((one for one in self._desk.approvals.waiting() if one.id == approval_id), None)
        if approval is None:
            self._tray.notify(text("approvals.unknown"), text("approvals.unknown_hint"))
            return
        lines = [f"{self._words(label)}: {value}" for label, value in approval.details]
        self._tray.notify(approval.title, "\n".join([self._words(approval.reason), *lines]))

    async def _open(self) -> None:
        path = self._paths.policy
        if not path.exists():
            self._desk.book.edit(lambda source: source)  # the default, to begin with
        if not await asyncio.to_thread(self._desktop.open_folder, path.parent):
            self._tray.notify(text("clicks.no_viewer"), str(path))
