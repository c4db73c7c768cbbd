"""The owner's exceptions from the policy: everything for a while, one call, the rest of a session."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One tool for one holder: for a single call the client's name, for a session what `of_session` says."""

    tool: str
    whose: str


def of_session(tool: str, *, grant: str, session: str) -> Pass:
    """Give the pass of a client's session (of the client, where its session is unknown).

    Which session it is, is the client's own word: another client that says the same has no part in it.
    """
    return Pass(tool=tool, whose=f"{grant}/{session}" if session else grant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """What holds now. `everything_until_ms` is a time of the same clock as the decision's `now_ms`.

    `everything` and `once` let through what the policy would refuse, throttle or ask; `sessions` what it would ask.
    None of them shows a hidden tool, and `everything` leaves tools that configure to the policy.
    """

    everything_until_ms: int | None = None
    once: frozenset[Pass] = frozenset()
    sessions: frozenset[Pass] = frozenset()


NO_PASSES = Passes()
