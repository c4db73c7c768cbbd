"""An app robot on loopback, as its owner would have set it up and paired it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.clock import StepClock
from tests.support.office import Office
from tests.support.settings import app_robot_settings
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import Credentials
from tray_app.core.robots.app_robot import AppRobot, Recipient

STAFF = "manager807"


@pytest.fixture
def phone(clock: StepClock) -> Iterator[SandboxApp]:
    """An app robot whose time is the test's, stopped after it."""
    with SandboxApp(now_ms=clock.now_ms) as app:
        yield app


def credentials_of(app: SandboxApp, *, staff_id: str = STAFF, corp_id: str = "ding0000standin") -> Credentials:
    """What the keyring holds of it; without a `staff_id` nobody is paired."""
    robot = AppRobot(base=app.api, client_id=app.client_id, robot_code=app.client_id)
    if staff_id:
        robot = robot.paired_with(Recipient(staff_id=staff_id, corp_id=corp_id))
    return Credentials(webhook=robot.address(), secret=Secret(app.client_secret))


def add(office: Office, app: SandboxApp, *, name: str = "phone", staff_id: str = STAFF) -> None:
    """Set it up in an office that is at work."""
    office.vault.kept[name] = credentials_of(app, staff_id=staff_id)
    robots = {**office.settings.robots, name: app_robot_settings()}
    office.settings = replace(office.settings, robots=robots)
