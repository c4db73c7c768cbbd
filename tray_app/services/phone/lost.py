"""Words from the phone that perhaps did not arrive: whoever wrote them hears so, and nobody else."""

import logging
from collections import OrderedDict
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
_MOST = 200
_AGAIN_MS = 60_000


class LostWords:
    """Lives on the engine's loop. Persons are told apart by the word that the line has for them."""

    def __init__(self, line: PhoneLine, rules: PhoneRules, clock: Clock) -> None:
        """Nothing is lost yet."""
        self._line = line
        self._rules = rules
        self._clock = clock
        self._of: OrderedDict[str, str] = OrderedDict()  # who wrote each, by its id; in this run
        self._lost: list[FollowUp] = []
        self._not_before = 0  # steady ms

    def __bool__(self) -> bool:
        """Whether there is something to tell."""
        return bool(self._lost)

    def wrote(self, follow_up: FollowUp, whose: str) -> None:
        """Remember who wrote these."""
        self._of[follow_up.id] = whose
        while len(self._of) > _MOST:
            self._of.popitem(last=False)

    def add(self, follow_up: FollowUp, whose: str) -> None:
        """Tell this person of it, unless the words are of another."""
        if self._of.pop(follow_up.id, whose) == whose:
            self._lost.append(follow_up)

    def forget(self) -> None:
        """Somebody else is paired."""
        self._lost.clear()

    async def tell(self, still: Callable[[], bool]) -> int:
        """Tell what there is, as long as it is `still` for the same person; in how many ms to try again."""
        left_ms = self._not_before - self._clock.steady_ms()
        if self._lost and left_ms > 0:
            return left_ms
        while self._lost and still():
            follow_up = self._lost[0]
            if not await self._told(follow_up):
                self._not_before = self._clock.steady_ms() + _AGAIN_MS
                return _AGAIN_MS
            if follow_up in self._lost:
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
