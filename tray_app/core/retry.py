"""When to try again: the back-off after a failed attempt, and between probes while there is no network."""

MAX_WAIT_MS = 600_000  # nothing waits longer than DingTalk's own penalty of ten minutes
_FIRST_MS = 1_000
_FACTOR = 4
_OFFLINE_FIRST_MS = 2_000
_OFFLINE_MOST_MS = 60_000


def back_off_ms(attempt: int, *, chance: float) -> int:
    """Wait after failed attempt number `attempt` (1, 2, …): 1 s, 4 s, 16 s … give or take a quarter.

    `chance` is a random number in [0, 1): several apps behind one office address must not retry in step.
    """
    return min(MAX_WAIT_MS, _spread(_FIRST_MS * _FACTOR ** (min(attempt, 8) - 1), chance))


def offline_wait_ms(probes: int, *, chance: float) -> int:
    """Wait after `probes` (1, 2, …) attempts that reached nobody: 2 s doubling to a minute, give or take a quarter."""
    return _spread(min(_OFFLINE_MOST_MS, _OFFLINE_FIRST_MS * 2 ** (min(probes, 8) - 1)), chance)


def _spread(wait_ms: int, chance: float) -> int:
    return int(wait_ms * (0.75 + chance / 2))
