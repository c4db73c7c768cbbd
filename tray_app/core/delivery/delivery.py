"""The life of one message: its stages, the legal steps between them, and the row that is queue and history at once."""

from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.kernel.texts import Text
from tray_app.core.messages.message import Message


class Stage(StrEnum):
    """Where a delivery stands. Values are stable: the database, `--json` output and tools show them."""

    HELD = "held"  # waits for the owner's approval
    QUEUED = "queued"  # accepted; goes out when it is due
    SENDING = "sending"  # saved before the socket is touched
    SENT = "sent"
    PERHAPS = "perhaps_arrived"  # it left, and nobody knows whether it arrived; it is not tried again
    FAILED = "failed"
    REFUSED = "refused"  # the policy said no
    BLOCKED = "blocked"  # came while paused
    EXPIRED = "expired"
    DISCARDED = "discarded"


FINAL = frozenset(
    {Stage.SENT, Stage.PERHAPS, Stage.FAILED, Stage.REFUSED, Stage.BLOCKED, Stage.EXPIRED, Stage.DISCARDED}
)

STEPS: frozenset[tuple[Stage, Stage]] = frozenset(
    {
        (Stage.HELD, Stage.QUEUED),
        (Stage.HELD, Stage.REFUSED),
        (Stage.HELD, Stage.BLOCKED),
        (Stage.HELD, Stage.EXPIRED),
        (Stage.HELD, Stage.DISCARDED),
        (Stage.QUEUED, Stage.SENDING),
        (Stage.QUEUED, Stage.SENT),  # its digest was sent
        (Stage.QUEUED, Stage.PERHAPS),  # one that may be there already waited too long
        (Stage.QUEUED, Stage.FAILED),  # its digest failed, or its robot is gone
        (Stage.QUEUED, Stage.EXPIRED),
        (Stage.QUEUED, Stage.DISCARDED),
        (Stage.SENDING, Stage.SENT),
        (Stage.SENDING, Stage.PERHAPS),  # no answer came, and that too often
        (Stage.SENDING, Stage.FAILED),
        (Stage.SENDING, Stage.QUEUED),  # another try, or the process died in flight
    }
)


class IllegalStep(RuntimeError):
    """A bug: the code asked for a step that the table does not hold."""


def step(from_: Stage, to: Stage) -> Stage:
    """Return `to` if the step is legal; raise IllegalStep otherwise."""
    if (from_, to) not in STEPS:
        msg = f"no step from {from_} to {to}"
        raise IllegalStep(msg)
    return to


class Source(StrEnum):
    """Who asked for a message."""

    MCP = "mcp"
    CLI = "cli"
    TRAY = "tray"
    PAGE = "page"
    AUTO = "auto"
    DIGEST = "digest"
    QUESTION = "question"  # of an agent, to the owner's phone
    REPLY = "reply"  # to what the owner typed
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a message comes from: `tool` is the MCP tool or the command, `client` the program behind it.

    `client` is the program's own word; `grant` is the client whose token it showed, empty where none was needed.
    `call_id` is the client's own name of this call, by which its session can be found.
    """

    source: Source
    tool: str
    client: str = ""
    grant: str = ""
    session: str = ""
    project: str = ""
    call_id: str = ""

    @property
    def is_owners(self) -> bool:
        """Whether the owner asked for it, or it is for the owner alone: no agent's message, no notice to a group."""
        return self.source not in {Source.MCP, Source.AUTO, Source.DIGEST}

    @property
    def is_private(self) -> bool:
        """Whether it is between the app and its owner, and no group may see it."""
        return self.source in {Source.QUESTION, Source.REPLY}

    @property
    def passes_pause(self) -> bool:
        """Whether it goes out in a pause, too: what the app answers to its owner, and nothing else."""
        return self.source is Source.REPLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One row: one message to one robot. Times are wall-clock milliseconds since 1970.

    A long message is several rows (`part` 1…`parts`, all with the first one's id as `group_id`), so that each part is
    delivered once by itself. `digest_id` marks a row that was merged into another one. `decision` and `rule` keep why
    it was let through. `message` is None where the owner's settings keep no content. `masked` says what was taken out
    of it before it came here, as kinds (`core.redaction.table`) and counts; all parts of a message say the same.

    `said` are the chat service's own words about the last attempt. `lost` counts attempts that left without an answer;
    since `lost_ms` the message may be at the group. `sent_as` is the id under which the service knows it, where that
    is another's: of the message that it repeats. `waits_ms` is since when it waits to be sent, where that is not since
    it came: the owner has approved it later. `taken_as` is the service's own key of what it took, where it gives one.
    """

    id: str
    group_id: str
    part: int = 1
    parts: int = 1
    stage: Stage
    robot: str
    origin: Origin
    title: str
    message: Message | None
    masked: tuple[tuple[str, int], ...] = ()
    decision: str = "allow"
    rule: str = ""
    attempts: int = 0
    errcode: int | None = None
    reason: Text | None = None
    hint: Text | None = None
    digest_id: str | None = None
    created_ms: int
    updated_ms: int
    due_ms: int
    said: str = ""
    lost: int = 0
    lost_ms: int | None = None
    sent_as: str = ""
    waits_ms: int = 0
    taken_as: str = ""

    @property
    def known_as(self) -> str:
        """The id under which the chat service knows it."""
        return self.sent_as or self.id

    @property
    def waits_since_ms(self) -> int:
        """Since when it waits to be sent, however long it was held before."""
        return self.waits_ms or self.created_ms
