"""The policy and what waits for the owner, as the pages ask for them: the file off the loop, changes by a page."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from tray_app.adapters.files.policy import PolicyFile
from tray_app.core.approvals.approval import Answer, Approval
from tray_app.core.delivery.delivery import Source
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import text
from tray_app.core.policy.evaluate import Call, Decided
from tray_app.core.policy.file.findings import PolicyChanged, PolicyText
from tray_app.core.policy.model import Limit, Policy
from tray_app.core.state.snapshot import RefusalView
from tray_app.services.owner.policy_admin import PolicyAdmin


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPages:
    """Implements `pages.policy_desk.PolicyDesk` and `ApprovalDesk`. Lives on the engine's loop."""

    admin: PolicyAdmin
    file: PolicyFile

    @property
    def current(self) -> Policy:
        """The policy that holds."""
        return self.admin.active.current

    async def look(self) -> PolicyText:
        """What the file says now."""
        return await asyncio.to_thread(self._look)

    async def save(self, source: str, *, version: str) -> None:
        """Put it in the file's place: looked at and written without a step between, so that no other page comes in."""
        now = self._look()
        if now.trouble is not None:  # what nobody could read is not overwritten: `reset` keeps a copy of it
            raise TrayAppError(now.trouble.reason, now.trouble.hint)
        if now.version != version:
            raise PolicyChanged(text("policy_page.changed"), text("policy_page.changed_hint"))
        self.admin.active.replace(source)

    async def reset(self) -> str:
        """Write the default policy."""
        backup = await asyncio.to_thread(self.file.reset)
        self.admin.active.reread()
        return "" if backup is None else str(backup)

    def used(self, limit: Limit) -> int:
        """How many calls count now towards a limit."""
        return self.admin.used(limit)

    def would(self, call: Call) -> Decided:
        """What would become of a call now."""
        return self.admin.would(call)

    def refusals(self) -> Sequence[RefusalView]:
        """The last refused calls."""
        return self.admin.refusals()

    async def allow_once(self, refusal_id: str) -> Receipt | None:
        """Let a refused call through."""
        return await self.admin.allow_once(refusal_id, by=Source.PAGE)

    def allow_everything(self, *, on: bool) -> None:
        """Let every call through for ten minutes, or end that."""
        self.admin.allow_everything(on=on)

    def waiting(self) -> Sequence[Approval]:
        """Calls that wait."""
        return self.admin.approvals.waiting()

    async def settle(self, approval_id: str, answer: Answer) -> Approval:
        """Say what the owner decided on a page."""
        return await self.admin.settle(approval_id, answer, by=Source.PAGE)

    def _look(self) -> PolicyText:
        path = str(self.file.path)
        try:
            source = self.file.read()
        except TrayAppError as trouble:
            return PolicyText(source="", path=path, exists=True, trouble=trouble)
        if source is None:
            return PolicyText(source=self.admin.active.text, path=path, exists=False)
        return PolicyText(source=source, path=path, exists=True)
