"""Pairing with one person, begun and ended at the computer only, audited and told there."""

import logging
from collections.abc import Awaitable, Callable

from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.messages.heard import HeardMessage
from tray_app.core.phone.codes import PickBelow
from tray_app.core.phone.pairing import Offer, Tried, new_offer
from tray_app.core.policy.audit import AuditEntry, DecisionKind
from tray_app.core.robots.app_robot import Recipient
from tray_app.services.phone.ports import Notify, PairedPerson
from tray_app.services.ports import Clock
from tray_app.services.questions.questions import AnswerLog

log = logging.getLogger(__name__)


class Pairing:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        paired: PairedPerson,
        records: AnswerLog,
        lasting: Callable[[], Awaitable[None]],
        notify: Notify,
        clock: Clock,
        pick: PickBelow,
        new_id: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        """`lasting` waits until what was kept is on the disk; `pick` draws a number below its argument."""
        self._paired = paired
        self._records = records
        self._lasting = lasting
        self._notify = notify
        self._clock = clock
        self._pick = pick
        self._new_id = new_id
        self._changed = changed
        self._offer: Offer | None = None

    @property
    def offer(self) -> Offer | None:
        """The code that pairs now; None: there is none."""
        offer = self._offer
        return offer if offer is not None and offer.holds(self._clock.steady_ms()) else None

    @property
    def left_ms(self) -> int:
        """For how long it does."""
        return 0 if self.offer is None else self.offer.ends_ms - self._clock.steady_ms()

    async def begin(self) -> Offer:
        """Make a code, in the place of the last one. Raises TrayAppError where there is nobody to pair with.

        That is without a robot, and while somebody is paired: nobody is put in another's place unseen.
        """
        if await self._paired.person() is not None:
            raise TrayAppError(text("phone.is_paired"), text("phone.is_paired_hint"))
        await self._record(text("phone.audit_offered"), DecisionKind.ALLOW)
        self._offer = new_offer(self._pick, steady_ms=self._clock.steady_ms())
        self._notify(text("phone.note_offered"), text("phone.note_offered_hint"))
        self._changed()
        return self._offer

    async def end(self) -> None:
        """Speak and listen to nobody from now on. Raises TrayAppError where that could not be kept."""
        self._offer = None
        await self._paired.pair(None)
        await self._record(text("phone.audit_unpaired"), DecisionKind.DENY)
        self._changed()

    async def hear(self, heard: HeardMessage) -> bool:
        """Take a message as a try to pair: whether it was the code, and its sender is paired now.

        Raises TrayAppError where that could not be kept; the code is used up all the same.
        """
        offer, person = self.offer, heard.sender
        if offer is None or person is None or not heard.single or heard.forwarded:
            return False
        self._offer, tried = offer.tried(heard.text, person)
        if tried in {Tried.NOTHING, Tried.SPENT}:
            return False
        self._changed()
        if tried is Tried.WRONG:
            log.warning("somebody tried a wrong pairing code")
            if self._offer.spent_by(person):
                self._notify(text("phone.note_tries"), text("phone.note_tries_hint"))
            return False
        corp_id, staff_id = person
        await self._record(text("phone.audit_paired", staff_id=staff_id), DecisionKind.ALLOW)
        await self._paired.pair(Recipient(staff_id=staff_id, corp_id=corp_id))
        self._notify(text("phone.note_paired", name=heard.nick or staff_id), text("phone.note_paired_hint"))
        self._changed()
        return True

    async def _record(self, reason: Text, decision: DecisionKind) -> None:
        """On the disk before it holds."""
        self._records.keep(
            AuditEntry(
                id=self._new_id(),
                at_ms=self._clock.now_ms(),
                tool="pair",
                client="",
                grant="",
                session="",
                decision=decision,
                rule="phone.pairing",
                reason=reason,
            )
        )
        await self._lasting()
