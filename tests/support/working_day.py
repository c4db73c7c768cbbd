"""A day of ten sessions with the real rules, as they are set usually, and how many messages the group gets of it.

Ten agents work from nine to six, each asks several times; two report by themselves when they are done. One turn breaks
off and goes on a minute later; in the afternoon a usage limit stops whoever works, for an hour.
"""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from tests.support.clock import StepClock
from tests.support.watching import Watching, watching
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.messages.message import TextMessage
from tray_app.core.sessions.live import events
from tray_app.core.sessions.live.scan import LiveProcess
from tray_app.core.sessions.session import Asks, Session
from tray_app.core.settings.notices import NoticeSettings

MINUTE_MS = 60_000
_NINE_MS = 1_763_686_800_000  # 2025-11-21 09:00 in Shanghai
_SIX, _END = 9 * 60, 9 * 60 + 30  # minutes from nine
_PROJECTS = ("shop", "api", "web", "infra")
_WORK = (7, 12, 19, 9, 15)  # minutes between two things that an agent asks
_REPORTING = (2, 7)
_OVERLOADED = (4, 95)  # which session breaks off, and when
_LIMITED, _LIFTED = 330, 390  # from half past two to half past three


class Owner(Enum):
    """When somebody answers what was asked at a minute."""

    ATTENTIVE = "attentive"  # within some minutes, but for an hour's lunch and a meeting
    ABSENT = "absent"  # looks in every two hours
    GONE = "gone"  # on holiday

    def answers(self, asked: int) -> int:
        """The minute of the answer."""
        match self:
            case Owner.ATTENTIVE:
                away = next((until for since, until in ((180, 240), (400, 430)) if since <= asked < until), 0)
                return max(asked + 1 + asked % 6, away + 1)
            case Owner.ABSENT:
                return (asked // 120 + 1) * 120
            case Owner.GONE:
                return 10**6


@dataclass
class _Agent:
    number: int
    asks: int
    session: Session
    failed: bool = False
    told: bool = False


@dataclass
class WorkingDay:
    """One day; `titles` are what the group got."""

    work: Watching
    owner: Owner
    titles: list[str] = field(default_factory=list)
    _queue: list[tuple[int, int, str, int]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=itertools.count)

    async def run(self) -> None:
        """From nine to half past six."""
        work = self.work
        self._agents = [self._agent(number) for number in range(10)]
        for agent in self._agents:
            self._plan(5 + agent.number * 30, "begins", agent.number)
        now = 0
        while now < _END:
            ahead = self._queue[0][0] if self._queue else _END
            step = min(max(ahead - now, 0), 5, _END - now)
            if step:
                work.clock.step(step * MINUTE_MS - 4_000)
                await work.pass_time(4_000)
                now += step
            while self._queue and self._queue[0][0] <= now:
                _, _, what, number = heapq.heappop(self._queue)
                await getattr(self, f"_{what}")(self._agents[number], now)
                await work.office.settle()
        await work.pass_time(10_000)
        self.titles = work.titles()

    def _agent(self, number: int) -> _Agent:
        name = f"s{number}"
        session = Session(
            session_id=name, project=_PROJECTS[number % 4], cwd=f"/c/{_PROJECTS[number % 4]}", started_ms=_NINE_MS
        )
        return _Agent(number=number, asks=5 + number % 3, session=session)

    def _plan(self, minute: int, what: str, number: int) -> None:
        heapq.heappush(self._queue, (minute, next(self._order), what, number))

    def _write(self, agent: _Agent, **facts: object) -> None:
        now_ms = self.work.clock.wall
        agent.session = replace(agent.session, last_ms=now_ms, active_ms=agent.session.active_ms + 300_000, **facts)  # type: ignore[arg-type]  # facts of a session
        self.work.records.write(agent.session)

    async def _hook(self, agent: _Agent, what: events.Event) -> None:
        self.work.track.on_hook(events.HookEvent(session_id=agent.session.session_id, what=what, cwd=agent.session.cwd))
        await self.work.office.settle()

    async def _begins(self, agent: _Agent, minute: int) -> None:
        number, name = agent.number, agent.session.session_id
        self.work.records.processes[number] = LiveProcess(pid=100 + number, session_id=name, cwd=agent.session.cwd)
        self._write(agent, started_ms=self.work.clock.wall, prompted_ms=self.work.clock.wall, prompts=1)
        self._plan(minute + _WORK[number % 5], "asks", number)

    async def _asks(self, agent: _Agent, minute: int) -> None:
        limited = _LIMITED <= minute < _LIFTED
        if limited or (agent.number == _OVERLOADED[0] and minute >= _OVERLOADED[1] and not agent.failed):
            agent.failed = True
            error = "rate_limit" if limited else "overloaded"
            self._write(agent, failure=error, failed_ms=self.work.clock.wall)
            await self._hook(agent, events.TurnBrokeOff(error=error))
            self._plan(max(self.owner.answers(minute), _LIFTED + 1) if limited else minute + 1, "again", agent.number)
        elif not agent.asks:
            await self._ends(agent)
        else:
            agent.asks -= 1
            await self._hook(agent, events.Notified(asks=Asks.PERMISSION))
            self._plan(self.owner.answers(minute), "goes_on", agent.number)

    async def _again(self, agent: _Agent, minute: int) -> None:
        self._write(agent, failure="", failed_ms=0, prompted_ms=self.work.clock.wall)
        self._plan(minute + 6, "asks", agent.number)

    async def _goes_on(self, agent: _Agent, minute: int) -> None:
        self._write(agent)
        await self._hook(agent, events.ToolCalled(tool="Bash", tool_use_id=f"t{minute}-{agent.number}"))
        self._plan(minute + _WORK[(agent.number + agent.asks) % 5], "asks", agent.number)

    async def _ends(self, agent: _Agent) -> None:
        if agent.number in _REPORTING:
            session = agent.session
            origin = Origin(
                source=Source.MCP,
                tool="dingtalk_notify_session_end",
                session=session.session_id,
                project=session.project,
            )
            await self.work.office.notify.send(
                TextMessage(content=f"{session.project}: done"), robot="", origin=origin, wait_s=0
            )
        self._write(agent, last_text=f"{agent.session.project}: 改好了，用例通过")
        await self._hook(agent, events.TurnEnded(last_text="done"))
        self.work.records.processes.pop(agent.number, None)
        await self._hook(agent, events.SessionEnded(reason="prompt_input_exit"))


async def messages(folder: Path, owner: Owner) -> list[str]:
    """Let the day pass. Returns the titles that the group got."""
    with SandboxRobot() as robot:
        clock = StepClock(wall=_NINE_MS)
        async with watching(folder, robot, clock) as work:
            work.office.settings = replace(work.office.settings, notices=NoticeSettings())
            await work.pass_time(10_000)
            work.clock.set_wall(-10_000)
            day = WorkingDay(work=work, owner=owner)
            await day.run()
            return day.titles
