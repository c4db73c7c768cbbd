"""The one door every message goes through: checked, decided, kept, then waited for; the answer is always honest."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from tray_app.core.delivery.delivery import Delivery, Origin, Stage
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import StoreUnavailable, TrayAppError, UnknownRobot, VaultUnavailable
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.message import Message
from tray_app.core.messages.pictures import picture_hint
from tray_app.core.messages.taps import without_taps
from tray_app.core.messages.validation import check
from tray_app.core.policy.evaluate import Call
from tray_app.core.redaction.kinds import Masked, together
from tray_app.core.settings.settings import Settings
from tray_app.core.settings.values import ROBOT_NAME
from tray_app.core.state.snapshot import VaultState
from tray_app.services.approvals.queue import TooManyWait
from tray_app.services.delivery.pause import Pause
from tray_app.services.delivery.receipts import Receipts
from tray_app.services.delivery.sender import Sender
from tray_app.services.policy.permit import Permit
from tray_app.services.ports import Clock, Robots, Vault
from tray_app.services.submit.enqueue import Enqueuer, QueueFull
from tray_app.services.submit.parts import Parts, cut_hint
from tray_app.services.submit.redaction import Cleaned, Redaction


class Submitter:
    """`send()` is the only way to a group."""

    def __init__(
        self,
        *,
        enqueuer: Enqueuer,
        robots: Robots,
        vault: Vault,
        deliver: Sender,
        pause: Pause,
        clock: Clock,
        settings: Callable[[], Settings],
        redaction: Redaction,
        parts: Parts,
        route: Callable[[Origin], str],
    ) -> None:
        """`route` names the robot of a message that asks for none; empty: the default one."""
        self._route = route
        self._enqueuer = enqueuer
        self._robots = robots
        self._vault = vault
        self._deliver = deliver
        self._pause = pause
        self._clock = clock
        self._settings = settings
        self._redaction = redaction
        self._parts = parts
        self._receipts = Receipts(
            deliver=deliver,
            robots=robots,
            pause=pause,
            clock=clock,
            trouble=lambda: enqueuer.trouble,
            settings=settings,
        )

    async def send(
        self,
        message: Message,
        *,
        robot: str,
        origin: Origin,
        call: Call | None = None,
        wait_s: float | None = None,
        repeats: Delivery | None = None,
        masked: Masked = (),
    ) -> Receipt:
        """Accept a message for a robot and wait at most `wait_s` for its outcome (or longer, for the owner's approval).

        Without a robot it goes where its route leads, else to the default one. `call` is the agent's call behind it,
        which the policy is asked about; None for the owner's own messages. `repeats` is the row that it sends again:
        where that may have arrived, both go under one id. `masked` was taken out of it before, as out of a row that is
        repeated. Raises InvalidMessage where the message breaks the rules of the robot's chat service. Everything after
        that is a receipt, never an exception: a caller that goes away after the message was accepted loses nothing.
        """
        timeout_s = self._settings().delivery.wait_s if wait_s is None else wait_s
        started_ms = self._clock.steady_ms()
        name = robot or self._route(origin) or next(iter(self._robots.names()), "")
        cleaned = self._cleaned(message, name, origin)
        before = masked if repeats is None else repeats.masked
        cleaned = replace(cleaned, masked=together((before, cleaned.masked)))
        with self._enqueuer.permit(call, origin) as permit:
            taken = await self._taken(cleaned, name, origin, permit, named=robot, timeout_s=timeout_s, repeats=repeats)
        if isinstance(taken, Receipt):
            return await self._enqueuer.lasting(taken)
        rows, owner_s = taken
        self._deliver.queue(name).wake()
        # whoever asked may go away at any time; waiting is all that is cancelled then
        owner_ms = int(1000 * owner_s)
        answer_by_ms = started_ms + max(int(1000 * timeout_s), owner_ms)
        left_ms = max(0, answer_by_ms - self._clock.steady_ms())
        rows = await self._deliver.outcome(rows, timeout_ms=left_ms, owner_ms=owner_ms)
        lost = picture_hint(cleaned.message, self._robots.channel(name).rules)
        receipt = _hinted(self._receipts.describe(rows), cut_hint([row.message for row in rows if row.message]))
        return await self._enqueuer.lasting(_hinted(receipt, lost))

    def preview(self, message: Message, *, robot: str, origin: Origin) -> tuple[str, tuple[Message, ...]]:
        """Say to which robot a message would go, and what its group would get, part by part; nothing is sent or kept.

        Raises InvalidMessage.
        """
        name = robot or self._route(origin) or next(iter(self._robots.names()), "")
        cleaned = self._cleaned(message, name, origin)
        return name, self._parts.preview(cleaned.message, robot=name)

    def _cleaned(self, message: Message, name: str, origin: Origin) -> Cleaned:
        """Check it, and take out what does not go out: secrets, and links that would answer in the owner's name.

        Only what the app itself says to its owner has such links. Raises InvalidMessage.
        """
        rules = self._robots.channel(name).rules
        checked = check(message, rules)
        return self._redaction.clean(without_taps(checked) if rules.personal and not origin.is_private else checked)

    async def _taken(
        self,
        cleaned: Cleaned,
        name: str,
        origin: Origin,
        permit: Permit | None,
        *,
        named: str,
        timeout_s: float,
        repeats: Delivery | None,
    ) -> tuple[Sequence[Delivery], float] | Receipt:
        """Keep the message, as rows that go out or wait for the owner so many seconds, or as one that does not."""

        def not_sent(stage: Stage, receipt: Receipt, *, to: str = name) -> Receipt:
            rows = self._enqueuer.rows((cleaned.message,), to, origin, stage, cleaned.masked)
            return self._enqueuer.refuse(self._as_known(rows, repeats), receipt, permit)

        refused = permit.receipt if permit is not None and permit.refused else cleaned.refusal
        refused = refused or self._not_personal(name, origin)
        if refused is not None:
            return not_sent(Stage.REFUSED, refused, to=_shown(name))
        try:
            keywords = await self._keywords(name, timeout_s)
        except (UnknownRobot, VaultUnavailable) as trouble:
            return not_sent(Stage.FAILED, _receipt(Status.FAILED, trouble), to=_shown(named))
        pause = self._pause.current()
        if pause is not None and not origin.passes_pause:
            return not_sent(Stage.BLOCKED, self._receipts.paused(pause))
        parts = self._parts.of(cleaned.message, robot=name, keywords=keywords)
        rows = self._as_known(self._enqueuer.rows(parts, name, origin, Stage.QUEUED, cleaned.masked), repeats)
        try:
            return self._enqueuer.take(rows, parts[0] if len(parts) == 1 else cleaned.message, permit)
        except StoreUnavailable as trouble:
            return _receipt(Status.FAILED, trouble, robot=name)
        except TooManyWait as trouble:
            rule = "" if permit is None else permit.decision.entry.rule
            return not_sent(Stage.REFUSED, replace(_receipt(Status.REFUSED, trouble), rule=rule))
        except QueueFull as trouble:
            return not_sent(Stage.REFUSED, trouble.receipt)

    def _not_personal(self, name: str, origin: Origin) -> Receipt | None:
        """Refuse what is for a group where the robot speaks to its owner alone, and what is for the owner elsewhere."""
        personal = self._robots.channel(name).rules.personal
        if personal and not origin.is_owners:
            reason, hint = text("gate.personal", robot=_shown(name)), text("gate.personal_hint")
            return Receipt(status=Status.REFUSED, reason=reason, hint=hint)
        if not personal and origin.is_private:
            return Receipt(status=Status.REFUSED, reason=text("gate.private"), hint=text("app_robot.none_hint"))
        return None

    def knows(self, row: Delivery) -> bool:
        """Whether a row may have arrived, and its chat service would know it again by its id."""
        if row.lost_ms is None or row.robot not in self._robots.names():
            return False
        return self._clock.age_ms(row.lost_ms) <= self._robots.channel(row.robot).rules.remembers_ms

    def _as_known(self, rows: list[Delivery], repeats: Delivery | None) -> list[Delivery]:
        """Give a repeated row the id by which the chat service may know it."""
        if repeats is None or len(rows) != 1 or not self.knows(repeats):
            return rows
        return [replace(rows[0], sent_as=repeats.known_as, lost_ms=repeats.lost_ms)]

    def withhold(self, message: Message, *, robot: str, origin: Origin, reason: Text, hint: Text) -> None:
        """Keep in the history a message that is not sent, and why."""
        name = robot or self._route(origin) or next(iter(self._robots.names()), "")
        cleaned = self._redaction.clean(message)
        rows = self._enqueuer.rows((cleaned.message,), name, origin, Stage.DISCARDED, cleaned.masked)
        self._enqueuer.refuse(rows, Receipt(status=Status.REFUSED, reason=reason, hint=hint), None)

    def describe(self, rows: Sequence[Delivery]) -> Receipt:
        """Say what became of a message, whose parts `rows` are, up to now."""
        return self._receipts.describe(rows)

    async def became(self, rows: Sequence[Delivery]) -> Receipt:
        """Wait, at most as long as a call would, for what becomes of a message that was accepted before."""
        timeout_ms = int(1000 * self._settings().delivery.wait_s)
        return self._receipts.describe(await self._deliver.outcome(rows, timeout_ms=timeout_ms))

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


def _hinted(receipt: Receipt, more: Text | None) -> Receipt:
    if more is None:
        return receipt
    return replace(receipt, hint=text("message.and_hint", hint=receipt.hint, more=more) if receipt.hint else more)


def _shown(robot: str) -> str:
    """A robot's name as it was asked for; what is no name may be a webhook, and is not kept."""
    return robot if ROBOT_NAME.fullmatch(robot) else ""


def _receipt(status: Status, trouble: TrayAppError, *, robot: str = "") -> Receipt:
    return Receipt(status=status, robot=robot, reason=trouble.reason, hint=trouble.hint)
