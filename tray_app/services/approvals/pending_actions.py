"""Actions: what a held call would do that is no message, kept in memory because it may hold credentials.

An action is done at most once, after its approval was settled, in a task of its own: whoever approved it or waits
for it may go away meanwhile.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from tray_app.core.approvals.approval import Approval, ApprovalState
from tray_app.core.delivery.receipt import Receipt, Report, Status
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.services.approvals.queue import held_action, hint_of, refused_action
from tray_app.services.policy.enforcer import PolicyEnforcer
from tray_app.services.policy.overrides import OwnerOverrides
from tray_app.services.ports import Clock

log = logging.getLogger(__name__)
_OUTCOMES = 50

Action: TypeAlias = Callable[[], Awaitable[Receipt | Report]]


@dataclass(slots=True, kw_only=True)
class _Pending:
    """An action, and the one who waits for what comes of it."""

    action: Action
    awaited: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Receipt | Report | None = None


class PendingActions:
    """Lives on the engine's loop."""

    def __init__(self, *, enforcer: PolicyEnforcer, overrides: OwnerOverrides, clock: Clock) -> None:
        """Nothing waits yet."""
        self._enforcer = enforcer
        self._overrides = overrides
        self._clock = clock
        self._pending: dict[str, _Pending] = {}
        self._outcomes: dict[str, Receipt] = {}
        self._tasks: set[asyncio.Task[Receipt]] = set()

    def __contains__(self, approval_id: str) -> bool:
        """Whether it still waits."""
        return approval_id in self._pending

    @property
    def waiting(self) -> Collection[str]:
        """Ids of the approvals they wait for."""
        return tuple(self._pending)

    def add(self, approval: Approval, action: Action) -> None:
        """Keep it until its approval is settled."""
        self._pending[approval.id] = _Pending(action=action)

    async def answer(self, approval: Approval, *, wait_ms: int) -> Receipt | Report:
        """Wait for what becomes of it, a bounded time; then it is held."""
        pending = self._pending[approval.id]
        pending.awaited = True
        try:
            await self._clock.wait(pending.over, wait_ms)
        finally:
            pending.awaited = False
        return pending.answer or held_action(approval)

    async def do(self, approval: Approval) -> Receipt:
        """Do it, and say what came of it, also of an action that failed. Whoever waits for this may be cancelled."""
        task = asyncio.get_running_loop().create_task(self._done(approval, self._pending.pop(approval.id)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    def drop(self, approval_id: str, answer: Receipt) -> None:
        """It is not done: forget it, and tell whoever waits for it."""
        pending = self._pending.pop(approval_id, None)
        if pending is not None:
            pending.answer = answer
            pending.over.set()

    def report(self, approval: Approval) -> Receipt:
        """Say what has become of it up to now."""
        if approval.id in self._outcomes:
            return self._outcomes[approval.id]
        match approval.state:
            case ApprovalState.WAITING:
                return held_action(approval)
            case ApprovalState.APPROVED:  # under way, or long ago
                reason = text("approvals.approved_deed")
                return _said(Status.HELP, approval, reason, hint_of(reason))
            case ApprovalState.DENIED:
                return refused_action(approval, text("approvals.denied"))
            case ApprovalState.EXPIRED:
                return refused_action(approval, text("approvals.lapsed"))

    async def stop(self, *, grace_s: float) -> None:
        """Let what is being done come to its end within `grace_s`."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace_s)
            for task in late:
                task.cancel()

    async def _done(self, approval: Approval, pending: _Pending) -> Receipt:
        done = await self._tried(approval, pending.action)
        if isinstance(done, Receipt):
            outcome = done = replace(done, delivery_id=approval.id)
        else:
            reason = text("approvals.approved_pass")
            outcome = _said(Status.HELP, approval, reason, hint_of(reason))
            if not pending.awaited:  # what it tells is told to nobody any more: the next such call is let through
                self._overrides.allow_once(approval.tool, approval.origin.grant)
        while len(self._outcomes) >= _OUTCOMES:
            del self._outcomes[next(iter(self._outcomes))]
        self._outcomes[approval.id] = outcome
        pending.answer = done
        pending.over.set()
        return outcome

    async def _tried(self, approval: Approval, action: Action) -> Receipt | Report:
        """Do it; what it raises is its outcome, and its quota is free again."""
        try:
            done = await action()
        except TrayAppError as trouble:
            failed = Receipt(status=Status.FAILED, robot=approval.robot, reason=trouble.reason, hint=trouble.hint)
        except Exception:
            log.exception("what %s was approved for could not be done", approval.tool)
            failed = _said(Status.FAILED, approval, text("outbox.internal"), text("outbox.internal_hint"))
        else:
            self._enforcer.spend(approval.id)
            return done
        self._enforcer.refund(approval.id)
        return failed


def _said(status: Status, approval: Approval, reason: Text, hint: Text) -> Receipt:
    return Receipt(status=status, delivery_id=approval.id, robot=approval.robot, reason=reason, hint=hint)
