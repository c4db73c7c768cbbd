"""The owner's exceptions from the policy: everything for ten minutes, one call, one session; they outlive a restart."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from tray_app.core.delivery.delivery import Origin
from tray_app.core.kernel.deadline import Deadline, after
from tray_app.core.kernel.errors import StoreUnavailable
from tray_app.core.policy.evaluate import OVERRIDE_ONCE, Call
from tray_app.core.policy.overrides import Override, Overrides, session_override
from tray_app.core.policy.verdict import Verdict
from tray_app.services.ports import Clock, StateStore

log = logging.getLogger(__name__)
EVERYTHING_MS = 600_000
_SESSION_MS = 86_400_000  # a session ends, but its client's name, which stands in for an unknown one, does not
_STATE = "passes"
_MOST = 200  # of each kind; the oldest goes first
_LOOK_MS = 60_000  # the wall clock may be set and the machine may sleep, so no wait is longer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A pass and when it ends."""

    what: Override
    until: Deadline


class OwnerOverrides:
    """Lives on the engine's loop. A pass ends by either clock: it is never longer because one was set back."""

    def __init__(self, memory: StateStore, clock: Clock, *, changed: Callable[[], None]) -> None:
        """Nothing is read yet."""
        self._memory = memory
        self._clock = clock
        self._changed = changed
        self._everything: Deadline | None = None
        self._once: list[Override] = []
        self._sessions: list[_Held] = []
        self._now: Overrides | None = None
        self._look = asyncio.Event()

    def load(self) -> None:
        """Read those of the last run. Unreadable ones are forgotten: the policy then holds, the careful reading."""
        try:
            kept = self._memory.read_state(_STATE)
        except StoreUnavailable:
            return
        if isinstance(kept, dict):
            self._everything = self._deadline(kept.get("until_ms"), EVERYTHING_MS)
            self._once = [what for what, _ in _overrides(kept.get("once"))]
            held = (
                (what, self._deadline(until_ms, _SESSION_MS)) for what, until_ms in _overrides(kept.get("sessions"))
            )
            self._sessions = [_Held(what=what, until=until) for what, until in held if until is not None]

    async def run(self) -> None:
        """Say so when a pass ends by itself, for ever."""
        while True:
            self._look.clear()
            left = [self._left_ms(until) for until in self._ends()]
            await self._clock.wait(self._look, min((*left, _LOOK_MS)) if left else None)
            self._drop_ended()

    def now(self) -> Overrides:
        """Those that hold now, times as steady ms."""
        self._drop_ended()
        if self._now is None:
            self._now = Overrides(
                everything_until_ms=None if self._everything is None else self._everything.steady_ms,
                once=frozenset(self._once),
                sessions=frozenset(held.what for held in self._sessions),
            )
        return self._now

    def everything_until_ms(self) -> int | None:
        """Until when (wall-clock ms) everything is allowed; None: it is not."""
        until = self._everything
        return None if until is None or not self._left_ms(until) else until.wall_ms

    def allow_everything(self, length_ms: int) -> None:
        """Let every call through for a while; 0 ends that at once."""
        self._everything = self._after(length_ms) if length_ms else None
        self._keep()

    def allow_session(self, tool: str, origin: Origin) -> None:
        """Ask no more about this tool in this session, which is known."""
        what = session_override(tool, grant=origin.grant, session=origin.session)
        one = _Held(what=what, until=self._after(_SESSION_MS))
        self._sessions = [*(each for each in self._sessions if each.what != what), one][-_MOST:]
        self._keep()

    def allow_once(self, tool: str, grant: str) -> None:
        """Let this client's next call of this tool through."""
        self._once = [*self._once, Override(tool=tool, whose=grant)][-_MOST:]
        self._keep()

    def used(self, verdict: Verdict, call: Call) -> None:
        """Take away what a verdict has used up."""
        if verdict.rule == OVERRIDE_ONCE:
            self._once.remove(Override(tool=call.tool, whose=call.grant))
            self._keep()

    def _ends(self) -> list[Deadline]:
        everything = [] if self._everything is None else [self._everything]
        return [*everything, *(held.until for held in self._sessions)]

    def _drop_ended(self) -> None:
        if all(self._left_ms(until) for until in self._ends()):
            return
        if self._everything is not None and not self._left_ms(self._everything):
            self._everything = None
        self._sessions = [held for held in self._sessions if self._left_ms(held.until)]
        self._keep()

    def _deadline(self, until_ms: object, longest_ms: int) -> Deadline | None:
        """Read an end of the last run; one further away than it can be was written by a clock that was set since."""
        left_ms = until_ms - self._clock.now_ms() if isinstance(until_ms, int) else 0
        return self._after(left_ms) if 0 < left_ms <= longest_ms else None

    def _after(self, ms: int) -> Deadline:
        return after(ms, wall_ms=self._clock.now_ms(), steady_ms=self._clock.steady_ms())

    def _left_ms(self, until: Deadline) -> int:
        return until.left_ms(wall_ms=self._clock.now_ms(), steady_ms=self._clock.steady_ms())

    def _keep(self) -> None:
        self._now = None
        self._look.set()
        kept = {
            "until_ms": None if self._everything is None else self._everything.wall_ms,
            "once": [[each.tool, each.whose, 0] for each in self._once],
            "sessions": [[held.what.tool, held.what.whose, held.until.wall_ms] for held in self._sessions],
        }
        try:
            self._memory.write_state(_STATE, kept)
        except StoreUnavailable:
            log.warning("what the owner allowed could not be kept; it ends with the app")
        self._changed()


def _overrides(value: object) -> list[tuple[Override, object]]:
    rows = value if isinstance(value, list) else []
    return [
        (Override(tool=row[0], whose=row[1]), row[2])
        for row in rows
        if isinstance(row, list) and [type(each) for each in row[:2]] == [str, str] and len(row) == 3  # noqa: PLR2004 - tool, holder, end
    ]
