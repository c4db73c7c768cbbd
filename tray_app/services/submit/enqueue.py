"""Taking a message in: its rows, the decision about it, the approval it waits for; also of those that do not go out."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Protocol

from tray_app.core.delivery.delivery import Delivery, Origin, Stage
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.kernel.windows import Window
from tray_app.core.messages.message import Message, title_of
from tray_app.core.policy.audit import AuditEntry, DecisionKind
from tray_app.core.policy.evaluate import Call
from tray_app.core.redaction.kinds import Masked, findings
from tray_app.services.approvals.approvals import Approvals
from tray_app.services.policy.enforcer import PolicyEnforcer
from tray_app.services.policy.permit import Permit
from tray_app.services.ports import Clock

_HOUR_MS = 3_600_000
MOST_REFUSED, MOST_BLOCKED = 100, 500
MOST_KEPT = {  # messages of a client in an hour that do not go out: a loop would fill the disk with what nobody reads
    Stage.REFUSED: MOST_REFUSED,
    Stage.BLOCKED: MOST_BLOCKED,
    Stage.FAILED: MOST_BLOCKED,
}
MOST_UNDER_WAY = 1_000  # messages of a client that wait to be sent
_RETRY_S = 60
log = logging.getLogger(__name__)


class Inbox(Protocol):
    """Where accepted messages are kept."""

    @property
    def trouble(self) -> tuple[Text, Text] | None:
        """Reason and hint while it cannot be used."""
        ...

    def accept(self, deliveries: Sequence[Delivery], *, audit: AuditEntry | None = None) -> None:
        """Add rows, and the decision about them, all or none."""
        ...

    async def lasting(self) -> None:
        """Wait until what was kept before is on the disk. May raise StoreUnavailable."""
        ...

    def discard_queued(self, *, reason: Text, hint: Text, now_ms: int, group_id: str = "") -> int:
        """Discard all that waits to be sent, or of one message. Returns how many rows. May raise StoreUnavailable."""
        ...

    def under_way(self, grant: str) -> int:
        """How many rows of a client wait to be sent. May raise StoreUnavailable."""
        ...


class QueueFull(TrayAppError):
    """So much of one client waits to be sent that no more is taken; `receipt` says so."""

    def __init__(self) -> None:
        super().__init__(text("gate.queue_full", most=MOST_UNDER_WAY), text("gate.queue_full_hint"))
        self.receipt = Receipt(status=Status.THROTTLED, reason=self.reason, hint=self.hint, retry_after_s=_RETRY_S)


class Enqueuer:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        store: Inbox,
        enforcer: PolicyEnforcer,
        approvals: Approvals,
        clock: Clock,
        new_id: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        """`new_id` makes delivery ids; `changed` hears that the history has grown."""
        self._store = store
        self._enforcer = enforcer
        self._approvals = approvals
        self._clock = clock
        self._new_id = new_id
        self._changed = changed
        self._kept: dict[tuple[str, Stage], Window] = {}  # by client: what did not go out

    @property
    def trouble(self) -> tuple[Text, Text] | None:
        """What is wrong with the history database now, if anything."""
        return self._store.trouble

    def permit(self, call: Call | None, origin: Origin) -> AbstractContextManager[Permit | None]:
        """Ask the policy about an agent's call; None where there is no call: the owner's own message."""
        return nullcontext() if call is None else self._enforcer.permit(call, origin)

    def rows(
        self, parts: Sequence[Message], robot: str, origin: Origin, stage: Stage, masked: Masked = ()
    ) -> list[Delivery]:
        """Make the rows of one message; nothing is kept yet. `masked` is what was taken out of it."""
        now_ms = self._clock.now_ms()
        group_id = self._new_id()
        ids = [group_id, *(self._new_id() for _ in parts[1:])]
        return [
            Delivery(
                id=ids[number],
                group_id=group_id,
                part=number + 1,
                parts=len(parts),
                stage=stage,
                robot=robot,
                origin=origin,
                title=title_of(part),
                message=part,
                masked=masked,
                created_ms=now_ms,
                updated_ms=now_ms,
                due_ms=now_ms,
            )
            for number, part in enumerate(parts)
        ]

    def take(
        self, rows: Sequence[Delivery], message: Message, permit: Permit | None
    ) -> tuple[Sequence[Delivery], float]:
        """Queue the rows, or hold them for the owner's approval: gives them as kept, and the seconds to wait for that.

        Raises StoreUnavailable, TooManyWait or QueueFull; nothing is kept then.
        """
        if permit is None:
            self._store.accept(rows)
            self._changed()
            return rows, 0
        if self._store.under_way(rows[0].origin.grant) >= MOST_UNDER_WAY:
            raise QueueFull
        rows = _decided(rows, permit)
        if permit.asks:
            return self._approvals.hold(rows, permit, message), self._approvals.wait_s
        self._accept(rows, permit)
        return rows, 0

    def refuse(self, rows: Sequence[Delivery], receipt: Receipt, permit: Permit | None) -> Receipt:
        """Keep a message that will not go out; a history that cannot be written does not change the answer.

        Of a client that tries again and again, the audit alone has each decision.
        """
        receipt = replace(receipt, robot=rows[0].robot, masked=findings(rows[0].masked))
        if permit is not None and not self._has_room(rows[0].origin.grant, rows[0].stage):
            if receipt.status is not Status.PAUSED:
                return receipt
            reason, hint = text("outbox.paused_full", most=MOST_BLOCKED), text("outbox.paused_full_hint")
            return replace(receipt, reason=reason, hint=hint)
        rows = [replace(row, reason=receipt.reason, hint=receipt.hint) for row in rows]
        if permit is not None:
            permit.refund()
            rows = _decided(rows, permit)
        try:
            self._accept(rows, permit)
        except StoreUnavailable:
            self._changed()
            return _unkept(receipt)
        return replace(receipt, delivery_id=rows[0].id)

    async def lasting(self, receipt: Receipt) -> Receipt:
        """Give the answer, once what it says is on the disk; where it cannot be, say that and take the message back."""
        try:
            await self._store.lasting()
        except StoreUnavailable as trouble:
            if receipt.status in {Status.REFUSED, Status.PAUSED, Status.THROTTLED}:
                return _unkept(receipt)
            if receipt.status in {Status.QUEUED, Status.HELD}:
                return self._taken_back(receipt, trouble)
        return receipt

    def _taken_back(self, receipt: Receipt, trouble: StoreUnavailable) -> Receipt:
        """Let a message not go out that might be lost, unless it has begun to or cannot be taken back."""
        now_ms = self._clock.now_ms()
        try:
            gone = self._store.discard_queued(
                reason=trouble.reason, hint=trouble.hint, now_ms=now_ms, group_id=receipt.delivery_id
            )
        except StoreUnavailable:
            gone = 0
        self._changed()
        if not gone:
            return replace(receipt, reason=trouble.reason, hint=text("outbox.perhaps_lost_hint"))
        self._enforcer.refund_settled()
        return replace(receipt, status=Status.FAILED, reason=trouble.reason, hint=trouble.hint)

    def discard_queued(self, *, reason: Text, hint: Text) -> None:
        """Let nothing go out that waits; its quota is free again. Raises StoreUnavailable: nothing is discarded."""
        self._store.discard_queued(reason=reason, hint=hint, now_ms=self._clock.now_ms())
        self._enforcer.refund_settled()

    def _accept(self, rows: Sequence[Delivery], permit: Permit | None) -> None:
        """Keep rows with the decision about them: all or none."""
        group_id = rows[0].group_id
        self._store.accept(rows, audit=None if permit is None else permit.entry(group_id))
        if permit is not None:
            permit.hand_over(group_id)
        self._changed()

    def _has_room(self, grant: str, stage: Stage) -> bool:
        """Whether one more message of this client that does not go out is kept; then it is counted."""
        now_ms, window = self._clock.steady_ms(), self._kept.get((grant, stage), Window())
        if window.used(now_ms, window_ms=_HOUR_MS) >= MOST_KEPT[stage]:
            return False
        self._kept[grant, stage] = window.with_event(now_ms, window_ms=_HOUR_MS)
        return True


def _unkept(receipt: Receipt) -> Receipt:
    """Say the same of a message that will not go out, where the history does not have it."""
    log.warning("a message that was not sent could not be kept in the history either")
    if receipt.status is Status.PAUSED:
        receipt = replace(receipt, reason=text("outbox.paused_unkept"))
    return replace(receipt, delivery_id="", hint=text("outbox.unkept_hint"))


def _decided(rows: Sequence[Delivery], permit: Permit) -> list[Delivery]:
    entry = permit.decision.entry
    kind = DecisionKind.ALLOW if entry.observed else entry.decision
    return [replace(row, decision=kind.value, rule=entry.rule) for row in rows]
