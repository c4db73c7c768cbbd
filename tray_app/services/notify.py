"""The one door every message goes through: checked, decided, kept, then waited for; the answer is always honest."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from tray_app.core.channel import Channel
from tray_app.core.errors import StoreUnavailable, UnknownRobot, VaultUnavailable
from tray_app.core.messages import Message, check, title_of
from tray_app.core.outbox import Delivery, Origin, Stage
from tray_app.core.receipt import Receipt, Status
from tray_app.core.settings import Settings
from tray_app.core.snapshot import VaultState
from tray_app.core.texts import Text, text
from tray_app.services.deliver import Deliver
from tray_app.services.pause import Pause
from tray_app.services.ports import Clock, Robots, Vault

log = logging.getLogger(__name__)


class Inbox(Protocol):
    """Where accepted messages are kept."""

    def accept(self, deliveries: Sequence[Delivery]) -> None:
        """Add rows, all or none."""
        ...


class Notify:
    """`send()` is the only way to a group."""

    def __init__(
        self,
        *,
        store: Inbox,
        robots: Robots,
        vault: Vault,
        channel: Channel,
        deliver: Deliver,
        pause: Pause,
        clock: Clock,
        settings: Callable[[], Settings],
        new_id: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        """`new_id` makes delivery ids; `changed` hears that the history has grown."""
        self._store = store
        self._robots = robots
        self._vault = vault
        self._channel = channel
        self._deliver = deliver
        self._pause = pause
        self._clock = clock
        self._settings = settings
        self._new_id = new_id
        self._changed = changed

    async def send(self, message: Message, *, robot: str, origin: Origin, wait_s: float | None = None) -> Receipt:
        """Accept a message for a robot (empty: the default one) and wait a bounded time for its outcome.

        Raises InvalidMessage where the message breaks the rules. Everything after that is a receipt, never an exception:
        a caller that goes away after the message was accepted loses nothing.
        """
        message = check(message)
        try:
            name = robot or next(iter(self._robots.names()), "")
            keywords = await self._keywords(name)
        except (UnknownRobot, VaultUnavailable) as trouble:
            return self._turned_away(message, robot, origin, trouble.reason, trouble.hint)
        if self._pause.current() is not None:
            return self._blocked(message, name, origin)
        rows = self._rows(self._channel.split(message, keywords=keywords), name, origin, Stage.QUEUED)
        try:
            self._store.accept(rows)
        except StoreUnavailable as trouble:
            return Receipt(status=Status.FAILED, robot=name, reason=trouble.reason, hint=trouble.hint)
        self._changed()
        self._deliver.lane(name).wake()
        return await self._answer(rows[0].id, name, wait_s)

    def describe(self, rows: Sequence[Delivery]) -> Receipt:
        """Say what became of a message, whose parts `rows` are, up to now."""
        worst = next((row for row in rows if row.stage not in {Stage.SENT, *_UNDER_WAY}), None)
        row = worst or next((row for row in rows if row.stage in _UNDER_WAY), rows[0])
        receipt = Receipt(
            status=_STATUS[row.stage],
            delivery_id=row.group_id,
            robot=row.robot,
            reason=row.reason,
            hint=row.hint,
            errcode=row.errcode,
        )
        return self._queued(receipt, row) if row.stage in _UNDER_WAY else receipt

    async def _keywords(self, name: str) -> tuple[str, ...]:
        """Keywords of a robot whose credentials are at hand, or will be when the owner unlocks the keyring."""
        try:
            return (await self._robots.credentials(name)).keywords
        except VaultUnavailable:
            if self._vault.state is not VaultState.LOCKED:
                raise
            settings = self._settings().robots.get(name)
            return () if settings is None else settings.keywords

    async def _answer(self, group_id: str, robot: str, wait_s: float | None) -> Receipt:
        timeout_s = self._settings().delivery.wait_s if wait_s is None else wait_s
        # whoever asked may go away at any time; waiting is all that is cancelled then
        rows = await self._deliver.outcome(group_id, robot, timeout_s=timeout_s)
        return self.describe(rows)

    def _queued(self, receipt: Receipt, row: Delivery) -> Receipt:
        now_ms = self._clock.now_ms()
        lane = self._deliver.lane(row.robot)
        hold = lane.hold()
        wait_ms = lane.window_wait_ms()
        if hold is not None:
            left_ms = hold.deadline.left_ms(wall_ms=now_ms, steady_ms=self._clock.steady_ms())
            entry = "outbox.queued_penalty" if hold.limited else "outbox.queued_retry"
            why, until_ms = text(entry, reason=hold.reason), now_ms + left_ms
        elif wait_ms > 0:
            why, until_ms = text("outbox.queued_limit"), now_ms + wait_ms
        elif row.stage is Stage.SENDING:
            why, until_ms = text("outbox.queued_slow"), None
        else:
            why, until_ms = text("outbox.queued_order"), None
        retry_after_s = None if until_ms is None else max(1, -(-(until_ms - now_ms) // 1000))
        return replace(receipt, reason=why, hint=text("outbox.queued_hint"), until_ms=until_ms, retry_after_s=retry_after_s)

    def _blocked(self, message: Message, robot: str, origin: Origin) -> Receipt:
        pause = self._pause.current()
        until_ms = None if pause is None else pause.until_ms
        now_ms = self._clock.now_ms()
        reason = text("outbox.paused_open")
        if until_ms is not None:
            reason = text("outbox.paused_until", until=_local(until_ms, now_ms=now_ms))
        hint = text("outbox.paused_hint")
        rows = [replace(row, reason=reason, hint=hint) for row in self._rows((message,), robot, origin, Stage.BLOCKED)]
        retry_after_s = None if until_ms is None else max(1, (until_ms - now_ms) // 1000)
        receipt = Receipt(
            status=Status.PAUSED, robot=robot, reason=reason, hint=hint, until_ms=until_ms, retry_after_s=retry_after_s
        )
        return self._record(rows, receipt)

    def _turned_away(self, message: Message, robot: str, origin: Origin, reason: Text, hint: Text) -> Receipt:
        rows = [replace(row, reason=reason, hint=hint) for row in self._rows((message,), robot, origin, Stage.FAILED)]
        return self._record(rows, Receipt(status=Status.FAILED, robot=robot, reason=reason, hint=hint))

    def _record(self, rows: Sequence[Delivery], receipt: Receipt) -> Receipt:
        """Keep a message that will not go out; a history that cannot be written does not change the answer."""
        try:
            self._store.accept(rows)
        except StoreUnavailable:
            log.warning("a message that was not sent could not be kept in the history either")
            return receipt
        self._changed()
        return replace(receipt, delivery_id=rows[0].id)

    def _rows(self, parts: Sequence[Message], robot: str, origin: Origin, stage: Stage) -> list[Delivery]:
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
                created_ms=now_ms,
                updated_ms=now_ms,
                due_ms=now_ms,
            )
            for number, part in enumerate(parts)
        ]


_UNDER_WAY = frozenset({Stage.QUEUED, Stage.SENDING})
_STATUS = {
    Stage.HELD: Status.HELD,
    Stage.QUEUED: Status.QUEUED,
    Stage.SENDING: Status.QUEUED,
    Stage.SENT: Status.SENT,
    Stage.FAILED: Status.FAILED,
    Stage.REFUSED: Status.REFUSED,
    Stage.BLOCKED: Status.PAUSED,
    Stage.EXPIRED: Status.FAILED,
    Stage.DISCARDED: Status.FAILED,
}


def _local(ms: int, *, now_ms: int) -> str:
    """Write a time as people read it: `14:30`, with the date where it is not today's."""
    then, now = (datetime.fromtimestamp(moment / 1000).astimezone() for moment in (ms, now_ms))
    return then.strftime("%H:%M" if then.date() == now.date() else "%m-%d %H:%M")
