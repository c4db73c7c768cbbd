"""Tells the phone of what waits once nobody at the computer has answered, and takes it back when it is settled there.

While paused it says nothing. It shows a few things at a time: whoever is asked two hundred things reads none of them.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Catalog, text
from tray_app.core.messages.message import TextMessage
from tray_app.core.phone.message import Telling, message_of, plain_title
from tray_app.core.phone.resolve import Partly, Told
from tray_app.core.phone.waiting import Waiting, only_denied
from tray_app.core.redaction.kinds import together
from tray_app.core.settings.phone import Content, PhoneSettings
from tray_app.services.phone.memory import PhoneMemory
from tray_app.services.phone.ports import NOT_TOLD, PhoneLine
from tray_app.services.phone.wait_list import WaitList
from tray_app.services.ports import Clock

log = logging.getLogger(__name__)
MOST_OPEN = 5
_MOST_PAST = 500
_AGAIN_MS, _AFTER_LOSS_MS = 60_000, 300_000  # delivery has tried what was lost for a while
_LOOK_MS = 60_000  # the wall clock may be set and the machine may sleep, so no wait is longer


@dataclass(slots=True, kw_only=True)
class _Open:
    """What the phone shows now; `delivery_id` is its message's, empty until that is kept."""

    told: Told
    delivery_id: str = ""
    here: bool = False  # it was answered on the phone: nothing is to be taken back


