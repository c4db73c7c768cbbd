"""The honest answer to whoever asked for a message: what became of it so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.kernel.texts import Text
from tray_app.core.redaction.kinds import MaskedCount


class Status(StrEnum):
    """What became of a request. Values are stable: tools and scripts read them."""

    SENT = "sent"
    PERHAPS = "perhaps_arrived"  # it left, no answer came, and it is not tried again
    QUEUED = "queued"
    HELD = "held"  # waits for the owner's approval; will be sent if approved
    HELP = "help"  # nothing was to be done; the answer says how it is done
    STORED = "stored"  # a robot's credentials were kept
    PAUSED = "paused"
    REFUSED = "refused"
    THROTTLED = "throttled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """`until_ms`: when a queued message is due or a pause ends (None: unknown or open). Times are wall-clock ms.

    `rule` is the policy's rule behind a refused, throttled or held call, with its counter where it has one: `used` of
    `most` were used up.
    """

    status: Status
    delivery_id: str = ""
    robot: str = ""
    reason: Text | None = None
    hint: Text | None = None
    retry_after_s: int | None = None
    errcode: int | None = None
    until_ms: int | None = None
    masked: tuple[MaskedCount, ...] = ()
    rule: str = ""
    counter: str = ""
    used: int | None = None
    most: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether the message is at the group, or will be without another call."""
        return self.status in {Status.SENT, Status.QUEUED, Status.HELD, Status.STORED, Status.HELP}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The answer of a tool that only reads: `data` is plain JSON, `words` says the same in one or more sentences."""

    data: Mapping[str, object]
    words: Text | tuple[Text, ...]
