"""What the services need from outside, as small protocols. Adapters fit without inheriting."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import Channel, Credentials, NoReply, Reply, Request
from tray_app.core.questions.question import AgentPrompt
from tray_app.core.sessions.live.events import HookEvent
from tray_app.core.state.problems import Problem
from tray_app.core.state.snapshot import RobotOrigin, VaultState

T = TypeVar("T")


class Clock(Protocol):
    """Time, as integer milliseconds."""

    def now_ms(self) -> int:
        """Wall clock since 1970; may jump both ways."""
        ...

    def steady_ms(self) -> int:
        """Never goes back, and goes on while the machine sleeps; its zero means nothing."""
        ...

    def age_ms(self, at_ms: int) -> int:
        """How long ago the wall clock showed `at_ms`, whatever it was set to since; negative: not yet."""
        ...

    def is_sure(self, at_ms: int) -> bool:
        """Whether that age was measured: since another start of the machine only the wall clock says what passed."""
        ...

    def least_shown_ms(self, ago_ms: int) -> int:
        """The earliest time that the wall clock showed since so long ago."""
        ...

    async def wait(self, event: asyncio.Event, ms: int | None) -> None:
        """Wait until the event is set, or `ms` have passed by the steady clock; None waits for the event alone."""
        ...


class Poster(Protocol):
    """Sends one request. Never raises for anything the network does."""

    async def post(self, request: Request) -> Reply | NoReply:
        """POST and return the answer, within the adapter's own time-outs."""
        ...

    async def probe(self, request: Request) -> Reply | NoReply:
        """Ask the address for nothing in particular, the way messages go."""
        ...


class Socket(Protocol):
    """One WebSocket. Whatever the network does to it is an end, not an error."""

    async def receive(self) -> str | None:
        """Wait for the next text; None: it has ended, also where nothing at all came for too long."""
        ...

    async def send(self, text: str) -> None:
        """Send a text; where it has ended, nothing."""
        ...

    async def close(self) -> None:
        """Say so and close, within a second or two."""
        ...


class Sockets(Protocol):
    """Opens WebSockets the way messages go. Never raises for anything the network does."""

    async def connect(self, url: Secret) -> Socket | Reply | NoReply:
        """Connect to a `ws` or `wss` address; a Reply is what the server said instead of letting us in."""
        ...


class Vault(Protocol):
    """The OS keyring. Every call may take seconds (an unlock dialog) and never blocks the loop.

    `state` is the last known one. Calls raise VaultUnavailable with the way out, never anything else.
    """

    @property
    def state(self) -> VaultState:
        """The last known state."""
        ...

    async def read(self, robot: str) -> Credentials | None:
        """Webhook and key of a robot (keywords empty), or None where nothing is stored. Cached in memory."""
        ...

    async def write(self, robot: str, *, webhook: Secret, secret: Secret) -> None:
        """Store both and read them back."""
        ...

    async def delete(self, robot: str) -> None:
        """Forget a robot; nothing stored is fine."""
        ...

    async def retry(self) -> VaultState:
        """Drop the cache, look for the keyring anew, and say what was found."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotFacts:
    """What is known of a robot without asking anybody. `ready`: its webhook is at hand.

    `mark` tells webhooks apart without telling them (16 hex digits of a SHA-256); empty while it is not at hand.
    `paired`: whether it has its person; None of a group's robot, which needs none.
    """

    name: str
    channel: str
    host: str
    origin: RobotOrigin
    default: bool
    ready: bool
    signed: bool
    keywords: tuple[str, ...]
    mark: str = ""
    paired: bool | None = None


class Robots(Protocol):
    """All robots, wherever their credentials come from."""

    def names(self) -> Sequence[str]:
        """Names, the default one first."""
        ...

    def facts(self) -> Sequence[RobotFacts]:
        """All robots, the default one first. Answers at once, from what was read last."""
        ...

    def problems(self) -> Sequence[Problem]:
        """What keeps robots from being used, as last seen."""
        ...

    def channel(self, name: str) -> Channel:
        """Give the chat service that a robot is of; the usual one where there is no such robot."""
        ...

    async def credentials(self, name: str) -> Credentials:
        """Raises UnknownRobot or VaultUnavailable."""
        ...


class HookReader(Protocol):
    """Reads what the hooks of one kind of agent post."""

    def __call__(self, body: object, /) -> HookEvent:
        """Read one body, which anybody may have written. Raises NoHookEvent."""
        ...


class QuestionReader(Protocol):
    """Reads what one kind of agent asks its person."""

    def __call__(self, body: object, /) -> AgentPrompt:
        """Read one body, which anybody may have written. Raises NoQuestion."""
        ...


class HookSink(Protocol):
    """Hears what agents' hooks tell."""

    def on_hook(self, event: HookEvent) -> None:
        """Take one event; called on the loop, and must return at once."""
        ...


class Operator(Protocol):
    """The git user name of whoever runs the agents."""

    async def name(self, project: str = "") -> str:
        """The name, or an empty string; one process per project at most, cached."""
        ...


class StateStore(Protocol):
    """Keeps small values over restarts. Both raise StoreUnavailable."""

    def read_state(self, key: str) -> object:
        """Read a value, or None."""
        ...

    def write_state(self, key: str, value: object) -> None:
        """Keep a value."""
        ...


class Aside(Protocol):
    """Reads many rows beside the loop."""

    async def __call__(self, work: Callable[[], T]) -> T:
        """Do it there; one after the other. Raises StoreUnavailable."""
        ...