class PhoneTeller:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        line: PhoneLine,
        waits: WaitList,
        memory: PhoneMemory,
        paused: Callable[[], bool],
        settings: Callable[[], PhoneSettings],
        words: Callable[[], Catalog],
        clock: Clock,
        quiet: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        """`words` is the owner's language; `quiet` are ids of what is not told, for the owner has muted its session."""
        self._quiet = quiet
        self._line = line
        self._waits = waits
        self._memory = memory
        self._paused = paused
        self._settings = settings
        self._words = words
        self._clock = clock
        self._with = ""  # whom it was told
        self._open: dict[str, _Open] = {}
        self._past: OrderedDict[str, Told] = OrderedDict()  # by code
        self._not_before: dict[str, int] = {}  # steady ms: what could not be told
        self._look = asyncio.Event()

    @property
    def told(self) -> Sequence[Told]:
        """What this person's phone shows and still waits."""
        if self._line.paired_with() != self._with:
            return []
        waiting = {one.id for one in self._waits.waiting()}
        return [one.told for one in self._open.values() if one.told.waiting.id in waiting]

    def past(self, code: str) -> Told | None:
        """Find what was told under this code and waits no more."""
        return self._past.get(code) or next(
            (one.told for one in self._open.values() if one.told.code == code and self._waits.fate(one.told.waiting)),
            None,
        )

    def answered(self, told: Told) -> None:
        """It was answered on the phone."""
        one = self._open.get(told.waiting.id)
        if one is not None:
            one.here = True
        self.look()

    def turned(self, partly: Partly) -> Told | None:
        """Some of several questions were answered: the rest has a new code, for a tapped link can be tapped again.

        None where the owner's settings do not offer that any more.
        """
        before = partly.told
        waiting = next((one for one in self._waits.waiting() if one.id == before.waiting.id), None)
        if waiting is None or waiting.choices != before.waiting.choices:
            return None
        now = replace(before, waiting=waiting, code=self._memory.new_code(), given=partly.chosen)
        self._remember(before)
        self._open[before.waiting.id].told = now
        return now

    def look(self) -> None:
        """Something may wait, or wait no more, or a pause has ended; while nobody is paired, nothing is told."""
        if self._line.paired_with():
            self._look.set()

    async def run(self) -> None:
        """Tell and take back, for ever."""
        while True:
            self._look.clear()
            wait_ms = _LOOK_MS
            try:
                wait_ms = min(wait_ms, await self._round())
            except TrayAppError as trouble:
                log.warning("the phone cannot be told: %s", trouble)
            await self._clock.wait(self._look, wait_ms)

    async def _round(self) -> int:
        """Do what is due; returns in how many ms the next may be."""
        paired = self._line.paired_with()
        if not paired:  # perhaps for a while only: the keyring is locked
            return _LOOK_MS
        if paired != self._with:  # whoever is paired next is told anew
            for shown in list(self._open.values()):
                self._forget(shown)
            self._with = paired
        if self._paused():
            return _LOOK_MS
        waiting = self._waits.waiting()
        await self._take_back({one.id for one in waiting})
        for lost in [one for one in self._open.values() if one.delivery_id and self._line.is_lost(one.delivery_id)]:
            self._not_told(lost, again_ms=_AFTER_LOSS_MS)
        quiet = self._quiet()
        new = [one for one in waiting if one.id not in self._open and one.id not in quiet]
        left = [(self._due_in_ms(one), one) for one in new]
        due = [one for in_ms, one in left if in_ms <= 0]
        room = MOST_OPEN - len(self._open)
        for place, one in enumerate(due[: max(0, room)], start=1):
            last = place == min(room, len(due))
            await self._tell(one, more=len(due) - place if last else 0)
        return min((max(1, in_ms) for in_ms, _one in left if in_ms > 0), default=_LOOK_MS)

    def _due_in_ms(self, waiting: Waiting) -> int:
        after_ms = self._settings().after_ms(waiting.project)
        blocked_ms = self._not_before.get(waiting.id, 0) - self._clock.steady_ms()
        return max(after_ms - self._clock.age_ms(waiting.asked_ms), blocked_ms)

    async def _tell(self, waiting: Waiting, *, more: int) -> None:
        """Open before it is sent: its answer may be here first."""
        told = Told(waiting=waiting, code=self._memory.new_code(), told_ms=self._clock.now_ms())
        one = self._open[waiting.id] = _Open(told=told)
        try:
            receipt = await self._asked(one, more=more)
        except TrayAppError as trouble:
            log.warning("the phone could not be told of %s: %s", waiting.id, trouble)
            self._not_told(one)
            return
        if receipt.status in NOT_TOLD:
            log.warning("the phone could not be told of %s: %s", waiting.id, receipt.status)
            self._not_told(one)
        one.delivery_id = receipt.delivery_id

    async def _asked(self, one: _Open, *, more: int) -> Receipt:
        whole = self._settings().content is Content.WHOLE
        told = one.told
        receipt = await self._sent(told, Telling(words=self._words(), whole=whole, more=more))
        if receipt.status is Status.REFUSED and whole:  # it holds a secret, and the settings refuse such messages
            told = one.told = replace(told, waiting=only_denied(told.waiting))
            receipt = await self._sent(told, Telling(words=self._words(), whole=False, more=more))
        return receipt

    async def _sent(self, told: Told, telling: Telling) -> Receipt:
        waiting = told.waiting
        hidden = waiting.hidden
        masked = together((hidden.title, hidden.answers, *(hidden.details if telling.whole else ())))
        return await self._line.ask(message_of(told, telling), project=waiting.project, masked=masked)

    async def _take_back(self, waiting: set[str]) -> None:
        """What was settled elsewhere is gone from the chat, else the chat hears of it."""
        for one in [one for one in self._open.values() if one.told.waiting.id not in waiting]:
            self._forget(one)
            if one.here or not one.delivery_id or await self._line.recall(one.delivery_id):
                continue
            fate = self._waits.fate(one.told.waiting)
            if fate is not None:
                said = text("phone.settled", title=plain_title(one.told.waiting), fate=fate)
                masked = one.told.waiting.hidden.title
                await self._line.ask(TextMessage(content=self._words()(said)), masked=masked)
        self._not_before = {name: ms for name, ms in self._not_before.items() if name in waiting}

    def _not_told(self, one: _Open, *, again_ms: int = _AGAIN_MS) -> None:
        """It makes room for others, and is told again later, under another code."""
        self._not_before[one.told.waiting.id] = self._clock.steady_ms() + again_ms
        self._forget(one)

    def _forget(self, one: _Open) -> None:
        self._open.pop(one.told.waiting.id, None)
        self._remember(one.told)

    def _remember(self, told: Told) -> None:
        self._past[told.code] = told
        while len(self._past) > _MOST_PAST:
            self._past.popitem(last=False)
