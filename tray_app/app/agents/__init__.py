"""The kinds of coding agents this app knows, each behind the same port.

A kind is one folder here that fills an `Agent`, one among the adapters that reads its records, and one entry below. The
first one's hooks need not name it, and it is the one that the pages and the tray connect.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tray_app.app.agents.agent import Agent, Connectable
from tray_app.app.agents.claude_code.agent import CLAUDE_CODE
from tray_app.app.agents.other_client import OtherClient
from tray_app.core.connect.clients import CLIENTS

AGENTS: Mapping[str, Agent] = MappingProxyType({agent.name: agent for agent in (CLAUDE_CODE,)})
OTHERS: Mapping[str, OtherClient] = MappingProxyType({name: OtherClient(kind=kind) for name, kind in CLIENTS.items()})
"""Clients that can be connected and whose sessions are known by their calls alone: nobody reads their records."""
CONNECTABLE: Mapping[str, Connectable] = MappingProxyType({**AGENTS, **OTHERS})
