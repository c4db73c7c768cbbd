"""After whatever happens in the app, its snapshot is the one that a new look at the database gives."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.agents import MARKDOWN, SEND, caller, calling, says
from tests.support.clock import DAY_MS, StepClock
from tests.support.office import Office, at_work
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.store.store import SqliteStore
from tray_app.core.approvals.answer import Answer
from tray_app.core.clients.client import Client
from tray_app.core.delivery.delivery import Source
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.delivery.receipt import Status
from tray_app.core.messages.message import MarkdownMessage
from tray_app.core.sessions.session import Session
from tray_app.core.settings.settings import PauseSettings
from tray_app.core.state.problems import ProblemKind
from tray_app.sandbox.robot import AnswerWith

pytestmark = pytest.mark.anyio
STEPS, SEEDS = 30, range(6)
REFUSED = AnswerWith(body=b'{"errcode":310000,"errmsg":"keywords not in content"}')


class Day:
    """What happens, by chance; `calls` go on while they wait."""

    def __init__(self, office: Office, team: SandboxRobot, seed: int) -> None:
        self.office, self.team, self.rand = office, team, random.Random(seed)
        self.calls: list[asyncio.Task[object]] = []
        self.deeds: tuple[Callable[[], Awaitable[object]], ...] = (
            self.send,
            self.send,
            self.fail,
            self.ask,
            self.ask,
            self.refuse,
            self.answer,
            self.pause,
            self.resume,
            self.agents,
            self.time,
            self.forget,
            self.restart,
        )

    async def step(self) -> str:
        """Let one thing happen; gives its name."""
        deed = self.rand.choice(self.deeds)
        await deed()
        await self.office.settle()
        return deed.__name__

    async def send(self) -> None:
        """More than one, so that the limit of the minute makes some wait."""
        await self.office.queue(*(f"m{number}" for number in range(self.rand.randint(1, 3))))

    async def fail(self) -> None:
        self.team.robot.script(REFUSED)
        await self.office.queue("refused by the robot")

    async def ask(self) -> None:
        self.calls.append(asyncio.ensure_future(calling(self.office, "may I?", wait_s=0)))

    async def refuse(self) -> None:
        said = MarkdownMessage(title="no", text="no")
        self.calls.append(asyncio.ensure_future(calling(self.office, said, origin=caller(tool=MARKDOWN))))

    async def answer(self) -> None:
        waiting = self.office.approvals.waiting()
        if waiting:
            answer = self.rand.choice([Answer.ONCE, Answer.DENY])
            await self.office.approvals.settle(waiting[0].id, answer, by=Source.TRAY)

    async def pause(self) -> None:
        await self.office.within(self.office.control.pause(self.rand.choice(list(PauseFor))))

    async def resume(self) -> None:
        choice = PauseSettings(on_resume=self.rand.choice(["send", "discard"]))
        self.office.settings = replace(self.office.settings, pause=choice)
        self.office.control.resume()

    async def agents(self) -> None:
        store = self.office.store
        store.sessions.keep([Session(session_id="s1")], [])
        store.sessions.attribute("c1", session_id="s1", project="web")
        store.clients.keep([Client(name="n1", fingerprint=b"f", created_ms=1)])

    async def time(self) -> None:
        await self.office.pass_time(self.rand.choice([1_000, 60_000, 3_600_000]))

    async def forget(self) -> None:
        self.office.store.prune(before_ms=self.office.clock.now_ms() - self.rand.choice([0, DAY_MS]))

    async def restart(self) -> None:
        await self.office.restart()


@pytest.fixture
async def office(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Office]:
    async with at_work(tmp_path, {"team": team}, clock=clock, per_minute=4) as office:
        says(office, {SEND: {"action": "require_approval"}, MARKDOWN: {"action": "deny"}})
        yield office


def looked_at(office: Office, store: SqliteStore) -> tuple[object, ...]:
    """The snapshot, and what its builder is given of the policy."""
    seen = replace(office.overview, store=store).build()
    return seen, store.approvals.waiting(), store.audit.refusals(1)


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_snapshot_says_what_a_new_look_finds(office: Office, team: SandboxRobot, seed: int) -> None:
    day = Day(office, team, seed)
    told: list[str] = []
    for _ in range(STEPS):
        told.append(await day.step())
        afresh = SqliteStore(office.path)
        assert looked_at(office, office.store) == looked_at(office, afresh), told
        afresh.close()
    for call in day.calls:
        call.cancel()
    await asyncio.gather(*day.calls, return_exceptions=True)


async def test_a_message_that_had_no_robot_is_no_problem_once_there_is_one(office: Office) -> None:
    settings, office.settings = office.settings, replace(office.settings, robots={})
    receipt = await office.within(calling(office, "to nobody", robot=""))
    assert (receipt.status, [one.kind for one in office.snapshot().problems]) == (
        Status.FAILED,
        [ProblemKind.NOT_SET_UP],
    )
    office.settings = settings
    assert office.snapshot().problems == ()
