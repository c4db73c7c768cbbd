"""What several of the whole app's tests use: a strict robot, a browser."""

from tests.support.chromium import chromium, view
from tests.support.robot import robot

__all__ = ["chromium", "robot", "view"]
