"""What nearly every service is tested with: a clock that steps, a strict robot, all services at work."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.clock import StepClock
from tests.support.office import Office, at_work
from tests.support.watching import Watching, watching
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.store.store import SqliteStore


@pytest.fixture
def clock() -> StepClock:
    return StepClock()


@pytest.fixture
def team(clock: StepClock) -> Iterator[SandboxRobot]:
    with SandboxRobot(per_minute=0, now_ms=clock.now_ms) as group:
        yield group


@pytest.fixture
async def office(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Office]:
    async with at_work(tmp_path, {"team": team}, clock=clock) as office:
        yield office


@pytest.fixture
async def work(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Watching]:
    async with watching(tmp_path, team, clock) as work:
        yield work


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "history.sqlite3")
    yield made
    made.close()
