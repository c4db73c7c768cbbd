"""What the pages about the policy and about calls that wait ask of the app."""

from collections.abc import Sequence
from typing import Protocol

from tray_app.core.approvals import Answer, Approval
from tray_app.core.decide import Call, Decided
from tray_app.core.policy import Limit, Policy
from tray_app.core.policy_text import PolicyText
from tray_app.core.receipt import Receipt
from tray_app.core.snapshot import RefusalView


class PolicyDesk(Protocol):
    """`policy.json`, the counters, and what was refused. Expected trouble is a TrayAppError."""

    @property
    def current(self) -> Policy:
        """The policy that holds."""
        ...

    async def look(self) -> PolicyText:
        """What the file says now."""
        ...

    async def save(self, source: str, *, version: str) -> None:
        """Put it in the file's place. Raises InvalidPolicy, or PolicyChanged where the file is another version."""
        ...

    async def reset(self) -> str:
        """Write the default policy; gives the path of the old file's copy, empty where there was no file."""
        ...

    def used(self, limit: Limit) -> int:
        """How many calls count now towards a limit."""
        ...

    def would(self, call: Call) -> Decided:
        """What would become of a call now; nothing is counted."""
        ...

    def refusals(self) -> Sequence[RefusalView]:
        """The last refused calls, newest first. Raises StoreUnavailable."""
        ...

    async def allow_once(self, refusal_id: str) -> Receipt | None:
        """Let a refused call through: its message is sent (the receipt), or the next such call passes (None)."""
        ...

    def allow_everything(self, *, on: bool) -> None:
        """Let every call through for ten minutes, or end that."""
        ...


class ApprovalDesk(Protocol):
    """Calls that wait for the owner."""

    def waiting(self) -> Sequence[Approval]:
        """All of them, oldest first. Raises StoreUnavailable."""
        ...

    async def settle(self, approval_id: str, answer: Answer) -> Approval:
        """Say what the owner decided. Raises TrayAppError where somebody was first, or it cannot be done."""
        ...
