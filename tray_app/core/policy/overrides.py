"""The owner's exceptions from the policy: everything for a while, one call, the rest of a session."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One tool for one holder: for a single call the client's name, for a session what `session_override` says."""

    tool: str
    whose: str


def session_override(tool: str, *, grant: str, session: str) -> Override:
    """Give the override of a client's session, which is known.

    Which session it is, is the client's own word: another client that says the same has no part in it.
    """
    return Override(tool=tool, whose=f"{grant}/{session}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What holds now. `everything_until_ms` is a time of the same clock as the decision's `now_ms`.

    `everything` and `once` let through what the policy would refuse, throttle or ask; `sessions` what it would ask.
    None of them shows a hidden tool, and `everything` leaves tools that configure to the policy.
    """

    everything_until_ms: int | None = None
    once: frozenset[Override] = frozenset()
    sessions: frozenset[Override] = frozenset()


NO_OVERRIDES = Overrides()
