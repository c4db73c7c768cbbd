"""Settings as the app reads them, with the chat services that it has."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tray_app.channels import CHANNELS
from tray_app.core.settings import reader
from tray_app.core.settings.settings import APP_CHANNEL, DEFAULT_CHANNEL, RobotSettings, Settings, usual_robot


def read(data: Mapping[str, object]) -> Settings:
    """What may stand in `settings.toml`."""
    return reader.read(data, channels=CHANNELS)


def robot_settings(**said: Any) -> RobotSettings:
    """A robot of which this is said."""
    return replace(usual_robot(DEFAULT_CHANNEL, CHANNELS[DEFAULT_CHANNEL]), **said)


def app_robot_settings(**said: Any) -> RobotSettings:
    """An app robot of which this is said."""
    return replace(usual_robot(APP_CHANNEL, CHANNELS[APP_CHANNEL]), **said)
