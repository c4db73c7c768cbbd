"""What nearly every service is tested with: a clock that steps, and a strict robot that lives by it."""

from collections.abc import Iterator

import pytest

from tests.support.clock import StepClock
from tray_app.adapters.sandbox_robot import SandboxRobot


@pytest.fixture
def clock() -> StepClock:
    return StepClock()


@pytest.fixture
def team(clock: StepClock) -> Iterator[SandboxRobot]:
    with SandboxRobot(per_minute=0, now_ms=clock.now_ms) as group:
        yield group
