"""Follows the sessions of coding agents: hooks, registry and transcripts, put together."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from tray_app.core.sessions.codec import to_data
from tray_app.core.sessions.live.events import HookEvent, ToolCalled
from tray_app.core.sessions.live.live import Live, merged, view
from tray_app.core.sessions.live.signals import Signal
from tray_app.core.sessions.live.view import DayView, SessionView
from tray_app.core.sessions.ranges import WaitSpan
from tray_app.core.sessions.session import Session, SessionState
from tray_app.core.sessions.usage.prices import priced
from tray_app.core.settings.prices import OwnPrices
from tray_app.services.ports import Clock
from tray_app.services.sessions.agents import EveryAgent, WatchedAgent
from tray_app.services.sessions.cache import Archive, SessionCache
from tray_app.services.sessions.call_index import CallIndex
from tray_app.services.sessions.places import Places
from tray_app.services.sessions.running import HearCalls, RunningSessions, nobody

log = logging.getLogger(__name__)
_LOOK_MS = 250  # between two looks while sessions run
_NOBODY_MS = 3_000  # while none does: only the registry is looked at
_WATCHED_MS = 3_000  # the same two where the system tells what stirs: processes end, and networks tell nothing
_WATCHED_NOBODY_MS = 10_000
_REGISTRY_MS = 1_000
_WAITING_MS = 400  # the same while somebody is asked: what the terminal has answered waits nowhere after a second
_RESTING_MS = 2_000  # the same while nobody works
_SCAN_MS = 2_000  # between two whole scans where nothing stirs: new files of sub-agents, a transcript seen late
_MOST_HOOKS = 1_000
_ORDER = (SessionState.WAITING, SessionState.WORKING, SessionState.IDLE, SessionState.ENDED)


class SessionTracker:
    """Runs on the engine's loop: `on_hook()` and `run()` feed it, everybody else reads."""

    def __init__(
        self,
        *,
        agents: Sequence[WatchedAgent],
        archive: Archive,
        clock: Clock,
        places: Places,
        local_day: Callable[[int], str],
        prices: Callable[[], OwnPrices],
        heard: Callable[[Live, Signal], None],
        changed: Callable[[], None],
        calls: HearCalls = nobody,
    ) -> None:
        """`agents`: every kind that is watched; `heard` gets every signal with its session, `calls` its calls.

        `places` knows each folder's project, `prices` what the owner says now that models cost.
        `changed` hears that a face should be drawn anew.
        """
        self._records = EveryAgent(agents)
        self.titles: Mapping[str, str] = {one.name: one.title for one in agents}  # what people call each kind
        self._clock = clock
        self._changed = changed
        self._prices, self._places = prices, places
        self._cache = SessionCache(archive, clock, local_day=local_day, prices=prices)
        self._running = RunningSessions(self._cache, clock, heard=heard, calls=calls)
        self._live = self._running.live
        self._looked_at: int | None = None
        self._scanned_at = 0
        self._watched = self._owed = False  # whether the system tells; whether it has since the look at the registry
        self._complete = False
        self._heard_hooks: list[tuple[HookEvent, int]] = []
        self._stirred = asyncio.Event()
        self._looking = asyncio.Lock()
        self._shown: object = None
        self.call_index = CallIndex(find_call=self._records.find_call, clock=clock, anybody=lambda: bool(self._live))

    def on_hook(self, event: HookEvent) -> None:
        """Take one event of a hook; returns at once."""
        if isinstance(event.what, ToolCalled):
            self.call_index.told(event.what.tool_use_id, event.session_id)
        self._running.hooked(event.session_id)
        if len(self._heard_hooks) < _MOST_HOOKS:
            self._heard_hooks.append((event, self._clock.now_ms()))
        self._looked_at = None
        self._stirred.set()

    async def run(self) -> None:
        """Look again and again: at once after a hook, often while sessions run, seldom while there are none."""
        while True:
            self._stirred.clear()
            try:
                await self.look()
                self._watched = await self._records.watch(frozenset(self._live), self._on_stir)
            except Exception:
                log.exception("sessions could not be looked at")
            await self._clock.wait(self._stirred, self._rest_ms())

    def _rest_ms(self) -> int:
        """How long nobody has to look."""
        if not self._complete or self._cache.owes:
            return 1
        if not self._watched:
            return _LOOK_MS if self._live else _NOBODY_MS
        rest_ms = _WATCHED_MS if self._live else _WATCHED_NOBODY_MS
        if self._owed or self._running.some_are_missed:
            since_ms = self._clock.steady_ms() - (self._looked_at or 0)
            rest_ms = min(rest_ms, max(1, self._registry_ms() - since_ms))
        return rest_ms

    def _on_stir(self) -> None:
        """Something was written: by whom, the look says; what the registry says may have to wait for its turn."""
        self._owed = True
        self._stirred.set()

    async def look(self) -> None:
        """Look once at everything that may have changed."""
        async with self._looking:
            looked, heard = await self._look_at_registry(), self._take_heard()
            running = frozenset({*self._live, *(event.session_id for event, _ in heard)})
            owes = self._cache.owes  # then it is kept, piece by piece, before more is read
            scanned = bool(heard) or (not owes and (not self._complete or await self._due(running)))
            if scanned:
                await self._scan(running)
            if not (looked or scanned or owes):
                return  # a glance that saw nothing: four times a second, so it must cost nothing more
            await self._places.learn(event.project_dir or event.cwd for event, _ in heard)
            self._running.hear(heard)
            if self._complete:
                self._running.finish()
            self._cache.save(self._measured, needed=self._live)
            self._show()

    def stop(self) -> None:
        """Keep what is not kept yet."""
        self._cache.save(self._measured, force=True)

    async def close(self) -> None:
        """Stop reading."""
        await self._records.close()

    def live(self) -> list[Session]:
        """Sessions that run now: those that wait for the person first, then those that work, the newest first."""
        running = {name: live for name, live in self._live.items() if live.ended_ms is None}
        prices = self._prices()
        sessions = [priced(prices, self._whole(live, name)) for name, live in running.items()]
        return sorted(sessions, key=lambda session: (_ORDER.index(session.state), -session.last_ms))

    def session(self, session_id: str) -> Session | None:
        """One session as last seen, running or not, at the owner's prices; None where nothing is known of it."""
        found = self._measured(session_id)
        return None if found is None else priced(self._prices(), found)

    def _measured(self, session_id: str) -> Session | None:
        """One session as it is kept: at list price."""
        live = self._running.known(session_id)
        if live is not None:
            return self._whole(live, session_id)
        found = self._cache.newest.get(session_id)
        return None if found is None else self._places.of(found)

    def _whole(self, live: Live, session_id: str) -> Session:
        return self._places.of(merged(live, self._cache.newest.get(session_id)))

    async def measured(self, session_id: str) -> Session | None:
        """One session with what it has written up to now, and how many messages of it have arrived."""
        async with self._looking:
            await self._scan(frozenset({*self._live, session_id}))
        session = self.session(session_id)
        return None if session is None else self._cache.with_messages([session])[0]

    def listing(self, *, everything: bool, limit: int) -> list[dict[str, object]]:
        """Sessions as `sessions --json` prints them: live ones, then (`everything`) past ones, the newest first."""
        shown = [to_data(session) for session in self._cache.with_messages(self.live())]
        if not everything:
            return shown[:limit]
        return [*shown, *self._cache.past(self.session, limit=limit, without=set(self._live))][:limit]

    def views(self) -> tuple[SessionView, ...]:
        """Live sessions for the snapshot."""
        return tuple(view(self._live[session.session_id], session) for session in self.live())

    @property
    def kept(self) -> int:
        """How often figures were kept."""
        return self._cache.kept

    def hurry(self) -> None:
        """Somebody looks at what is kept: keep what is new, if that is not done already."""
        self._cache.hurry(self._measured, needed=self._live)

    @property
    def caught_up(self) -> bool:
        """Whether all records were read since the start, and nearly all of them are kept."""
        return self._complete and not self._cache.is_behind

    def keep_now(self) -> None:
        """Keep all that is new, before somebody sums it up."""
        self._cache.save(self._measured, force=True, needed=self._live)

    def fresh_waits(self, session_id: str) -> list[WaitSpan]:
        """Waits that are over and not kept yet."""
        return self._cache.waits.of(session_id)

    def today(self) -> DayView:
        """What was used today."""
        return self._cache.today()

    async def _look_at_registry(self) -> bool:
        """Where it is time: sooner while somebody works, for then somebody may be asked."""
        now = self._clock.steady_ms()
        if self._looked_at is not None and now - self._looked_at < self._registry_ms():
            return False
        self._looked_at, self._owed = now, False
        processes = await self._records.live()
        await self._places.learn(process.cwd for process in processes)
        self._running.see_processes(processes)
        return True

    def _registry_ms(self) -> int:
        states = {live.state for live in self._live.values()}
        if SessionState.WAITING in states:
            return _WAITING_MS
        return _RESTING_MS if states <= {SessionState.IDLE} else _REGISTRY_MS

    def _take_heard(self) -> list[tuple[HookEvent, int]]:
        heard, self._heard_hooks = self._heard_hooks, []
        return heard

    async def _due(self, running: frozenset[str]) -> bool:
        """Whether to scan: something was written, or it is time to look for what a glance does not see."""
        if not running:
            return False
        return self._clock.steady_ms() - self._scanned_at >= _SCAN_MS or await self._records.stirred(running)

    async def _scan(self, running: frozenset[str]) -> None:
        """Read on. A fault of a reader does not keep hooks from being heard."""
        self._scanned_at = self._clock.steady_ms()
        scan = await self._records.scan(live=running)
        lacking = self._cache.lacking(scan.known)
        if lacking:
            await self._records.tell(lacking)
        self._complete = scan.complete and not lacking
        for note in scan.notes:
            log.info("%s", note)
        await self._places.learn(session.cwd for session in scan.changed.values())
        self._cache.take(scan)
        moved = self._cache.keep_again(self._places.take_late())
        self._places.recall([*scan.changed.values(), *moved])
        self._running.read(scan.changed, complete=self._complete)
        newest = self._cache.newest
        unread = [name for name, live in self._live.items() if not live.last_ms and name in newest]
        missed = {name: newest[name] for name in unread}
        self._running.read(missed, complete=self._complete)  # read before they were known to run

    def _show(self) -> None:
        """Tell only where a face would look different; minutes count, seconds do not."""
        shown = (self.views(), self.today(), self._clock.now_ms() // 60_000 if self._live else 0)
        if shown != self._shown:
            self._shown = shown
            self._changed()
