"""Gives the owner's own words to a session that is done, through the hook of its last turn, which waits here for them.

Each is on record before the hook has it, and is given once: after that it arrives or is said to be perhaps lost. Who
waits goes with the app: the hook's connection ends, and with it the hook.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace

from tray_app.core.delivery.delivery import Source
from tray_app.core.follow_ups.follow_up import MOST_WORDS, WAKES_WITHIN_MS, Fate, FollowUp, can_be_given, step
from tray_app.core.follow_ups.waiters import Waiter, Waiters
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Catalog, text
from tray_app.core.sessions.live.events import HookEvent, Prompted, SessionEnded
from tray_app.core.sessions.session import Session, SessionState
from tray_app.core.settings.settings import Settings
from tray_app.services.follow_ups.memory import FollowUpMemory
from tray_app.services.follow_ups.records import FollowUpLog, FollowUpRecords
from tray_app.services.ports import Clock

log = logging.getLogger(__name__)
_HOUR_MS = 3_600_000
_LOOK_MS = 60_000
_BUSY_MS = 5_000  # the registry may still say "busy" when the turn's end was told
_MOST_PAST = 100


@dataclass(slots=True, kw_only=True, eq=False)
class _Waiting:
    """`words` are what the hook passes on, once it is `over`; `taken` while words for it are being kept.

    `given` says which these are.
    """

    waiter: Waiter
    over: asyncio.Event = field(default_factory=asyncio.Event)
    words: str = ""
    given: FollowUp | None = None
    taken: bool = False
    busy_since: int | None = None  # steady ms


class FollowUps:
    """Lives on the engine's loop."""

    def __init__(
        self,
        *,
        records: FollowUpLog,
        memory: FollowUpMemory,
        lasting: Callable[[], Awaitable[None]],
        clock: Clock,
        settings: Callable[[], Settings],
        session: Callable[[str], Session | None],
        words: Callable[[], Catalog],
        masked: Callable[[str], str],
        new_id: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        """`lasting` waits until what was kept is on the disk; `words` are what agents read; `masked` hides secrets.

        `lost` hears of words that perhaps did not arrive; whoever tells the owner sets it.
        """
        self._records = FollowUpRecords(records, clock, settings=settings, masked=masked, new_id=new_id)
        self._memory = memory
        self._lasting = lasting
        self._clock = clock
        self._settings = settings
        self._session = session
        self._words = words
        self._new_id = new_id
        self._changed = changed
        self.lost: Callable[[FollowUp], None] = lambda follow_up: log.warning("words perhaps lost: %s", follow_up.id)
        self._waiters = Waiters()
        self._waiting: dict[str, _Waiting] = {}  # by the waiter's id
        self._past: OrderedDict[str, FollowUp] = OrderedDict()  # the last one of each session
        self._stirred = asyncio.Event()

    def waiting(self) -> tuple[Waiter, ...]:
        """Whoever can be given words now, the one that has waited longest first."""
        free = (one.waiter for one in self._waiting.values() if not one.taken)
        return tuple(waiter for waiter in free if not self._works(waiter.session))

    def waiter(self, session_id: str) -> Waiter | None:
        """The hook of this session, where it can be given words now."""
        return next((one for one in self.waiting() if one.session == session_id), None)

    def last(self, session_id: str) -> FollowUp | None:
        """What became of the last words for it, as long as this is remembered."""
        return self._past.get(session_id)

    @property
    def is_on(self) -> bool:
        """Whether the owner wants this."""
        return self._settings().questions.follow_ups

    async def wait(self, agent: str, session_id: str) -> str | None:
        """Wait for words, as the hook of a turn that has ended; None: there are none. Cancelled where it is gone."""
        if not self.is_on:
            return None
        waiter = Waiter(id=self._new_id(), agent=agent, session=session_id, since_ms=self._clock.now_ms())
        one = self._waiting[waiter.id] = _Waiting(waiter=waiter)
        self._woke(session_id)  # it has done a turn since
        self._waiters, ended = self._waiters.arrived(waiter)
        self._end(ended)
        self._changed()
        try:
            await self._clock.wait(one.over, self._settings().questions.follow_up_h * _HOUR_MS)
        except asyncio.CancelledError:
            self._lose(lambda follow_up: one.given is not None and follow_up.id == one.given.id)
            raise
        finally:
            self._waiters = self._waiters.left(waiter)
            self._waiting.pop(waiter.id, None)
            one.over.set()
            self._changed()
        return one.words or None

    async def give(
        self, session_id: str, words: str, *, by: Source, waiter_id: str | None = None, whose: str = ""
    ) -> FollowUp:
        """Give these words to the session, or to this one hook of it alone; `whose` are those from a phone.

        Raises TrayAppError: it does not wait, somebody is just doing so, the words are none, or nothing can be kept.
        """
        if not can_be_given(words):
            raise TrayAppError(text("follow_ups.unfit"), text("follow_ups.unfit_hint", most=MOST_WORDS))
        one = self._free(session_id, waiter_id)
        follow_up = FollowUp(
            id=self._new_id(),
            session=session_id,
            project=self.project(session_id),
            by=by,
            at_ms=self._clock.now_ms(),
            whose=whose,
        )
        one.taken = True
        try:
            await self._record(follow_up, words, one.waiter.agent)
        finally:
            one.taken = False
        if one.over.is_set():
            gone = self._gone(session_id)
            self._memory.forget(follow_up)
            self._records.not_given(follow_up, gone.reason)
            raise gone
        one.words = self._words()(text("follow_ups.to_agent", words=words.strip()))
        one.over.set()
        one.given = self._become(follow_up, Fate.GIVEN)
        return one.given

    def hear(self, event: HookEvent) -> None:
        """Take a hook's word: a session that was given a prompt, or has ended, waits no more."""
        if event.agent_id or not isinstance(event.what, Prompted | SessionEnded):
            return
        if isinstance(event.what, SessionEnded):
            self.over(event.session_id)
            return
        self._goes_on(event.session_id)
        self._woke(event.session_id)

    def over(self, session_id: str) -> None:
        """This session has ended: it waits no more, and words that it has not woken with are perhaps lost."""
        self._goes_on(session_id)
        self._lose(lambda follow_up: follow_up.session == session_id)

    def look(self) -> None:
        """Settings or what sessions do may have changed."""
        if self._waiting or self._memory.open:
            self._stirred.set()

    async def run(self) -> None:
        """Say what the last run left open, and see what becomes of each, for ever."""
        while True:
            self._stirred.clear()
            await self._clock.wait(self._stirred, self._round())

    def project(self, session_id: str) -> str:
        """Name the project of a session."""
        session = self._session(session_id)
        return session.project if session is not None else ""

    def _round(self) -> int:
        """Look at all; returns in how many ms to look again."""
        for left in self._memory.take_left():
            self._become(left, Fate.LOST)
        if not self.is_on:
            self._waiters, ended = self._waiters.none()
            self._end(ended)
        return min([_LOOK_MS, *self._look_at_busy(), *self._look_at_open()])

    def _look_at_busy(self) -> Iterable[int]:
        """A session that has worked for a while was told to by its person: its hook waits for nothing."""
        now = self._clock.steady_ms()
        for one in list(self._waiting.values()):
            if not self._works(one.waiter.session):
                one.busy_since = None
                continue
            one.busy_since = now if one.busy_since is None else one.busy_since
            left_ms = one.busy_since + _BUSY_MS - now
            if left_ms > 0:
                yield left_ms
            else:
                self._goes_on(one.waiter.session)

    def _look_at_open(self) -> Iterable[int]:
        for follow_up in self._memory.open:
            left_ms = WAKES_WITHIN_MS - self._clock.age_ms(follow_up.at_ms)
            if follow_up.fate is Fate.KEPT:
                continue  # whoever gives it knows how it goes
            if self._works(follow_up.session):
                self._become(follow_up, Fate.WOKEN)
            elif left_ms <= 0:
                self._become(follow_up, Fate.LOST)
            else:
                yield left_ms

    def _free(self, session_id: str, waiter_id: str | None) -> _Waiting:
        if not self.is_on:
            raise TrayAppError(text("follow_ups.off"), text("follow_ups.off_hint"))
        waiter = self._waiters.of(session_id)
        one = None if waiter is None else self._waiting.get(waiter.id)
        if one is None or one.over.is_set() or self._works(session_id) or waiter_id not in {None, one.waiter.id}:
            raise self._gone(session_id)
        if one.taken:
            raise TrayAppError(
                text("follow_ups.taken", project=self.project(session_id) or "-"), text("follow_ups.not_waiting_hint")
            )
        return one

    def _gone(self, session_id: str) -> TrayAppError:
        session = self._session(session_id)
        ended = session is not None and session.state is SessionState.ENDED
        entry = "ended" if ended else "working" if self._works(session_id) else "not_waiting"
        reason = text(f"follow_ups.{entry}", project=self.project(session_id) or "-")
        return TrayAppError(reason, text("follow_ups.not_waiting_hint"))

    def _works(self, session_id: str) -> bool:
        session = self._session(session_id)
        return session is not None and session.state in {SessionState.WORKING, SessionState.WAITING}

    async def _record(self, follow_up: FollowUp, words: str, agent: str) -> None:
        """Have it on the disk; whatever else happens, it is not under way, and a line that says so stands by it."""
        kept = False
        try:
            self._memory.keep(follow_up)
            self._records.given(follow_up, words, agent)
            kept = True
            await self._lasting()
        except BaseException as trouble:
            self._memory.forget(follow_up)
            if kept:
                unsaid = text("follow_ups.not_given", project=follow_up.project or "-")
                self._records.not_given(follow_up, trouble.reason if isinstance(trouble, TrayAppError) else unsaid)
            raise

    def _goes_on(self, session_id: str) -> None:
        self._waiters, ended = self._waiters.over(session_id)
        self._end(ended)

    def _lose(self, which: Callable[[FollowUp], bool]) -> None:
        """Say of those that were given, and have woken nobody, that they are perhaps lost."""
        for follow_up in self._memory.open:
            if follow_up.fate is Fate.GIVEN and which(follow_up):
                self._become(follow_up, Fate.LOST)

    def _woke(self, session_id: str) -> None:
        for follow_up in self._memory.open:
            if follow_up.session == session_id and follow_up.fate is Fate.GIVEN:
                self._become(follow_up, Fate.WOKEN)

    def _become(self, follow_up: FollowUp, fate: Fate) -> FollowUp:
        """Take the step, and tell whoever shows it."""
        now = replace(follow_up, fate=step(follow_up.fate, fate))
        if now.is_open:
            self._memory.note(now)
        else:
            self._memory.forget(now)
        self._past[now.session] = now
        self._past.move_to_end(now.session)
        while len(self._past) > _MOST_PAST:
            self._past.popitem(last=False)
        if fate is Fate.LOST:
            self._records.lost(now)
            self.lost(now)
        self._stirred.set()
        self._changed()
        return now

    def _end(self, ended: Iterable[Waiter]) -> None:
        for waiter in ended:
            one = self._waiting.get(waiter.id)
            if one is not None:
                one.over.set()
