"""Words from the phone that perhaps did not arrive: whoever wrote them hears so, and nobody else."""

import logging
from collections.abc import Callable

from tray_app.core.follow_ups.follow_up import FollowUp
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.messages.message import TextMessage
from tray_app.core.phone.message import plainly
from tray_app.core.phone.shown import text_without_secrets
from tray_app.services.phone.ports import NOT_TOLD, PhoneLine
from tray_app.services.phone.rules import PhoneRules
from tray_app.services.ports import Clock

log = logging.getLogger(__name__)
_AGAIN_MS = 60_000


class LostWords:
    """Lives on the engine's loop. Persons are told apart by the word that the line has for them."""

    def __init__(self, line: PhoneLine, rules: PhoneRules, clock: Clock) -> None:
        """Nothing is lost yet."""
        self._line = line
        self._rules = rules
        self._clock = clock
        self._lost: list[FollowUp] = []
        self._not_before = 0  # steady ms

    def __bool__(self) -> bool:
        """Whether there is something to tell."""
        return bool(self._lost)

    def add(self, follow_up: FollowUp) -> None:
        """Tell who wrote them, as soon as that may be."""
        self._lost.append(follow_up)

    async def tell(self, still: Callable[[], bool]) -> int:
        """Tell what there is to whoever is paired, as long as `still` says so; in how many ms to try again.

        What another person wrote is dropped: the computer has told of it. So are words of which nobody knows whose they
        were, for a version before this one did not keep that.
        """
        left_ms = self._not_before - self._clock.steady_ms()
        if self._lost and left_ms > 0:
            return left_ms
        while self._lost and still():
            follow_up = self._lost[0]
            if follow_up.whose == self._line.paired_with() and not await self._told(follow_up):
                self._not_before = self._clock.steady_ms() + _AGAIN_MS
                return _AGAIN_MS
            self._lost.remove(follow_up)
        return _AGAIN_MS

    async def _told(self, follow_up: FollowUp) -> bool:
        said, masked = text_without_secrets(follow_up.said, self._rules.masked)
        try:
            receipt = await self._line.ask(TextMessage(content=plainly(self._rules.words()(said))), masked=masked)
        except TrayAppError as trouble:
            log.warning("the phone could not be told of words that are perhaps lost: %s", trouble)
            return False
        return receipt.status not in NOT_TOLD
