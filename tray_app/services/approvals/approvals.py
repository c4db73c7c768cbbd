"""Approvals: what waits for the owner, settled exactly once by whoever is first, sent by itself once approved.

A held message is a row of the history in stage HELD. What is no message (setting a robot up) is a pending action
and is lost with the app.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from tray_app.core.approvals.answer import Answer
from tray_app.core.approvals.approval import Approval, ApprovalState, Details, details_of, fingerprint, fits
from tray_app.core.delivery.delivery import Delivery, Origin, Source, Stage
from tray_app.core.delivery.receipt import Receipt, Report, Status
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.message import Message
from tray_app.core.settings.settings import Settings
from tray_app.services.approvals.pending_actions import Action, PendingActions
from tray_app.services.approvals.queue import ApprovalQueue, HeldStore, refused_action, settled_before, waiting_words
from tray_app.services.delivery.sender import Sender
from tray_app.services.policy.enforcer import PolicyEnforcer
from tray_app.services.policy.overrides import OwnerOverrides
from tray_app.services.policy.permit import Permit
from tray_app.services.ports import Clock, Robots

log = logging.getLogger(__name__)
_MINUTE_MS = 60_000
_LOOK_MS = 60_000  # the wall clock may be set and the machine may sleep, so no wait is longer


class Approvals:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        store: HeldStore,
        enforcer: PolicyEnforcer,
        overrides: OwnerOverrides,
        deliver: Sender,
        robots: Robots,
        clock: Clock,
        settings: Callable[[], Settings],
        always: Callable[[Approval], None],
        held: Callable[[Origin], None],
        changed: Callable[[], None],
    ) -> None:
        """`always` writes to the policy that such a call is allowed from now on; it may raise TrayAppError."""
        self._enforcer = enforcer
        self._overrides = overrides
        self._deliver = deliver
        self._robots = robots
        self._clock = clock
        self._settings = settings
        self._always = always
        self._held = held
        self._changed = changed
        self._active = ApprovalQueue(store, clock, settings=settings, changed=self._tell)
        self._pending_actions = PendingActions(enforcer=enforcer, overrides=overrides, clock=clock)
        self._stopping = False
        self._look = asyncio.Event()

    @property
    def wait_s(self) -> float:
        """How long a call waits for the owner."""
        return self._settings().approvals.wait_s

    def waiting(self) -> Sequence[Approval]:
        """What waits, oldest first. Raises StoreUnavailable."""
        return self._active.waiting()

    def hold(self, rows: Sequence[Delivery], permit: Permit, message: Message) -> Sequence[Delivery]:
        """Keep a message until the owner has decided; gives its rows as kept.

        Raises StoreUnavailable or TooManyWait; nothing is kept then.
        """
        group_id = rows[0].group_id
        approval = self._active.new(permit.decision, group_id, rows[0].origin, robot=rows[0].robot, title=rows[0].title)
        host, _ = self._led_to(approval.robot)
        approval = replace(
            approval,
            details=details_of(message, robot=approval.robot, host=host),
            fingerprint=self._fingerprint(approval.robot, rows),
        )
        reason, hint = waiting_words(approval, hint="approvals.waiting_hint")
        held = [replace(row, stage=Stage.HELD, reason=reason, hint=hint) for row in rows]
        self._active.keep(approval, held, permit.entry(group_id))
        permit.hand_over(group_id)
        self._held(approval.origin)
        return held

    async def ask(
        self, permit: Permit, origin: Origin, *, title: str, robot: str, details: Details, action: Action
    ) -> Receipt | Report:
        """Do something that is no message once the owner approves; waits a bounded time for that.

        Raises StoreUnavailable or TooManyWait; nothing is kept then. What the action raises is a receipt.
        """
        approval_id = permit.decision.entry.id
        approval = self._active.new(permit.decision, approval_id, origin, robot=robot, title=title)
        approval = replace(approval, details=details)
        self._active.keep(approval, (), permit.entry(approval_id))
        permit.hand_over(approval_id)
        self._held(origin)
        self._pending_actions.add(approval, action)
        return await self._pending_actions.answer(approval, wait_ms=int(self.wait_s * 1000))

    async def settle(self, approval_id: str, answer: Answer, *, by: Source) -> Approval:
        """Say what the owner has decided; an action is done before this returns.

        Raises TrayAppError where it is unknown, somebody was first, it has expired, what waits has changed, the
        policy could not be written (`always`), or the action failed.
        """
        approval = self._waiting(approval_id)
        if answer is Answer.SESSION and not approval.origin.session:  # else it would hold for whoever has the token
            raise TrayAppError(text("approvals.no_session"), text("approvals.no_session_hint"))
        if answer is Answer.DENY:
            return self._end(approval, ApprovalState.DENIED, text("approvals.denied"), answer=answer, by=by)
        if approval.id not in self._pending_actions and not self._unchanged(approval):
            self._end(approval, ApprovalState.DENIED, text("approvals.changed"), answer=None, by=by)
            raise TrayAppError(text("approvals.changed"), text("approvals.changed_hint"))
        if answer is Answer.ALWAYS:
            self._always(approval)
        settled = self._active.settle(approval, ApprovalState.APPROVED, answer=answer, by=by)
        if answer is Answer.SESSION:
            self._overrides.allow_session(approval.tool, approval.origin)
        if approval.id not in self._pending_actions:
            self._deliver.queue(approval.robot).wake()
            self._deliver.tell(approval.id)
            return settled
        done = await self._pending_actions.do(approval)
        self._changed()
        if done.status is Status.FAILED and done.reason is not None and done.hint is not None:
            raise TrayAppError(done.reason, done.hint)
        return settled

    def fate(self, approval_id: str) -> Text | None:
        """Say what became of it; None while it waits. Raises StoreUnavailable."""
        found = self._active.find(approval_id)
        if found is None:
            return text("approvals.unknown")
        return None if found.state is ApprovalState.WAITING else settled_before(found.state).reason

    def report(self, approval_id: str) -> Receipt | None:
        """Say what became of an action; None where there was none of that id. Raises StoreUnavailable."""
        approval = self._active.find(approval_id)
        if approval is None or approval.fingerprint:  # a message's is in the history
            return None
        return self._pending_actions.report(approval)

    def look(self) -> None:
        """The database has changed its state: what waited may be lost."""
        self._look.set()

    async def run(self) -> None:
        """Let what waited too long expire, for ever; actions of the last run are gone at once."""
        while True:
            self._look.clear()
            wait_ms = _LOOK_MS
            try:
                waiting = self._active.waiting()
                for approval in waiting:
                    left_ms = self._active.left_ms(approval)
                    if left_ms <= 0 or self._is_gone(approval):
                        self._lapse(approval)
                    else:
                        wait_ms = min(wait_ms, left_ms)
                self._forget_lost({approval.id for approval in waiting})
                self._enforcer.refund_settled()
            except TrayAppError as trouble:  # a database that cannot be read; or settled by another process
                log.info("approvals wait: %s", trouble)
            await self._clock.wait(self._look, wait_ms)

    async def stop(self, *, grace_s: float) -> None:
        """Actions go with the app: say so to whoever waits for one, and let one that is being done come to its end."""
        self._stopping = True
        for approval_id in self._pending_actions.waiting:
            try:
                approval = self._active.find(approval_id)
                if approval is not None:
                    self._lapse(approval)
            except TrayAppError as trouble:
                log.info("an approval is settled at the next start: %s", trouble)
        self._forget_lost(set())
        await self._pending_actions.stop(grace_s=grace_s)

    def _waiting(self, approval_id: str) -> Approval:
        found = self._active.find(approval_id) or self._active.settled(approval_id)
        if found is None:
            raise TrayAppError(text("approvals.unknown"), text("approvals.unknown_hint"))
        if found.state is ApprovalState.WAITING and (self._active.left_ms(found) <= 0 or self._is_gone(found)):
            self._lapse(found)
            found = replace(found, state=ApprovalState.EXPIRED)
        if found.state is not ApprovalState.WAITING:
            raise settled_before(found.state)
        return found

    def _is_gone(self, approval: Approval) -> bool:
        """Whether it is an action of an earlier run, or of one that ends now."""
        return not approval.fingerprint and (self._stopping or approval.id not in self._pending_actions)

    def _unchanged(self, approval: Approval) -> bool:
        """Whether what would go out, and where, is what was shown."""
        return fits(approval.fingerprint, self._fingerprint(approval.robot, self._active.parts(approval)))

    def _fingerprint(self, robot: str, rows: Sequence[Delivery]) -> str:
        host, webhook = self._led_to(robot)
        parts = [row.message for row in rows if row.message is not None]
        return fingerprint(parts, robot=robot, host=host, webhook=webhook)

    def _lapse(self, approval: Approval) -> None:
        minutes = (approval.expires_ms - approval.created_ms) // _MINUTE_MS
        reason = text("approvals.expired", minutes=minutes)
        if self._is_gone(approval):
            reason = text("approvals.restarted")
        self._end(approval, ApprovalState.EXPIRED, reason, answer=None, by=None)

    def _end(
        self, approval: Approval, state: ApprovalState, reason: Text, *, answer: Answer | None, by: Source | None
    ) -> Approval:
        """It does not happen: the message stays in the history, its quota is free again, whoever waits is told."""
        settled = self._active.settle(approval, state, answer=answer, by=by, reason=reason)
        self._enforcer.refund(approval.id)
        self._pending_actions.drop(approval.id, refused_action(approval, reason))
        self._deliver.tell(approval.id)
        return settled

    def _forget_lost(self, waiting: set[str]) -> None:
        """Nobody can approve any more what went with a damaged database: say so to whoever waits for it."""
        for approval_id in self._pending_actions.waiting:
            if approval_id not in waiting:
                reason, hint = text("outbox.lost"), text("outbox.lost_hint")
                lost = Receipt(status=Status.FAILED, delivery_id=approval_id, reason=reason, hint=hint)
                self._pending_actions.drop(approval_id, lost)
                self._enforcer.refund(approval_id)

    def _led_to(self, robot: str) -> tuple[str, str]:
        """Give the host and the mark of its webhook, as far as they are known."""
        return next(((facts.host, facts.mark) for facts in self._robots.facts() if facts.name == robot), ("", ""))

    def _tell(self) -> None:
        self._look.set()
        self._changed()
