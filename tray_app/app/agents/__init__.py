"""The kinds of coding agents this app knows, each behind the same port.

A kind is one folder here that fills an `Agent`, one among the adapters that reads its records, and one entry below. The
first one's hooks need not name it, and it is the one that the pages and the tray connect.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tray_app.app.agents.agent import Agent
from tray_app.app.agents.claude_code.agent import CLAUDE_CODE

AGENTS: Mapping[str, Agent] = MappingProxyType({agent.name: agent for agent in (CLAUDE_CODE,)})
