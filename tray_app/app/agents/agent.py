"""The port that a kind of coding agent fills: all that this app wants from it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tray_app.adapters.system.paths import Paths
from tray_app.app.detached import run_detached
from tray_app.core.connect.view import ConnectionCheck, ConnectionView, Obstacle
from tray_app.services.ports import HookReader, QuestionReader
from tray_app.services.sessions.agents import AgentRecords

_SECRETS = frozenset({"DINGTALK_WEBHOOK", "DINGTALK_SECRET", "DINGTALK_CLIENT_SECRET"})


def for_programs(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Give what of the app's environment agents' programs may see when a page asks them: not the robot's secrets.

    A command is another matter: it runs in the person's own shell, and what it starts there may have to start the app.
    """
    return {name: value for name, value in environ.items() if name not in _SECRETS}


class Connector(Protocol):
    """Connects this app with the agent's client. Every method blocks, for seconds at most, and raises TrayAppError."""

    def view(self) -> ConnectionView:
        """How it stands, and what connecting and disconnecting would change."""
        ...

    def connect(self, shown: str) -> tuple[str, ...]:
        """Carry out the plan with this id; gives the backups."""
        ...

    def disconnect(self, shown: str) -> tuple[str, ...]:
        """Take it back as the plan with this id says; gives the backups."""
        ...

    def check(self) -> ConnectionCheck:
        """Have the client connect."""
        ...

    def obstacle(self) -> Obstacle | None:
        """What keeps its requests from this app (None: not known), and whether it is connected; makes nothing."""
        ...


class MakeConnector(Protocol):
    """Makes the connector; touches nothing yet."""

    def __call__(self, paths: Paths, environ: Mapping[str, str], *, project: Path | None = None) -> Connector:
        """For one project's folder, else for every project of the person."""
        ...


class Connectable(Protocol):
    """What can be connected: an agent, or another client."""

    @property
    def name(self) -> str:
        """Its stable name."""
        ...

    @property
    def title(self) -> str:
        """What people call it, in any language."""
        ...

    @property
    def connector(self) -> MakeConnector:
        """What makes its connector."""
        ...

    @property
    def elsewhere(self) -> Callable[[Paths, Mapping[str, str]], Iterable[Connector]]:
        """What gives the connectors of what is connected besides; see `Agent`."""
        ...


class DetachedConnector:
    """Implements `pages.ports.Connector`: a connector's work on threads that a quitting app does not wait for."""

    def __init__(self, connector: Connector) -> None:
        """Touch nothing yet."""
        self._connector = connector

    async def view(self) -> ConnectionView:
        """How it stands, and what would change."""
        return await run_detached(self._connector.view)

    async def connect(self, shown: str) -> tuple[str, ...]:
        """Carry out the plan with this id."""
        return await run_detached(lambda: self._connector.connect(shown))

    async def disconnect(self, shown: str) -> tuple[str, ...]:
        """Take it back likewise."""
        return await run_detached(lambda: self._connector.disconnect(shown))

    async def check(self) -> ConnectionCheck:
        """Have the client connect."""
        return await run_detached(self._connector.check)


class MakeRecords(Protocol):
    """Makes the reader of what the agent's clients have written; touches nothing yet."""

    def __call__(
        self, environ: Mapping[str, str], home: Path, *, now_ms: Callable[[], int], keep_in: Path
    ) -> AgentRecords:
        """`home` is the person's folder; in `keep_in` is room for what saves reading at the next start."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One kind. `name` is kept with its sessions and never changes; `title` is what people call it, in any language.

    `read_hook` reads what its hooks post, `read_question` what it asks its person (None: it tells nobody).
    `prices_as_of` is the day of the price list behind its costs. `call_id_key` is where in the `_meta` of an MCP call
    its client says its own id of that call, by which the session is found; empty where it says none. `tool_meta` is
    what its client looks for in the `_meta` of a listed tool. `elsewhere` gives the connectors of what is connected
    besides the person's own settings, in projects for instance, as far as that is remembered; it raises TrayAppError.
    """

    name: str
    title: str
    prices_as_of: str
    records: MakeRecords
    read_hook: HookReader
    connector: MakeConnector
    elsewhere: Callable[[Paths, Mapping[str, str]], Iterable[Connector]] = lambda _paths, _environ: ()
    read_question: QuestionReader | None = None
    call_id_key: str = ""
    tool_meta: Mapping[str, bool | str] = field(default_factory=dict)
