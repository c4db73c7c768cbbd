"""One line of the audit: a decision about a call, also an allowed one, with the rule and the counter behind it."""

from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.kernel.texts import Text
from tray_app.core.policy.verdict import CounterKey


class DecisionKind(StrEnum):
    """What was decided. Values are stable: history and audit show them."""

    ALLOW = "allow"
    DENY = "deny"
    THROTTLE = "throttle"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One decision. `at_ms` is wall-clock time. Of the arguments nothing is kept, for a secret may be among them.

    `used` and `most` are the counter's value before this call and its maximum, for the limit closest to its end (None
    where no limit applies). `observed`: the policy only observes, and would have said `decision`; the call went on.
    `counted` are the tallies it counts in, by which counters are rebuilt after a restart.
    """

    id: str
    at_ms: int
    tool: str
    client: str
    grant: str
    session: str
    decision: DecisionKind
    rule: str
    reason: Text | None = None
    counter: str = ""
    used: int | None = None
    most: int | None = None
    retry_after_ms: int | None = None
    observed: bool = False
    delivery_id: str = ""
    counted: tuple[CounterKey, ...] = ()


def careful_age_ms(age_ms: int, *, latest_age_ms: int) -> int:
    """How long ago a decision was made, read after a restart, from its age by the clock: negative, it is still to come.

    `latest_age_ms` is that of the decision that was kept last. Where it is still to come, the wall clock was set back
    since: that counts as one that stood still. A decision with a later time was made before the last one all the same:
    the wall clock was ahead then. It counts as made when the last one was. Both are the careful reading.
    """
    ahead_ms = min(0, latest_age_ms)
    return age_ms - ahead_ms if age_ms >= ahead_ms else latest_age_ms - ahead_ms
