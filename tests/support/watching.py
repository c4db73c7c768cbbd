"""Tracking and notices at work: real database, door, channel and strict robot (`Office`), records kept in memory.

`MemoryRecords` keeps the contract of the real reader: only what changed since the last scan is handed over.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import anyio

from tests.support.catalogs import catalogs
from tests.support.clock import StepClock
from tests.support.office import NobodyInGit, Office, at_work
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.delivery import Delivery
from tray_app.core.kernel.texts import Language
from tray_app.core.notices.whose import rules_for
from tray_app.core.sessions.live.events import Event, HookEvent
from tray_app.core.sessions.live.scan import DayUsage, LiveProcess, Scan
from tray_app.core.sessions.place import Place, by_path
from tray_app.core.sessions.session import PendingCall, Session, Tokens
from tray_app.core.settings.notices import EndRule, KindRule, LastingRule, NoticeRules, NoticeSettings, WaitingRule
from tray_app.services.notices.mutes import Mutes
from tray_app.services.notices.notifier import Notifier
from tray_app.services.notices.summarizer import Summarizer
from tray_app.services.notices.worked import WorkedSessions
from tray_app.services.notices.writer import NoticeWriter
from tray_app.services.sessions.agents import WatchedAgent
from tray_app.services.sessions.attribution import Attribution
from tray_app.services.sessions.places import Places
from tray_app.services.sessions.queries import SessionQueries
from tray_app.services.sessions.tracker import SessionTracker

T = TypeVar("T")
CWD = "/home/someone/code/api"
WORDS = catalogs()[Language.ZH]


def shanghai(at_ms: int) -> datetime:
    """Local time of the tests' owner, whatever this machine's is."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms, hours=8)


@dataclass
class MemoryRecords:
    """The client's own records. `broken` makes the reader raise, which it promises not to."""

    processes: dict[int, LiveProcess] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)  # of an earlier run, to be named at the next scan
    broken: bool = False
    complete: bool = True
    tells: bool = False  # when something stirs: `on_stir` is to be called
    on_stir: Callable[[], None] = lambda: None
    scans: int = 0
    looks: int = 0
    _changed: set[str] = field(default_factory=set)
    _days: list[DayUsage] = field(default_factory=list)

    def write(self, session: Session, *, day: str = "2025-11-21", micros: int | None = 0) -> None:
        self.sessions[session.session_id] = session
        self._changed.add(session.session_id)
        for model, tokens in session.tokens.items():
            usage = DayUsage(session_id=session.session_id, day=day, model=model, tokens=tokens, micros=micros)
            self._days.append(usage)

    async def live(self) -> tuple[LiveProcess, ...]:
        self.looks += 1
        if self.broken:
            raise OSError("unreadable")
        return tuple(self.processes.values())

    async def scan(self, *, live: frozenset[str] = frozenset()) -> Scan:  # noqa: ARG002 - the port's form
        self.scans += 1
        if self.broken:
            raise OSError("unreadable")
        changed = {name: self.sessions[name] for name in self._changed}
        days = tuple(self._days)
        self._changed.clear()
        self._days.clear()
        known, self.known = self.known, {}
        return Scan(changed=changed, days=days, known=known, complete=self.complete)

    async def tell(self, session_ids: Collection[str]) -> None:
        self._changed.update(name for name in session_ids if name in self.sessions)

    async def stirred(self, live: frozenset[str]) -> bool:
        if self.broken:
            raise OSError("unreadable")
        return bool(self._changed & live)

    async def watch(self, live: frozenset[str], stirred: Callable[[], None]) -> bool:  # noqa: ARG002 - the port's form
        self.on_stir = stirred
        return self.tells

    async def find_call(self, tool_use_id: str) -> str | None:
        return self.calls.get(tool_use_id)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Disk:
    """Where folders are; those that nobody put here are as their path tells."""

    places: dict[str, Place] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    waits: asyncio.Event | None = None  # nothing is answered before

    async def find(self, folders: Collection[str]) -> list[Place]:
        self.asked += folders
        if self.waits is not None:
            await self.waits.wait()
        return [self.places.get(folder) or by_path(folder) for folder in folders]


EACH = EndRule(min_minutes=10, each=True)  # a message for each session, as with any such table in settings.toml
FAILS_NOW = LastingRule(after_s=0, gap_minutes=0)
SOON = WaitingRule(after_s=60, gap_minutes=0, remind_minutes=10, details=True)  # sooner, and more, than is usual


