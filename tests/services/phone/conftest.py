"""A paired phone, which agents' questions reach."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.agents import asks
from tests.support.clock import StepClock
from tests.support.office import Office, at_work
from tests.support.phone_desk import PhoneDesk
from tray_app.adapters.sandbox_robot import SandboxRobot


@pytest.fixture
async def office(tmp_path: Path, team: SandboxRobot, clock: StepClock) -> AsyncIterator[Office]:
    async with at_work(tmp_path, {"team": team}, clock=clock, per_minute=1_000_000) as office:
        asks(office)
        yield office


@pytest.fixture
async def phone(office: Office) -> AsyncIterator[PhoneDesk]:
    desk = PhoneDesk(office)
    desk.start()
    yield desk
    desk.stop()
