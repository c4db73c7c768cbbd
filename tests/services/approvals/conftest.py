"""Calls that are asked about, with a robot that is fast enough."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.agents import asks
from tests.support.clock import StepClock
from tests.support.office import Office, at_work
from tray_app.adapters.sandbox_robot import SandboxRobot


@pytest.fixture
async def office(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Office]:
    async with at_work(tmp_path, {"team": team}, clock=clock, per_minute=1_000_000) as office:
        asks(office)
        yield office
