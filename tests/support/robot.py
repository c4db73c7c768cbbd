"""A strict DingTalk robot on loopback for tests; import `robot` in a test file to have the fixture there."""

from collections.abc import Iterator

import pytest

from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import Credentials


@pytest.fixture
def robot() -> Iterator[SandboxRobot]:
    """A signed robot without keywords, stopped after the test."""
    with SandboxRobot() as sandbox:
        yield sandbox


def credentials_of(sandbox: SandboxRobot) -> Credentials:
    """What the owner of that robot would have set up."""
    return Credentials(webhook=Secret(sandbox.webhook), secret=Secret(sandbox.secret), keywords=sandbox.robot.keywords)


def seen(group: SandboxRobot) -> list[str]:
    """What the group has read, in order."""
    return [each.text for each in group.received]
