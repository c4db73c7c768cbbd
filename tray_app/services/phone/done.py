"""Sessions that are done, as the phone knows them: each by a code for this turn alone, told where the owner wants it.

A code is for one hook that waits, one robot and one person. While paused the phone is told nothing first.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from tray_app.core.delivery.delivery import Source
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.follow_ups.follow_up import FollowUp
from tray_app.core.follow_ups.waiters import Waiter
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.messages.message import TextMessage
from tray_app.core.phone.message import Telling, done_message, plainly
from tray_app.core.phone.resolve import Told
from tray_app.core.phone.shown import without_secrets
from tray_app.core.phone.typed import Continued
from tray_app.core.phone.waiting import from_session
from tray_app.core.redaction.kinds import together
from tray_app.core.redaction.redact import Redacted
from tray_app.core.sessions.session import Session
from tray_app.core.settings.phone import Content, PhoneSettings
from tray_app.services.follow_ups.follow_ups import FollowUps
from tray_app.services.phone.memory import PhoneMemory
from tray_app.services.phone.ports import PhoneLine
from tray_app.services.ports import Clock

log = logging.getLogger(__name__)
MOST_LISTED = 10
_MOST_CODES = 200
_LOOK_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneRules:
    """What the owner's settings say at this moment; `quiet`: of this session and project nothing is told."""

    settings: Callable[[], PhoneSettings]
    paused: Callable[[], bool]
    quiet: Callable[[str, str], bool]
    masked: Callable[[str], Redacted]
    words: Callable[[], Catalog]


class DoneSessions:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        line: PhoneLine,
        follow_ups: FollowUps,
        session: Callable[[str], Session | None],
        memory: PhoneMemory,
        rules: PhoneRules,
        clock: Clock,
    ) -> None:
        """Nothing is told yet."""
        self._line = line
        self._follow_ups = follow_ups
        self._session = session
        self._memory = memory
        self._rules = rules
        self._clock = clock
        self._with = ""  # whose codes these are
        self._codes: OrderedDict[str, Waiter] = OrderedDict()
        self._told: dict[str, str] = {}  # the message of each, by the waiter's id; empty: it was not sent
        self._lost: list[FollowUp] = []
        self._look = asyncio.Event()

    def look(self) -> None:
        """A session may be done, or go on, or the owner's settings may have changed."""
        if self._told or self._lost or self._follow_ups.waiting():
            self._look.set()

    def lost(self, follow_up: FollowUp) -> None:
        """Words from the phone perhaps did not arrive: it hears so, as soon as it may be told something."""
        if follow_up.by == Source.PHONE:
            self._lost.append(follow_up)
            self._look.set()

    async def run(self) -> None:
        """Tell and take back, for ever."""
        while True:
            self._look.clear()
            wait_ms = _LOOK_MS
            try:
                wait_ms = await self._round()
            except TrayAppError as trouble:
                log.warning("the phone cannot be told of sessions that are done: %s", trouble)
            await self._clock.wait(self._look, wait_ms)

    async def give(self, said: Continued) -> Text | str:
        """Give these words to the session of this code, and say what came of it."""
        self._know_whose()
        if not said.code:
            return self._which()
        waiter = self._codes.get(said.code)
        if waiter is None:
            return text("phone.continue_unknown" if self._memory.gave(said.code) else "phone.unclear_foreign")
        if not said.words:
            return text("phone.continue_no_words", code=said.code)
        try:
            given = await self._follow_ups.give(waiter.session, said.words, by=Source.PHONE, waiter_id=waiter.id)
        except TrayAppError as trouble:
            return trouble.reason
        return text("follow_ups.given", project=given.project or "-")

    def knows(self, code: str) -> bool:
        """Whether a session has, or had, this code."""
        self._know_whose()
        return code in self._codes

    def _which(self) -> Text | str:
        """Say which there are, each with its code."""
        words = self._rules.words()
        waiting = self._follow_ups.waiting()[:MOST_LISTED]
        if not waiting:
            return text("phone.continue_none" if self._follow_ups.is_on else "follow_ups.off")
        lines = [
            words(
                text(
                    "phone.continue_line",
                    code=self._code(waiter),
                    project=self._rules.masked(self._follow_ups.project(waiter.session) or "-").text,
                )
            )
            for waiter in waiting
        ]
        return "\n".join([words("phone.continue_which"), *lines])

    def _code(self, waiter: Waiter) -> str:
        """Give the code of this one, drawn when it is first needed."""
        known = next((code for code, one in self._codes.items() if one == waiter), "")
        if known:
            return known
        code = self._memory.new_code()
        self._codes[code] = waiter
        while len(self._codes) > _MOST_CODES:
            self._codes.popitem(last=False)
        return code

    def _know_whose(self) -> None:
        paired = self._line.paired_with()
        if paired != self._with:
            self._with = paired
            self._codes.clear()
            self._told.clear()

    async def _round(self) -> int:
        """Do what is due; returns in how many ms to look again."""
        self._know_whose()
        if not self._with or self._rules.paused():
            return _LOOK_MS
        while self._lost:
            await self._line.ask(TextMessage(content=plainly(self._rules.words()(self._lost.pop(0).said))))
        waiting = self._follow_ups.waiting()
        await self._take_back({waiter.id for waiter in waiting})
        return min([_LOOK_MS, *[await self._when_due(one) for one in waiting if one.id not in self._told]])

    async def _when_due(self, waiter: Waiter) -> int:
        """Tell of it, if it is time; else say in how many ms it is."""
        settings = self._rules.settings()
        session = self._session(waiter.session)
        if not settings.done or session is None or self._rules.quiet(waiter.session, session.project):
            return _LOOK_MS
        left_ms = settings.after_ms(session.project) - self._clock.age_ms(waiter.since_ms)
        if left_ms > 0:
            return left_ms
        self._told[waiter.id] = ""  # once, also where it cannot be sent
        receipt = await self._tell(session, waiter, whole=settings.content is Content.WHOLE)
        self._told[waiter.id] = receipt.delivery_id
        return _LOOK_MS

    async def _tell(self, session: Session, waiter: Waiter, *, whole: bool) -> Receipt:
        waiting = without_secrets(from_session(session, since_ms=waiter.since_ms), self._rules.masked)
        told = Told(waiting=waiting, code=self._code(waiter), told_ms=self._clock.now_ms())
        hidden = waiting.hidden
        masked = together((hidden.title, *(hidden.details if whole else ())))
        message = done_message(told, Telling(words=self._rules.words(), whole=whole))
        receipt = await self._line.ask(message, project=waiting.project, masked=masked)
        if receipt.status is Status.REFUSED and whole:  # it holds a secret, and the settings refuse such messages
            return await self._tell(session, waiter, whole=False)
        return receipt

    async def _take_back(self, waiting: set[str]) -> None:
        """What waits no more is gone from the chat, where that can be done."""
        for waiter_id in [one for one in self._told if one not in waiting]:
            delivery_id = self._told.pop(waiter_id)
            if delivery_id:
                await self._line.recall(delivery_id)
