"""The table of agents with one entry more, as `tray_app/app/agents/__init__.py` would have it."""

from collections.abc import Mapping

from tests.app.agents.second.agent import SCRIBE
from tray_app.app.agents import AGENTS
from tray_app.app.agents.agent import Agent

WITH_SCRIBE: Mapping[str, Agent] = {**AGENTS, SCRIBE.name: SCRIBE}
