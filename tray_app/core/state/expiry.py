"""How long a snapshot stays true when nothing happens: counters fall, exceptions end, refusals become free."""

from tray_app.core.state.snapshot import EndpointState, Snapshot

MINUTE_MS = 60_000
COUNTING_MS = 5_000  # a counter of a minute falls at any moment; nobody reads it more often than this
_LEAST_MS = 1_000


def lasts_ms(snapshot: Snapshot) -> int | None:
    """Give how long (ms) until it should be built anew; None: only an event can change it."""
    if snapshot.endpoint is EndpointState.STOPPING:
        return None
    policy, now_ms = snapshot.policy, snapshot.now_ms
    refusal = policy.last_refusal
    ends = [policy.everything_until_ms, None if refusal is None else refusal.frees_ms]
    found = [end - now_ms for end in ends if end is not None and end > now_ms]
    if any(robot.minute_used for robot in snapshot.robots):
        found.append(COUNTING_MS)
    windows = [tool.window_ms for tool in policy.tools if tool.used and tool.window_ms]
    found += [COUNTING_MS if window_ms <= MINUTE_MS else MINUTE_MS for window_ms in windows]
    if not found:
        return None
    return max(_LEAST_MS, min(*found, MINUTE_MS))  # at most a minute: the machine may sleep, the clock may be set
