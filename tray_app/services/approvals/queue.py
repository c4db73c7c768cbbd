"""Calls that wait for the owner, as kept: at most so many, each with what the owner reads."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from tray_app.core.approvals.answer import ID_CHARS, Answer
from tray_app.core.approvals.approval import Approval, ApprovalState
from tray_app.core.delivery.delivery import Delivery, Origin, Source, Stage
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.policy.audit import AuditEntry
from tray_app.core.policy.verdict import Ask
from tray_app.core.settings.settings import Settings
from tray_app.services.policy.decision import PolicyDecision
from tray_app.services.ports import Clock


def hint_of(reason: Text) -> Text:
    """Give the hint that belongs to a reason of `approvals.toml`."""
    return text(f"approvals.{reason.key.removeprefix('approvals.')}_hint")


def waiting_words(approval: Approval, *, hint: str) -> tuple[Text, Text]:
    """Say why it waits, and until when: reason and hint."""
    until = datetime.fromtimestamp(approval.expires_ms / 1000).astimezone().strftime("%H:%M")
    return text("approvals.waiting", why=approval.reason), text(hint, until=until)


def held_action(approval: Approval) -> Receipt:
    """Answer a call that waits and is no message."""
    reason, hint = waiting_words(approval, hint="approvals.waiting_deed_hint")
    return Receipt(
        status=Status.HELD,
        delivery_id=approval.id,
        robot=approval.robot,
        reason=reason,
        hint=hint,
        until_ms=approval.expires_ms,
        rule=approval.rule,
    )


def refused_action(approval: Approval, reason: Text) -> Receipt:
    """Answer a call that will not be done."""
    return Receipt(
        status=Status.REFUSED,
        delivery_id=approval.id,
        robot=approval.robot,
        reason=reason,
        hint=hint_of(reason),
        rule=approval.rule,
    )


def settled_before(state: ApprovalState) -> TrayAppError:
    """Tell somebody that another one was first."""
    return TrayAppError(text(f"approvals.settled_{state.value}"), text("approvals.settled_hint"))


MOST_WAITING = 50
MOST_OF_ONE = 30  # client: one that asks in a loop leaves room for the others
_MINUTE_MS = 60_000
_STAGES = {
    ApprovalState.APPROVED: Stage.QUEUED,
    ApprovalState.DENIED: Stage.REFUSED,
    ApprovalState.EXPIRED: Stage.EXPIRED,
}


class ApprovalStore(Protocol):
    """Approvals in the database. Every method may raise StoreUnavailable."""

    def waiting(self) -> Sequence[Approval]:
        """What waits, oldest first."""
        ...

    def find(self, approval_id: str) -> Approval | None:
        """One, whatever became of it."""
        ...

    def settled(self, begin: str) -> Approval | None:
        """The one whose id begins so and that waits no more."""
        ...


class HeldStore(Protocol):
    """Where held messages are kept. Every method may raise StoreUnavailable."""

    @property
    def approvals(self) -> ApprovalStore:
        """The approvals."""
        ...

    def accept(
        self, deliveries: Sequence[Delivery], *, audit: AuditEntry | None = None, approval: Approval | None = None
    ) -> None:
        """Add rows, the decision and the approval: all or none."""
        ...

    def settle_approval(self, settled: Approval, *, to: Stage, reason: Text | None, hint: Text | None) -> bool:
        """Settle it and move its message on; False where somebody was first."""
        ...

    def group(self, group_id: str) -> Sequence[Delivery]:
        """All parts of a message."""
        ...


class TooManyWait(TrayAppError):
    """The owner has enough to decide about."""

    def __init__(self, waiting: int) -> None:
        super().__init__(text("approvals.too_many", most=waiting), text("approvals.too_many_hint"))


class ApprovalQueue:
    """Lives on the engine's loop. Every method may raise StoreUnavailable."""

    def __init__(
        self, store: HeldStore, clock: Clock, *, settings: Callable[[], Settings], changed: Callable[[], None]
    ) -> None:
        """`changed` hears of each approval that is kept or settled."""
        self._store = store
        self._clock = clock
        self._settings = settings
        self._changed = changed
        self._ends: dict[str, int] = {}  # steady ms

    def waiting(self) -> Sequence[Approval]:
        """What waits, oldest first."""
        return self._store.approvals.waiting()

    def find(self, approval_id: str) -> Approval | None:
        """One, whatever became of it."""
        return self._store.approvals.find(approval_id)

    def settled(self, begin: str) -> Approval | None:
        """The one whose id begins so (lists show as much of it) and that waits no more."""
        return self._store.approvals.settled(begin) if len(begin) >= ID_CHARS else None

    def parts(self, approval: Approval) -> Sequence[Delivery]:
        """The message that it holds."""
        return self._store.group(approval.id)

    def new(self, decision: PolicyDecision, approval_id: str, origin: Origin, *, robot: str, title: str) -> Approval:
        """Make one, to be filled with what is asked for; nothing is kept yet. Raises TooManyWait."""
        if not isinstance(decision.verdict, Ask):
            msg = f"nothing to approve: {decision.verdict}"
            raise TypeError(msg)
        waiting = self.waiting()
        own = sum(one.origin.grant == origin.grant for one in waiting)
        if own >= MOST_OF_ONE:
            raise TooManyWait(own)
        if len(waiting) >= MOST_WAITING:
            raise TooManyWait(len(waiting))
        now_ms = self._clock.now_ms()
        return Approval(
            id=approval_id,
            tool=decision.call.tool,
            risk=decision.call.risk,
            origin=origin,
            robot=robot,
            title=title,
            details=(),
            rule=decision.verdict.rule,
            reason=decision.verdict.reason,
            fingerprint="",
            created_ms=now_ms,
            expires_ms=now_ms + self._settings().approvals.expire_min * _MINUTE_MS,
        )

    def keep(self, approval: Approval, rows: Sequence[Delivery], entry: AuditEntry) -> None:
        """Keep it with the message that it holds (none, of an action) and the decision: all or none."""
        self._store.accept(rows, audit=entry, approval=approval)
        self._changed()

    def left_ms(self, approval: Approval) -> int:
        """How long it waits still, by what really passed."""
        now_ms = self._clock.steady_ms()
        if approval.id not in self._ends:
            whole_ms = approval.expires_ms - approval.created_ms
            self._ends[approval.id] = now_ms + whole_ms - max(0, self._clock.age_ms(approval.created_ms))
        return max(0, self._ends[approval.id] - now_ms)

    def settle(
        self,
        approval: Approval,
        state: ApprovalState,
        *,
        answer: Answer | None,
        by: Source | None,
        reason: Text | None = None,
    ) -> Approval:
        """Settle it and move its message on. Raises TrayAppError, and changes nothing, where somebody was first."""
        settled = replace(approval, state=state, answer=answer, by=by, settled_ms=self._clock.now_ms())
        hint = None if reason is None else hint_of(reason)
        if not self._store.settle_approval(settled, to=_STAGES[state], reason=reason, hint=hint):
            now = self.find(approval.id)
            raise settled_before(state if now is None else now.state)
        self._ends.pop(approval.id, None)
        self._changed()
        return settled
