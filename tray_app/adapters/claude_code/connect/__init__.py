"""Connects Claude Code with this app, takes that back, and looks whether it works."""

from tray_app.adapters.claude_code.connect.client import Client, Reach
from tray_app.adapters.claude_code.connect.connection import Change, Connection, Plan
from tray_app.adapters.claude_code.connect.places import Places, Scope
from tray_app.adapters.claude_code.connect.wiring import SERVER, Wiring

__all__ = ["SERVER", "Change", "Client", "Connection", "Places", "Plan", "Reach", "Scope", "Wiring"]
