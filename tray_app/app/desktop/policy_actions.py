"""What a click about the policy does: decide about a waiting call, change a stance, make an exception."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias, assert_never

from tray_app.adapters.system.desktop import Desktop
from tray_app.adapters.system.paths import Paths
from tray_app.adapters.tray.tray import Tray
from tray_app.core.approvals.answer import ID_CHARS
from tray_app.core.approvals.words import body_of, title_of
from tray_app.core.delivery.delivery import Source
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.kernel.texts import Catalog, text
from tray_app.core.kernel.words import short_name
from tray_app.core.menu.actions import (
    AllowEverything,
    AllowOnce,
    OpenPolicy,
    Page,
    SetStance,
    SettleApproval,
    ShowApproval,
)
from tray_app.core.policy.model import Stance
from tray_app.services.owner.policy_admin import PolicyAdmin

PolicyAction: TypeAlias = AllowEverything | AllowOnce | OpenPolicy | SetStance | SettleApproval | ShowApproval


class PolicyActions:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        admin: PolicyAdmin,
        desktop: Desktop,
        tray: Tray,
        paths: Paths,
        words: Catalog,
        tell: Callable[[Receipt], None],
        show_page: Callable[[Page, str], Awaitable[bool]],
    ) -> None:
        """`tell` shows what became of a message; `show_page` gives False where no browser opens."""
        self._admin = admin
        self._desktop = desktop
        self._tray = tray
        self._paths = paths
        self._words = words
        self._tell = tell
        self._show_page = show_page

    async def do(self, action: PolicyAction) -> None:
        """Raises TrayAppError where it cannot be done."""
        match action:
            case SettleApproval(approval_id=approval_id, answer=answer):
                settled = await self._admin.approvals.settle(approval_id, answer, by=Source.TRAY)
                self._tray.notify(text(f"clicks.settled_{answer}", tool=short_name(settled.tool)), settled.title)
            case ShowApproval(approval_id=approval_id):
                await self._show(approval_id)
            case SetStance(tool=tool, stance=stance):
                self._set_stance(tool, stance)
            case AllowEverything(on=on):
                self._allow_everything(on=on)
            case AllowOnce(refusal_id=refusal_id):
                receipt = await self._admin.allow_once(refusal_id, by=Source.TRAY)
                if receipt is None:
                    self._tray.notify(text("clicks.next_passes"), text("clicks.next_passes_hint"))
                else:
                    self._tell(receipt)
            case OpenPolicy():
                await self._open()
            case _:
                assert_never(action)

    def _set_stance(self, tool: str, stance: Stance) -> None:
        """Write it, and say where it holds only in part: other rules rest, or everything is hidden anyway."""
        self._admin.active.set_stance(tool, stance)
        policy = self._admin.active.current
        own = policy.rules_of(tool)
        title = text(f"clicks.stance_{stance.name.lower()}", tool=short_name(tool))
        if policy.hides(tool):
            self._tray.notify(title, text("clicks.still_hidden"))
        elif stance is Stance.DENY and (own.limits or own.require or own.deny_if or own.ask_if):
            self._tray.notify(title, text("clicks.rules_rest"))
        else:
            self._tray.notify(title, text("clicks.stance_written", path=str(self._paths.policy)))

    def _allow_everything(self, *, on: bool) -> None:
        self._admin.allow_everything(on=on)
        until_ms = self._admin.view().everything_until_ms
        if until_ms is None:
            self._tray.notify(text("clicks.everything_off"), text("clicks.everything_off_hint"))
        else:
            until = datetime.fromtimestamp(until_ms / 1000).astimezone().strftime("%H:%M")
            self._tray.notify(text("clicks.everything_on", time=until), text("clicks.everything_on_hint"))

    async def _show(self, approval_id: str) -> None:
        """On its page; where no browser opens, as far as a notification has room for it."""
        approval = next((one for one in self._admin.approvals.waiting() if one.id == approval_id), None)
        if approval is None:
            self._tray.notify(text("approvals.unknown"), text("approvals.unknown_hint"))
            return
        if await self._show_page(Page.APPROVALS, approval_id):
            return
        whole = text("clicks.whole", command=f"dingtalk-tray approvals show {approval.id[:ID_CHARS]}")
        self._tray.notify(title_of(approval), body_of(approval, self._words), elsewhere=whole)

    async def _open(self) -> None:
        """The page; where no browser opens, the file."""
        if await self._show_page(Page.POLICY, ""):
            return
        path = self._paths.policy
        if not path.exists():
            self._admin.active.edit(lambda source: source)  # the default, to begin with
        if not await asyncio.to_thread(self._desktop.open_folder, path.parent):
            self._tray.notify(text("clicks.no_viewer"), str(path))
