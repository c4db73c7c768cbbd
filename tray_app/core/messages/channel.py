"""What a chat service is to the rest of the app: it turns a message into a request and a reply into an outcome."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Text
from tray_app.core.messages.message import Message
from tray_app.core.messages.unreached import Unreached


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a robot is reached with, and how. `secret` is empty where the robot is not signed.

    `raw_links`: addresses go out as they are written, also where the service would open them within its own window.
    """

    webhook: Secret
    secret: Secret
    keywords: tuple[str, ...] = ()
    raw_links: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """What was found in pasted text; an empty Secret where nothing looked like one. Not checked yet.

    `choices`: each robot, where there are several; a key is with its webhook only where there are as many.
    """

    webhook: Secret
    secret: Secret
    keywords: tuple[str, ...] = ()
    choices: "tuple[Pasted, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRules:
    """What a message to this service may be. `service` is its name, for the words that say what it may not be.

    `text_bytes`: how much text, written as JSON, one message holds beside its frame, its title and a keyword.
    `remembers_ms`: for how long the service drops a second message under the id of one that it has taken; 0: never, so
    that a message that may be there is not sent again by itself. `personal`: it reaches its owner alone, no group.
    """

    service: Text
    kinds: frozenset[str]  # as `kind_of` names them; the app itself sends `text` and `markdown`
    link_schemes: frozenset[str]
    most_mentions: int
    text_bytes: int
    remembers_ms: int = 0
    personal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualRobot:
    """What holds for a robot whose owner says nothing else: its host and how much it may send.

    `cap_hint`: what the month's number stands for, and what to do near its end.
    """

    host: str
    per_minute: int
    monthly_cap: int
    cap_hint: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLimit:
    """The most messages a minute that a host takes from a robot; `want` and `hint` say so to who asks for more."""

    per_minute: int
    want: Text  # in settings.toml
    hint: Text  # in a form


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Bytes to POST. The address carries the token, so it is a Secret."""

    url: Secret
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back. Header names are lower-case; the body has at most 64 KiB (`truncated`: there was more)."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    truncated: bool = False


class Trouble(StrEnum):
    """Why there is no reply."""

    UNREACHABLE = "unreachable"  # nothing was sent: no network, no DNS, connection refused, TLS failed
    NO_ANSWER = "no_answer"  # sent, then time-out or reset: the message may be there
    BROKEN = "broken"  # an answer that is no HTTP, or broke off


@dataclass(frozen=True, slots=True, kw_only=True)
class NoReply:
    """The exchange failed below HTTP; `why` is known of most that reached nobody."""

    trouble: Trouble
    why: Unreached | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The service took the message. `taken_as` is the service's own key of it, by which it can be taken back."""

    errcode: int = 0
    taken_as: str = ""


class AttemptReach(StrEnum):
    """How far an attempt got that came to nothing certain: what may be done about it, and what may be said of it."""

    NOBODY = "nobody"  # nothing was sent, or it was turned away for its time alone: no try is used up
    REFUSED = "refused"  # the service, or a gateway before it, answered that it cannot now: the message is not there
    DOUBTFUL = "doubtful"  # it was answered that it cannot now, but the message may be there: a gateway's time-out
    LOST = "lost"  # sent, and no answer came that can be read: the message may be there


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """It may work later. `said` are the service's own words, cleaned; empty where there are none."""

    reason: Text
    hint: Text
    errcode: int | None = None
    after_ms: int | None = None
    reach: AttemptReach = AttemptReach.REFUSED
    set_up: bool = False  # it works only when the owner has mended something
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """The service limits this robot: nothing more for `for_ms`. `said` as in `TryAgain`."""

    reason: Text
    hint: Text
    for_ms: int
    errcode: int | None = None
    said: str = ""


class Fault(StrEnum):
    """Who has to act on a refusal."""

    SETUP = "setup"
    MESSAGE = "message"
    CONTENT = "content"
    QUOTA = "quota"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The service said no for good; sending the same again would not help. `said` as in `TryAgain`."""

    fault: Fault
    reason: Text
    hint: Text
    errcode: int | None = None
    said: str = ""


Outcome: TypeAlias = Sent | TryAgain | Throttled | Rejected
OUTCOMES = (Sent, TryAgain, Throttled, Rejected)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What a service gives for a robot's credentials, to be shown with each request for so long."""

    value: Secret
    lasts_ms: int


class TokenService(Protocol):
    """How a service's access tokens are got and shown; where a service has none, a request needs none."""

    def ask(self, credentials: Credentials) -> Request:
        """Build the request that asks for one."""
        ...

    def read(self, reply: Reply | NoReply, *, now_ms: int) -> AccessToken | Outcome:
        """Read the answer: a token, or why there is none. It never says that a message may be there."""
        ...

    def shown(self, request: Request, token: AccessToken) -> Request:
        """Put the token into a request."""
        ...

    def is_refused(self, reply: Reply | NoReply) -> bool:
        """Whether the service did nothing because the token is none any more."""
        ...


class RecallService(Protocol):
    """How a service takes back what it has sent; where a service has none, it cannot."""

    def ask(self, taken_as: Sequence[str], credentials: Credentials) -> Request:
        """Build the request that takes messages back, named by the service's own keys."""
        ...

    def read(self, reply: Reply | NoReply, *, now_ms: int) -> Text | None:
        """Read the answer; why at least one was not taken back, None where all were."""
        ...


class Channel(Protocol):
    """One chat service, without I/O: everything that is this service's and no other's."""

    @property
    def rules(self) -> MessageRules:
        """What a message may be; `core.messages.validation` keeps them at the door."""
        ...

    @property
    def usual(self) -> UsualRobot:
        """A robot's host and limits where its settings name none."""
        ...

    @property
    def where(self) -> Text:
        """Where people find a robot's webhook and key."""
        ...

    @property
    def tokens(self) -> TokenService | None:
        """What gives the tokens that each request shows."""
        ...

    @property
    def recalls(self) -> RecallService | None:
        """What takes messages back."""
        ...

    def host_limit(self, host: str) -> HostLimit | None:
        """Say what a host is known to take; None where nothing is known of it."""
        ...

    def read_pasted(self, *chunks: str) -> Pasted:
        """Find webhook, key and keywords in pasted text, in any order, with words around them. Never raises."""
        ...

    def check(
        self, *, webhook: str, secret: str = "", keywords: Sequence[str] = (), extra_hosts: Iterable[str] = ()
    ) -> Credentials:
        """Refuse what the service cannot accept; `extra_hosts` are those that the owner adds to the service's own.

        Raises InvalidCredentials with the field (`webhook`, `secret`, `keywords`), the reason and what to do. No error
        repeats a value.
        """
        ...

    def split(self, message: Message, *, keywords: Sequence[str]) -> tuple[Message, ...]:
        """Cut a message into parts that each fit the service's size limit as sent; one part where it fits whole."""
        ...

    def as_seen(self, message: Message, *, keywords: Sequence[str]) -> Message:
        """Give one part as the group gets it, with all that `encode` adds to its words: for whoever shows it before."""
        ...

    def encode(self, message: Message, credentials: Credentials, *, delivery_id: str, now_ms: int) -> Request:
        """Build the request of one attempt: signed with `now_ms`, idempotent by `delivery_id`."""
        ...

    def decode(self, reply: Reply | NoReply, *, now_ms: int) -> Outcome:
        """Read the reply. Whatever cannot be read is never `Sent`."""
        ...
