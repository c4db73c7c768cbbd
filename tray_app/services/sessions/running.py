"""Which sessions run and what each does: hooks, registry and transcripts put together, one session after the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from tray_app.core.sessions.live.events import HookEvent
from tray_app.core.sessions.live.live import Live, by_hook, by_process, by_transcript, merged
from tray_app.core.sessions.live.scan import LiveProcess
from tray_app.core.sessions.live.signals import Ended, Signal
from tray_app.core.sessions.session import PendingCall, Session
from tray_app.services.ports import Clock
from tray_app.services.sessions.cache import SessionCache

_GOODBYE_MS = 3_000  # a hook that tells why a session ended may come after its process is gone
_SILENT_MS = 6 * 3_600_000  # a session that only hooks told of, and that nobody heard of since
_MOST_LIVE = 200
_MOST_ENDED = 500


class HearCalls(Protocol):
    """Hears that the calls of a session that have no result yet are others than before."""

    def __call__(self, session_id: str, *, before: Sequence[PendingCall], now: Sequence[PendingCall]) -> None:
        """Take it."""
        ...


def nobody(session_id: str, *, before: Sequence[PendingCall], now: Sequence[PendingCall]) -> None:
    """Let it pass."""


class RunningSessions:
    """`live` are those that run, or have ended and are still told of; `ended` the last of the others."""

    def __init__(
        self, cache: SessionCache, clock: Clock, *, heard: Callable[[Live, Signal], None], calls: HearCalls
    ) -> None:
        """Nobody runs. `heard` gets every signal with its session, `calls` its calls where they change."""
        self.live: dict[str, Live] = {}
        self.ended: dict[str, Live] = {}
        self._cache = cache
        self._clock = clock
        self._heard, self._calls = heard, calls
        self._pending: dict[str, Sequence[PendingCall]] = {}  # of each session, as last read
        self._began_ms = clock.now_ms()
        self._alive_at: dict[str, int] = {}  # steady time of each live session's last sign of life
        self._missed_at: dict[str, int] = {}  # steady time at which a live session's process was missed first

    def hooked(self, session_id: str) -> None:
        """From now on its hooks tell when its turns end, and the registry does not."""
        live = self.live.get(session_id)
        if live is not None:
            self.live[session_id] = replace(live, hooked=True)

    @property
    def some_are_missed(self) -> bool:
        """Whether a process is gone and its session not ended yet."""
        return bool(self._missed_at)

    def known(self, session_id: str) -> Live | None:
        """One that runs, or has run lately."""
        return self.live.get(session_id) or self.ended.get(session_id)

    def see_processes(self, processes: Sequence[LiveProcess]) -> None:
        """Take the registry: all that run now."""
        now_ms = self._clock.now_ms()
        for process in processes:
            name = process.session_id
            ended = self.ended.get(name)
            if ended is not None and ended.pid == process.pid and process.updated_ms <= (ended.ended_ms or 0):
                continue  # its hook was quicker than the end of its process
            live = self.live.get(name) or Live(session_id=name, since_ms=process.updated_ms or now_ms)
            already = live.process is None and 0 < process.updated_ms <= self._began_ms  # before this app began
            self._take(*by_process(live, process, at_ms=now_ms, already=already))
        self._miss({process.session_id: process.pid for process in processes}, now_ms)

    def _miss(self, running: Mapping[str, int], now_ms: int) -> None:
        """End sessions whose process is gone without a word, after a while in which that word may come."""
        now = self._clock.steady_ms()
        for name, live in list(self.live.items()):
            if name in running:
                self._missed_at.pop(name, None)
            elif live.process is None:
                if now - self._alive_at[name] > _SILENT_MS:
                    del self.live[name]
            elif live.ended_ms is None and now - self._missed_at.setdefault(name, now) >= _GOODBYE_MS:
                self.live[name] = replace(live, ended_ms=now_ms, goes_on=live.pid in running.values())

    def read(self, sessions: Mapping[str, Session], *, complete: bool) -> None:
        """Take what transcripts tell of those that run; `complete`: up to their ends."""
        for name, session in sessions.items():
            live = self.live.get(name)
            if live is not None:
                if complete:
                    self._compare_calls(name, session.pending)
                self._take(*by_transcript(live, session, at_ms=self._clock.now_ms(), since_ms=self._began_ms))

    def _compare_calls(self, name: str, now: Sequence[PendingCall]) -> None:
        before = self._pending.pop(name, ())
        if now:
            self._pending[name] = now
        if before and before != now:
            self._calls(name, before=before, now=now)

    def hear(self, heard: Sequence[tuple[HookEvent, int]]) -> None:
        """Take the hooks' words after the transcripts: a turn's end is judged by the prompt that began it."""
        for event, at_ms in heard:
            name = event.session_id
            live = self.live.get(name) or self.ended.get(name)
            if live is None and len(self.live) >= _MOST_LIVE:
                continue
            live, signals = by_hook(live or Live(session_id=name, since_ms=at_ms), event, at_ms=at_ms)
            if name in self.ended and live.ended_ms is not None:
                continue  # a late word of a session that is over
            self._take(live, signals)

    def finish(self) -> None:
        """Let go of sessions that have ended; call it once what they wrote last is read."""
        for name, live in [entry for entry in self.live.items() if entry[1].ended_ms is not None]:
            del self.live[name]
            self._missed_at.pop(name, None)
            self._pending.pop(name, None)
            self.ended[name] = live
            if len(self.ended) > _MOST_ENDED:
                del self.ended[next(iter(self.ended))]
            self._cache.over(name)
            started_ms, ended_ms = merged(live, self._cache.newest.get(name)).started_ms, live.ended_ms or 0
            lasted_ms = ended_ms - started_ms if started_ms else 0
            end = Ended(at_ms=ended_ms, lasted_ms=lasted_ms, reason=live.end_reason, goes_on=live.goes_on)
            self._heard(live, end)

    def _take(self, live: Live, signals: Sequence[Signal]) -> None:
        self.ended.pop(live.session_id, None)
        self._cache.waits.see(self.live.get(live.session_id), live)
        self.live[live.session_id] = live
        self._alive_at[live.session_id] = self._clock.steady_ms()
        for signal in signals:
            self._heard(live, signal)
