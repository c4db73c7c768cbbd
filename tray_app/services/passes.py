"""The owner's exceptions from the policy: everything for ten minutes, one call, one session; they outlive a restart."""

import logging
from collections.abc import Callable
from typing import Protocol

from tray_app.core.decide import PASS_ONCE, Call
from tray_app.core.errors import StoreUnavailable
from tray_app.core.outbox import Origin
from tray_app.core.passes import Pass, Passes
from tray_app.core.verdict import Verdict
from tray_app.services.ports import Clock

log = logging.getLogger(__name__)
EVERYTHING_MS = 600_000
_STATE = "passes"
_MOST = 200  # sessions' passes; the oldest goes first


class Memory(Protocol):
    """What survives a restart. Raises StoreUnavailable."""

    def read_state(self, key: str) -> object:
        """A small value."""
        ...

    def write_state(self, key: str, value: object) -> None:
        """Keep it."""
        ...


class PassBook:
    """Lives on the engine's loop. Times are wall-clock ms, so that ten minutes end although the app was not running."""

    def __init__(self, memory: Memory, clock: Clock, *, changed: Callable[[], None]) -> None:
        """Nothing is read yet."""
        self._memory = memory
        self._clock = clock
        self._changed = changed
        self._since_ms = 0
        self._until_ms = 0
        self._once: list[Pass] = []
        self._sessions: list[Pass] = []

    def load(self) -> None:
        """Read those of the last run. Unreadable ones are forgotten: the policy then holds, the careful reading."""
        try:
            kept = self._memory.read_state(_STATE)
        except StoreUnavailable:
            return
        if isinstance(kept, dict):
            self._since_ms, self._until_ms = _whole(kept.get("since_ms")), _whole(kept.get("until_ms"))
            self._once, self._sessions = _passes(kept.get("once")), _passes(kept.get("sessions"))

    def now(self) -> Passes:
        """Those that hold now, times as steady ms."""
        until_ms = self.everything_until_ms()
        left_ms = None if until_ms is None else until_ms - self._clock.now_ms() + self._clock.steady_ms()
        return Passes(everything_until_ms=left_ms, once=frozenset(self._once), sessions=frozenset(self._sessions))

    def everything_until_ms(self) -> int | None:
        """Until when (wall-clock ms) everything is allowed; None: it is not. A clock set back ends it."""
        return self._until_ms if self._since_ms <= self._clock.now_ms() < self._until_ms else None

    def allow_everything(self, length_ms: int) -> None:
        """Let every call through for a while; 0 ends that at once."""
        self._since_ms = self._clock.now_ms()
        self._until_ms = self._since_ms + length_ms
        self._keep()

    def allow_session(self, tool: str, origin: Origin) -> None:
        """Ask no more about this tool in this session (of a client whose session is unknown: by this client)."""
        one = Pass(tool=tool, whose=origin.session or origin.grant)
        self._sessions = [*(each for each in self._sessions if each != one), one][-_MOST:]
        self._keep()

    def allow_once(self, tool: str, grant: str) -> None:
        """Let this client's next call of this tool through."""
        self._once = [*self._once, Pass(tool=tool, whose=grant)][-_MOST:]
        self._keep()

    def used(self, verdict: Verdict, call: Call) -> None:
        """Take away what a verdict has used up."""
        if verdict.rule == PASS_ONCE:
            self._once.remove(Pass(tool=call.tool, whose=call.grant))
            self._keep()

    def _keep(self) -> None:
        kept = {
            "since_ms": self._since_ms,
            "until_ms": self._until_ms,
            "once": [[each.tool, each.whose] for each in self._once],
            "sessions": [[each.tool, each.whose] for each in self._sessions],
        }
        try:
            self._memory.write_state(_STATE, kept)
        except StoreUnavailable:
            log.warning("what the owner allowed could not be kept; it ends with the app")
        self._changed()


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _passes(value: object) -> list[Pass]:
    pairs = value if isinstance(value, list) else []
    return [Pass(tool=str(pair[0]), whose=str(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) == 2]  # noqa: PLR2004 - a pair
