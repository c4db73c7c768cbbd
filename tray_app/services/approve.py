"""Approvals: what waits for the owner, settled exactly once by whoever is first, sent by itself once approved.

A held message is a row of the history in stage HELD. What is no message (setting a robot up) is a deed: it is kept in
memory only, because it may hold credentials, and is lost with the app.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, TypeAlias

from tray_app.core.approvals import Answer, Approval, ApprovalState
from tray_app.core.audit import Entry
from tray_app.core.errors import StoreUnavailable, TrayAppError
from tray_app.core.held import Details, details_of, fingerprint
from tray_app.core.messages import Message
from tray_app.core.outbox import Delivery, Origin, Source, Stage
from tray_app.core.receipt import Receipt, Report, Status
from tray_app.core.settings import Settings
from tray_app.core.texts import Text, text
from tray_app.core.verdict import Ask
from tray_app.services.deliver import Deliver
from tray_app.services.gate import Gate
from tray_app.services.passes import PassBook
from tray_app.services.ports import Clock, Robots
from tray_app.services.ruling import Ruling

log = logging.getLogger(__name__)
MOST_WAITING = 50
_MINUTE_MS = 60_000
_LOOK_MS = 60_000  # the wall clock may be set and the machine may sleep, so no wait is longer
_OUTCOMES = 50

Deed: TypeAlias = Callable[[], Awaitable[Receipt | Report]]


class Book(Protocol):
    """Approvals in the database. Every method may raise StoreUnavailable."""

    def waiting(self) -> Sequence[Approval]:
        """What waits, oldest first."""
        ...

    def find(self, approval_id: str) -> Approval | None:
        """One, whatever became of it."""
        ...


class HeldStore(Protocol):
    """Where held messages are kept. Every method may raise StoreUnavailable."""

    @property
    def approvals(self) -> Book:
        """The approvals."""
        ...

    def accept(
        self, deliveries: Sequence[Delivery], *, audit: Entry | None = None, approval: Approval | None = None
    ) -> None:
        """Add rows, the decision and the approval: all or none."""
        ...

    def settle_approval(self, settled: Approval, *, to: Stage, reason: Text | None, hint: Text | None) -> bool:
        """Settle it and move its message on; False where somebody was first."""
        ...

    def group(self, group_id: str) -> Sequence[Delivery]:
        """All parts of a message."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """A deed that waits, and the one who waits for what comes of it."""

    deed: Deed
    outcome: "asyncio.Future[Receipt | Report]"
    awaited: list[bool]


class TooManyWait(TrayAppError):
    """The owner has enough to decide about."""

    def __init__(self) -> None:
        super().__init__(text("approvals.too_many", most=MOST_WAITING), text("approvals.too_many_hint"))


class Approvals:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        store: HeldStore,
        gate: Gate,
        passes: PassBook,
        deliver: Deliver,
        robots: Robots,
        clock: Clock,
        settings: Callable[[], Settings],
        always: Callable[[Approval], None],
        changed: Callable[[], None],
    ) -> None:
        """`always` writes to the policy that such a call is allowed from now on; it may raise TrayAppError."""
        self._store = store
        self._gate = gate
        self._passes = passes
        self._deliver = deliver
        self._robots = robots
        self._clock = clock
        self._settings = settings
        self._always = always
        self._changed = changed
        self._deeds: dict[str, _Pending] = {}
        self._outcomes: dict[str, Receipt] = {}
        self._look = asyncio.Event()

    @property
    def wait_s(self) -> float:
        """How long a call waits for the owner."""
        return self._settings().approvals.wait_s

    def waiting(self) -> Sequence[Approval]:
        """What waits, oldest first. Raises StoreUnavailable."""
        return self._store.approvals.waiting()

    def hold(self, rows: Sequence[Delivery], ruling: Ruling, message: Message) -> Sequence[Delivery]:
        """Keep a message until the owner has decided. Returns its rows. Raises StoreUnavailable or TooManyWait."""
        approval = self._approval(ruling, rows[0].group_id, rows[0].origin, robot=rows[0].robot, title=rows[0].title)
        host = self._host(rows[0].robot)
        parts = [row.message for row in rows if row.message is not None]
        approval = replace(
            approval,
            details=details_of(message, robot=rows[0].robot, host=host),
            fingerprint=fingerprint(parts, robot=rows[0].robot, host=host),
        )
        reason, hint = self._words(approval, "approvals.waiting_hint")
        held = [replace(row, stage=Stage.HELD, reason=reason, hint=hint) for row in rows]
        self._store.accept(held, audit=ruling.entry, approval=approval)
        self._tell()
        return held

    async def ask(
        self, ruling: Ruling, origin: Origin, *, title: str, robot: str, details: Details, deed: Deed
    ) -> Receipt | Report:
        """Do something that is no message once the owner approves; waits a bounded time for that.

        Raises StoreUnavailable, and what the deed raises.
        """
        approval = self._approval(ruling, ruling.entry.delivery_id, origin, robot=robot, title=title)
        approval = replace(approval, details=details)
        self._store.accept((), audit=ruling.entry, approval=approval)
        pending = _Pending(deed=deed, outcome=asyncio.get_running_loop().create_future(), awaited=[True])
        self._deeds[approval.id] = pending
        self._tell()
        settled = asyncio.Event()
        pending.outcome.add_done_callback(lambda _outcome: settled.set())
        try:
            await self._clock.wait(settled, int(self.wait_s * 1000))
            if pending.outcome.done():
                return pending.outcome.result()
        finally:
            pending.awaited.clear()
        return self._held(approval, "approvals.waiting_deed_hint")

    async def settle(self, approval_id: str, answer: Answer, *, by: Source) -> Approval:
        """Say what the owner has decided; a deed is done before this returns.

        Raises TrayAppError where it is unknown, somebody was first, it has expired, or what waits has changed.
        """
        approval = self._waiting(approval_id)
        if answer is Answer.DENY:
            return self._end(approval, ApprovalState.DENIED, text("approvals.denied"), answer=answer, by=by)
        if not self._unchanged(approval):
            self._end(approval, ApprovalState.DENIED, text("approvals.changed"), answer=None, by=by)
            raise TrayAppError(text("approvals.changed"), text("approvals.changed_hint"))
        if answer is Answer.ALWAYS:
            self._always(approval)
        settled = self._save(approval, ApprovalState.APPROVED, Stage.QUEUED, answer=answer, by=by)
        if answer is Answer.SESSION:
            self._passes.allow_session(approval.tool, approval.origin)
        pending = self._deeds.pop(approval.id, None)
        if pending is None:
            self._deliver.lane(approval.robot).wake()
            self._deliver.tell(approval.id)
        else:
            await self._do(approval, pending)
        return settled

    def report(self, approval_id: str) -> Receipt | None:
        """Say what became of a deed; None where there was none of that id. Raises StoreUnavailable."""
        approval = self._store.approvals.find(approval_id)
        if approval is None or approval.fingerprint:  # a message's is in the history
            return None
        if approval.id in self._outcomes:
            return self._outcomes[approval.id]
        match approval.state:
            case ApprovalState.WAITING:
                return self._held(approval, "approvals.waiting_deed_hint")
            case ApprovalState.APPROVED:
                return Receipt(status=Status.STORED, delivery_id=approval.id, robot=approval.robot)
            case ApprovalState.DENIED | ApprovalState.EXPIRED:
                entry = "denied" if approval.state is ApprovalState.DENIED else "settled_expired"
                return _refused(approval, text(f"approvals.{entry}"))

    async def run(self) -> None:
        """Let what waited too long expire, for ever; what was lost with the last run goes first."""
        lost = True
        while True:
            self._look.clear()
            wait_ms = _LOOK_MS
            try:
                for approval in self._store.approvals.waiting():
                    if lost and not self._store.group(approval.id):
                        self._end(approval, ApprovalState.EXPIRED, text("approvals.restarted"), answer=None, by=None)
                        continue
                    left_ms = approval.expires_ms - self._clock.now_ms()
                    if left_ms <= 0:
                        self._expire(approval)
                    else:
                        wait_ms = min(wait_ms, left_ms)
                lost = False
            except StoreUnavailable:
                log.info("approvals cannot be read; they wait")
            await self._clock.wait(self._look, wait_ms)

    def _approval(self, ruling: Ruling, approval_id: str, origin: Origin, *, robot: str, title: str) -> Approval:
        if not isinstance(ruling.verdict, Ask):
            msg = f"nothing to approve: {ruling.verdict}"
            raise TypeError(msg)
        if len(self._store.approvals.waiting()) >= MOST_WAITING:
            raise TooManyWait
        now_ms = self._clock.now_ms()
        return Approval(
            id=approval_id,
            tool=ruling.call.tool,
            risk=ruling.call.risk,
            origin=origin,
            robot=robot,
            title=title,
            details=(),
            rule=ruling.verdict.rule,
            reason=ruling.verdict.reason,
            fingerprint="",
            created_ms=now_ms,
            expires_ms=now_ms + self._settings().approvals.expire_min * _MINUTE_MS,
        )

    def _waiting(self, approval_id: str) -> Approval:
        found = self._store.approvals.find(approval_id)
        if found is None:
            raise TrayAppError(text("approvals.unknown"), text("approvals.unknown_hint"))
        if found.state is ApprovalState.WAITING and found.expires_ms <= self._clock.now_ms():
            self._expire(found)
            found = replace(found, state=ApprovalState.EXPIRED)
        if found.state is not ApprovalState.WAITING:
            raise _settled_before(found.state)
        return found

    def _unchanged(self, approval: Approval) -> bool:
        """Whether what would go out is what was shown. A deed cannot change: it is what was asked, in memory."""
        if approval.id in self._deeds:
            return True
        parts = [row.message for row in self._store.group(approval.id) if row.message is not None]
        now = fingerprint(parts, robot=approval.robot, host=self._host(approval.robot))
        return bool(parts) and now == approval.fingerprint

    def _expire(self, approval: Approval) -> None:
        minutes = (approval.expires_ms - approval.created_ms) // _MINUTE_MS
        self._end(approval, ApprovalState.EXPIRED, text("approvals.expired", minutes=minutes), answer=None, by=None)

    def _end(
        self, approval: Approval, state: ApprovalState, reason: Text, *, answer: Answer | None, by: Source | None
    ) -> Approval:
        """It does not happen: the message stays in the history, its quota is free again, whoever waits is told."""
        to = Stage.EXPIRED if state is ApprovalState.EXPIRED else Stage.REFUSED
        settled = self._save(approval, state, to, answer=answer, by=by, reason=reason)
        self._gate.came_to_nothing(approval.id)
        pending = self._deeds.pop(approval.id, None)
        if pending is not None and not pending.outcome.done():
            pending.outcome.set_result(_refused(approval, reason))
        self._deliver.tell(approval.id)
        return settled

    def _save(
        self,
        approval: Approval,
        state: ApprovalState,
        to: Stage,
        *,
        answer: Answer | None,
        by: Source | None,
        reason: Text | None = None,
    ) -> Approval:
        settled = replace(approval, state=state, answer=answer, by=by, settled_ms=self._clock.now_ms())
        hint = None if reason is None else text(f"{reason.key}_hint")
        if not self._store.settle_approval(settled, to=to, reason=reason, hint=hint):
            now = self._store.approvals.find(approval.id)
            raise _settled_before(state if now is None else now.state)
        self._tell()
        return settled

    async def _do(self, approval: Approval, pending: _Pending) -> None:
        """Do it; what it raises goes to whoever waits for it, and to the owner who approved."""
        try:
            done = await pending.deed()
        except Exception as trouble:
            if not pending.awaited or not isinstance(trouble, TrayAppError):
                pending.outcome.cancel()
            elif not pending.outcome.done():
                pending.outcome.set_exception(trouble)
            raise
        if isinstance(done, Receipt):
            while len(self._outcomes) >= _OUTCOMES:
                del self._outcomes[next(iter(self._outcomes))]
            self._outcomes[approval.id] = done
        elif not pending.awaited:  # what it tells is told to nobody any more: the next such call is let through
            self._passes.allow_once(approval.tool, approval.origin.grant)
        if not pending.outcome.done():
            pending.outcome.set_result(done)

    def _held(self, approval: Approval, hint: str) -> Receipt:
        reason, hint_words = self._words(approval, hint)
        return Receipt(
            status=Status.HELD,
            delivery_id=approval.id,
            robot=approval.robot,
            reason=reason,
            hint=hint_words,
            until_ms=approval.expires_ms,
            rule=approval.rule,
        )

    def _words(self, approval: Approval, hint: str) -> tuple[Text, Text]:
        until = datetime.fromtimestamp(approval.expires_ms / 1000).astimezone().strftime("%H:%M")
        return text("approvals.waiting", why=approval.reason), text(hint, until=until)

    def _host(self, robot: str) -> str:
        return next((facts.host for facts in self._robots.facts() if facts.name == robot), "")

    def _tell(self) -> None:
        self._look.set()
        self._changed()


def _refused(approval: Approval, reason: Text) -> Receipt:
    return Receipt(
        status=Status.REFUSED,
        delivery_id=approval.id,
        robot=approval.robot,
        reason=reason,
        hint=text("approvals.denied_hint"),
        rule=approval.rule,
    )


def _settled_before(state: ApprovalState) -> TrayAppError:
    return TrayAppError(text(f"approvals.settled_{state.value}"), text("approvals.settled_hint"))