class Watching:
    """One engine with sessions, no endpoint. Time passes only with `pass_time()`."""

    def __init__(self, office: Office, robot: SandboxRobot) -> None:
        self.office = office
        self.robot = robot
        self.records = MemoryRecords()
        self.disk = Disk()
        self.local: Callable[[int], datetime] = shanghai
        self.rules()
        self.wire()

    @property
    def clock(self) -> StepClock:
        return self.office.clock

    def wire(self) -> None:
        """Wire anew, as a restart does; the database stays."""
        office = self.office
        self.changes = 0
        self.calls: list[tuple[list[str], list[str]]] = []  # ids of calls without a result, before and now
        self.track = SessionTracker(
            agents=[WatchedAgent(name="claude-code", title="Claude Code", records=self.records)],
            archive=office.store.sessions,
            clock=office.clock,
            local_day=lambda at_ms: shanghai(at_ms).strftime("%Y-%m-%d"),
            places=Places(self.disk.find, office.store.sessions),
            prices=lambda: office.settings.prices,
            heard=lambda live, signal: self.notices.hear(live, signal),
            changed=self._on_change,
            calls=self._on_calls,
        )
        self.mutes = Mutes(office.store, office.clock, new_id=lambda: f"m{office.clock.wall}", changed=self._on_change)
        self.notices = Notifier(
            submitter=office.notify,
            memory=office.store,
            reports=office.store.sessions,
            writer=NoticeWriter(
                operator=NobodyInGit(),
                catalog=lambda: WORDS,
                local=shanghai,
                words=lambda: office.settings.templates,
            ),
            clock=office.clock,
            local=shanghai,
            sessions=self.track,
            route=lambda origin: office.route(origin),
            rules=self._rules_for,
        )
        self.queries = SessionQueries(
            tracker=self.track,
            archive=office.store.session_ranges,
            aside=self._aside,
            counts=office.store.sessions,
            prices_as_of="2026-11-01",
            prices=lambda: office.settings.prices,
        )
        self.summaries = Summarizer(
            submitter=office.notify,
            memory=office.store,
            worked=WorkedSessions(
                sessions=self.queries,
                told=office.store.sessions,
                rules=self._rules_for,
                route=lambda origin: office.route(origin),
                usual_robot=lambda: office.settings.default_robot() or "",
            ),
            operator=NobodyInGit(),
            clock=office.clock,
            catalog=lambda: WORDS,
            local=lambda at_ms: self.local(at_ms),
            settings=lambda: office.settings,
            paused=lambda: office.pause.current() is not None,
        )
        self.attribution = Attribution(
            self.track.call_index, self.track, office.store.sessions, changed=self._on_change
        )

    def _rules_for(self, session: Session | None) -> NoticeRules:
        settings = self.office.settings
        mutes = self.mutes.current()
        return rules_for(session, settings.notices, home="/home/me", routes=settings.routes, mutes=mutes)

    async def _aside(self, work: Callable[[], T]) -> T:
        """Read beside the loop, and let the office know that somebody waits for it."""
        store = self.office.store
        with store.waited_for():
            return await store.reads.run(work)

    def _on_calls(self, session_id: str, *, before: Sequence[PendingCall], now: Sequence[PendingCall]) -> None:
        assert session_id
        self.calls.append(([call.id for call in before], [call.id for call in now]))

    def _on_change(self) -> None:
        self.changes += 1

    def rules(self, **kinds: KindRule | bool) -> None:
        """Set rules by name of the kind; True and False switch."""
        rules: dict[str, Any] = {
            kind.value: rule
            for kind, rule in NoticeSettings(waiting=SOON, session_end=EACH, failure=FAILS_NOW).rules.items()
        }
        for name, rule in kinds.items():
            rules[name] = replace(rules[name], enabled=rule) if isinstance(rule, bool) else rule
        self.office.settings = replace(self.office.settings, notices=NoticeSettings(**rules))

    def session(self, name: str = "s1", **facts: Any) -> Session:
        """What the transcript of a session tells, beginning an hour ago."""
        now = self.clock.wall
        usual = {"cwd": CWD, "project": "api", "started_ms": now - 3_600_000, "last_ms": now, "prompted_ms": now}
        usual["tokens"] = {"claude-x": Tokens(input=100, output=20)}
        return Session(session_id=name, **{**usual, **facts})

    async def hook(self, what: Event, name: str = "s1", **more: Any) -> None:
        """A hook tells."""
        self.track.on_hook(HookEvent(session_id=name, what=what, cwd=CWD, **more))
        await self.office.settle()

    async def pass_time(self, ms: int) -> None:
        await self.office.pass_time(ms)

    async def jump(self, ms: int) -> None:
        """Let so much time pass at once, as over a computer's sleep; then what is due happens. Hours cost nothing."""
        await self.office.settle()
        self.clock.step(ms)
        await self.pass_time(1_000)

    def titles(self) -> list[str]:
        """Titles of what the group got."""
        return [seen.title for seen in self.robot.received]

    def rows(self) -> list[Delivery]:
        """The history, oldest first."""
        return list(reversed(self.office.store.recent(100)))


@contextlib.asynccontextmanager
async def watching(folder: Path, robot: SandboxRobot, clock: StepClock) -> AsyncIterator[Watching]:
    """Run it for the length of the block."""
    async with at_work(folder, {"team": robot}, clock=clock) as office, anyio.create_task_group() as tasks:
        work = Watching(office, robot)
        tasks.start_soon(work.track.run)
        tasks.start_soon(work.notices.run)
        tasks.start_soon(work.summaries.run)
        await office.settle()
        yield work
        tasks.cancel_scope.cancel()
