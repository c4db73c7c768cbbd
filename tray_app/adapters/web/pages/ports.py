"""What the pages ask of the app: its services, and the connection with an agent's client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tray_app.core.connect.view import ConnectionCheck, ConnectionView
from tray_app.core.kernel.texts import Language
from tray_app.services.owner.control import Control
from tray_app.services.owner.robot_admin import RobotAdmin
from tray_app.services.state.hub import Hub


class AgentConnector(Protocol):
    """Connects this app with an agent's client, off the loop. Every method may raise TrayAppError."""

    async def view(self) -> ConnectionView:
        """How the agent's settings stand, and what connecting and disconnecting would change."""
        ...

    async def connect(self, shown: str) -> tuple[str, ...]:
        """Carry out the plan with this id; gives the backups."""
        ...

    async def disconnect(self, shown: str) -> tuple[str, ...]:
        """The way back, likewise."""
        ...

    async def check(self) -> ConnectionCheck:
        """Have the client connect; about 10 s at most."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PageServices:
    """Expected trouble of each is a TrayAppError; everything else is a bug.

    `connectors` holds one for each kind of agent, by its name, the first one first, then those of other clients; what
    people call these is in `clients`. `language` is the owner's.
    """

    hub: Hub
    control: Control
    robots: RobotAdmin
    connectors: Mapping[str, AgentConnector]
    language: Language
    clients: Mapping[str, str] = field(default_factory=dict)
