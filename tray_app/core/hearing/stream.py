"""What a chat service's stream is to the rest of the app: how it is opened, and what each of its frames says."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Text
from tray_app.core.messages.channel import NoReply, Reply, Request
from tray_app.core.messages.heard import HeardMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamKey:
    """Who asks for a stream: `base` is scheme and host of the service's interface (`https://api.dingtalk.com`)."""

    base: str
    client_id: str
    client_secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Where to connect to: the WebSocket's address with its ticket, good for one connection within a short time."""

    url: Secret


class StreamRefusal(StrEnum):
    """Who has to act."""

    OWNER = "owner"  # as long as nobody mends it, it is the same each time
    WAIT = "wait"  # too often, or the service's own trouble
    NETWORK = "network"  # nothing was reached, or something between us and the service has answered


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOpened:
    """Why there is no connection, and what mends it; `after_ms` is how long the service asks to wait at least."""

    refusal: StreamRefusal
    reason: Text
    hint: Text
    after_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message. `answer` says that it is safely taken; until it is said the message comes again."""

    message: HeardMessage
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """The service delivers nothing more here: open another connection first, then close this one."""

    answer: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinged:
    """The service asks whether anybody is there."""

    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotForUs:
    """Anything else, readable or not. `answer` may be empty: there is nothing to answer; `what` is for the log."""

    answer: str
    what: str


StreamFrame: TypeAlias = Heard | Leaving | Pinged | NotForUs


class StreamService(Protocol):
    """Opens a service's stream and reads its frames; no I/O. An answer is the text of one frame, empty for none."""

    def ask(self, key: StreamKey) -> Request:
        """Build the request for a connection."""
        ...

    def read(self, reply: Reply | NoReply, key: StreamKey, *, now_ms: int) -> Opened | NotOpened:
        """Read its answer; who asked says whose hosts may be connected to."""
        ...

    def refused(self, reply: Reply | NoReply, *, now_ms: int) -> NotOpened:
        """Read why the WebSocket itself was not let in."""
        ...

    def frame(self, text: str) -> StreamFrame:
        """Read one frame, whatever it is. Never raises."""
        ...
