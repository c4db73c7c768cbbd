"""The one door every message goes through: checked, decided, kept, then waited for; the answer is always honest."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from tray_app.core.channel import Channel
from tray_app.core.errors import StoreUnavailable, UnknownRobot, VaultUnavailable
from tray_app.core.messages import Message, check, title_of
from tray_app.core.outbox import Delivery, Origin, Stage
from tray_app.core.receipt import Receipt, Status
from tray_app.core.settings import ROBOT_NAME, Settings
from tray_app.core.snapshot import VaultState
from tray_app.core.texts import Text
from tray_app.services.deliver import Deliver
from tray_app.services.pause import Pause
from tray_app.services.ports import Clock, Robots, Vault
from tray_app.services.receipts import Receipts

log = logging.getLogger(__name__)


class Inbox(Protocol):
    """Where accepted messages are kept."""

    @property
    def trouble(self) -> tuple[Text, Text] | None:
        """Reason and hint while it cannot be used."""
        ...

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
        """`new_id` makes delivery ids; `changed` hears that the history has grown.

        `route`, set by whoever wires, names the robot of a message that asks for none; empty: the default one.
        """
        self.route: Callable[[Origin], str] = lambda _origin: ""
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
        self._receipts = Receipts(deliver=deliver, pause=pause, clock=clock, trouble=lambda: store.trouble)

    async def send(self, message: Message, *, robot: str, origin: Origin, wait_s: float | None = None) -> Receipt:
        """Accept a message for a robot and wait at most `wait_s` for its outcome.

        Without a robot it goes where its route leads, else to the default one. Raises InvalidMessage where the message
        breaks the rules. Everything after that is a receipt, never an exception: a caller that goes away after the
        message was accepted loses nothing.
        """
        timeout_s = self._settings().delivery.wait_s if wait_s is None else wait_s
        answer_by_ms = self._clock.steady_ms() + int(timeout_s * 1000)
        message = check(message)
        try:
            name = robot or self.route(origin) or next(iter(self._robots.names()), "")
            keywords = await self._keywords(name, timeout_s)
        except (UnknownRobot, VaultUnavailable) as trouble:
            rows = self._rows((message,), _shown(robot), origin, Stage.FAILED)
            receipt = Receipt(status=Status.FAILED, reason=trouble.reason, hint=trouble.hint)
            return self._record(rows, receipt)
        pause = self._pause.current()
        if pause is not None:
            return self._record(self._rows((message,), name, origin, Stage.BLOCKED), self._receipts.paused(pause))
        rows = self._rows(self._channel.split(message, keywords=keywords), name, origin, Stage.QUEUED)
        try:
            self._store.accept(rows)
        except StoreUnavailable as trouble:
            return Receipt(status=Status.FAILED, robot=name, reason=trouble.reason, hint=trouble.hint)
        self._changed()
        self._deliver.lane(name).wake()
        # whoever asked may go away at any time; waiting is all that is cancelled then
        left_ms = max(0, answer_by_ms - self._clock.steady_ms())
        return self._receipts.describe(await self._deliver.outcome(rows, timeout_ms=left_ms))

    def withhold(self, message: Message, *, robot: str, origin: Origin, reason: Text, hint: Text) -> None:
        """Keep in the history a message that is not sent, and why."""
        name = robot or self.route(origin) or next(iter(self._robots.names()), "")
        rows = self._rows((message,), name, origin, Stage.DISCARDED)
        self._record(rows, Receipt(status=Status.REFUSED, reason=reason, hint=hint))

    def describe(self, rows: Sequence[Delivery]) -> Receipt:
        """Say what became of a message, whose parts `rows` are, up to now."""
        return self._receipts.describe(rows)

    async def _keywords(self, name: str, timeout_s: float) -> tuple[str, ...]:
        """Keywords of a robot whose credentials are at hand, or will be when the owner unlocks the keyring."""
        try:
            async with asyncio.timeout(timeout_s):
                return (await self._robots.credentials(name)).keywords
        except (VaultUnavailable, TimeoutError) as trouble:
            if isinstance(trouble, VaultUnavailable) and self._vault.state is not VaultState.LOCKED:
                raise
            settings = self._settings().robots.get(name)
            return () if settings is None else settings.keywords

    def _record(self, rows: Sequence[Delivery], receipt: Receipt) -> Receipt:
        """Keep a message that will not go out; a history that cannot be written does not change the answer."""
        receipt = replace(receipt, robot=rows[0].robot)
        try:
            self._store.accept([replace(row, reason=receipt.reason, hint=receipt.hint) for row in rows])
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


def _shown(robot: str) -> str:
    """A robot's name as it was asked for; what is no name may be a webhook, and is not kept."""
    return robot if ROBOT_NAME.fullmatch(robot) else ""
