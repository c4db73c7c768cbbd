"""Sessions that are done, as the phone knows them: each by a code for this turn alone, told where the owner wants it.

A code is for one hook that waits, one robot and one person. While paused the phone is told nothing first.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable

from tray_app.core.delivery.delivery import Source
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.follow_ups.follow_up import FollowUp
from tray_app.core.follow_ups.waiters import Waiter
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Text, text
from tray_app.core.kernel.words import fit
from tray_app.core.phone.message import Telling, done_message
from tray_app.core.phone.resolve import Told
from tray_app.core.phone.shown import text_without_secrets, without_secrets
from tray_app.core.phone.typed import Continued
from tray_app.core.phone.waiting import from_session
from tray_app.core.redaction.kinds import together
from tray_app.core.sessions.figures import duration
from tray_app.core.sessions.session import Session
from tray_app.core.settings.phone import Content
from tray_app.services.follow_ups.follow_ups import FollowUps
from tray_app.services.phone.lost import LostWords
from tray_app.services.phone.memory import PhoneMemory
from tray_app.services.phone.ports import PhoneLine
from tray_app.services.phone.rules import PhoneRules
from tray_app.services.ports import Clock

log = logging.getLogger(__name__)
MOST_LISTED = 10
_MOST_CODES = 200
_LOOK_MS = 60_000
_GONE_MS = 6_000  # a hook that is being given words, or whose session is busy for a moment, may wait again


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
        self._told: dict[str, str] = {}  # by the waiter's id: its message; empty: none is in the chat
        self._missing: dict[str, int] = {}  # since when (steady ms) such a waiter cannot be given words
        self._lost = LostWords(line, rules, clock)
        self._look = asyncio.Event()

    def look(self) -> None:
        """A session may be done, or go on, or the owner's settings may have changed."""
        if any(self._told.values()) or self._lost or self._follow_ups.waiting():
            self._look.set()

    def lost(self, follow_up: FollowUp) -> None:
        """Words from the phone perhaps did not arrive: it hears so, as soon as it may be told something."""
        if follow_up.by == Source.PHONE:
            self._lost.add(follow_up)
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
            return text("phone.continue_unknown" if self._memory.gave(said.code) else "phone.continue_foreign")
        if not said.words:
            return text("phone.continue_no_words", code=said.code)
        named = self._named(waiter)
        try:
            await self._follow_ups.give(
                waiter.session, said.words, by=Source.PHONE, waiter_id=waiter.id, whose=self._with
            )
        except TrayAppError as trouble:
            return text_without_secrets(trouble.reason, self._rules.masked)[0]
        return text("follow_ups.given", project=named)

    def knows(self, code: str) -> bool:
        """Whether a session has, or had, this code."""
        self._know_whose()
        return code in self._codes

    def _which(self) -> Text | str:
        """Say which there are, each with its code, the newest first."""
        words = self._rules.words()
        waiting = self._follow_ups.waiting()[::-1]
        if not waiting:
            return text("phone.continue_none" if self._follow_ups.is_on else "follow_ups.off")
        lines = [
            words("phone.continue_line", code=self._code(waiter), session=self._named(waiter))
            for waiter in waiting[:MOST_LISTED]
        ]
        if len(waiting) > MOST_LISTED:
            lines.append(words("phone.continue_more", count=len(waiting) - MOST_LISTED))
        return "\n".join([words("phone.continue_which"), *lines])

    def _named(self, waiter: Waiter) -> Text:
        """Tell it from others of its project: by its title, where such words go to the phone, and when it was done."""
        session, masked = self._session(waiter.session), self._rules.masked
        project = masked(self._follow_ups.project(waiter.session) or "-").text
        done = duration(self._clock.age_ms(waiter.since_ms))
        whole = session is not None and self._rules.settings().content is Content.WHOLE
        title = fit(masked(session.title).text) if session is not None and whole else ""
        if not title:
            return text("phone.continue_untitled", project=project, duration=done)
        return text("phone.continue_titled", project=project, title=title, duration=done)

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
        """Forget all of another person; nobody may be known for a while only: the keyring is locked."""
        paired = self._line.paired_with()
        if paired in {"", self._with}:
            return
        self._with = paired
        self._codes.clear()
        self._told.clear()

    def _may_tell(self) -> bool:
        self._know_whose()
        return bool(self._line.paired_with()) and not self._rules.paused()

    async def _round(self) -> int:
        """Do what is due; returns in how many ms to look again."""
        if not self._may_tell():
            return _LOOK_MS
        again_ms = await self._lost.tell(self._may_tell)
        waiting = self._follow_ups.waiting()
        gone_ms = await self._take_back({waiter.id for waiter in waiting})
        return min([again_ms, gone_ms, *[await self._when_due(one) for one in waiting if one.id not in self._told]])

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

    async def _take_back(self, waiting: set[str]) -> int:
        """What waits no more is gone from the chat, where that can be done; in how many ms to look again."""
        now, next_ms = self._clock.steady_ms(), _LOOK_MS
        gone = [name for name, delivery_id in self._told.items() if delivery_id and name not in waiting]
        self._missing = {name: self._missing.get(name, now) for name in gone}
        for name, since in list(self._missing.items()):
            left_ms = since + _GONE_MS - now
            if left_ms > 0:
                next_ms = min(next_ms, left_ms)
            elif delivery_id := self._told.get(name):
                self._told[name] = ""  # not told again, whatever comes
                await self._line.recall(delivery_id)
        past = [name for name, delivery_id in self._told.items() if not delivery_id and name not in waiting]
        for name in past[:-_MOST_CODES]:
            del self._told[name]
        return next_ms
