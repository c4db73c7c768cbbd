"""What the policy says to one call: allowed, refused, too often, or ask the owner; each with the rule that said it."""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from tray_app.core.kernel.texts import Text
from tray_app.core.policy.model import LimitScope


class CounterKey(NamedTuple):  # no dataclass: each call makes and looks up one for every limit, a tenth of the cost
    """One counter of one holder: `whose` is the client's or session's name, empty where everybody is counted together.

    Limits with the same counter but other windows are separate tallies of the same calls.
    """

    counter: str
    scope: LimitScope
    whose: str
    window_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """Let it through. `counted` are the tallies it counts in; `would` is what `observe` did not do."""

    rule: str
    counted: tuple[CounterKey, ...] = ()
    would: "Deny | Throttle | Ask | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deny:
    """Refuse it; nothing is counted. `reason` is for the agent: the owner's words, or ours."""

    rule: str
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """Refuse it for now: `used` of `most` are used up; one more is allowed after `retry_after_ms`."""

    rule: str
    counter_key: CounterKey
    used: int
    most: int
    retry_after_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Hold it until the owner has decided. It counts in `counted` meanwhile; a refusal gives that back."""

    rule: str
    reason: Text
    counted: tuple[CounterKey, ...] = ()


Verdict: TypeAlias = Allow | Deny | Throttle | Ask
