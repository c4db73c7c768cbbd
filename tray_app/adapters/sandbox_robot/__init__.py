"""The strict stand-ins on 127.0.0.1: a group robot (`SandboxRobot`) and, in `app`, an app robot with its gateway."""

from tray_app.adapters.sandbox_robot.http import wall_ms
from tray_app.adapters.sandbox_robot.robot import SandboxRobot

__all__ = ["SandboxRobot", "wall_ms"]
