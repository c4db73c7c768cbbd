"""The life of the one connection people are heard through: when it is opened, replaced, given up and tried again.

Values only: each method is told what happened and when (a steady clock's ms) and gives the next state with what is to
be done. At most one connection is live. One that is to be replaced stays until the next one is there, or has failed.
"""

from dataclasses import dataclass, replace
from typing import Self, TypeAlias

from tray_app.core.hearing.stream import NotOpened, StreamRefusal
from tray_app.core.kernel.texts import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to wait for what, in ms."""

    first_ms: int = 1_000  # after a failure; twice as long after each further one
    most_ms: int = 60_000
    owner_ms: int = 300_000  # where only the owner can mend it
    steady_ms: int = 60_000  # a connection that lasted so long was a good one
    quiet_ms: int = 90_000  # without a frame, where the service asks more often than that whether we are there
    still_ms: int = 900_000  # where it does not
    asleep_ms: int = 30_000  # nobody looked for so long beyond the time: the computer slept, the connection is dead


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOne:
    """Ask for a ticket and connect with it, as this number; then say `opened` or `failed`."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseOne:
    """Close this connection; nothing more is heard of it."""

    number: int


Command: TypeAlias = OpenOne | CloseOne
LOST = NotOpened(refusal=StreamRefusal.NETWORK, reason=text("stream.lost"), hint=text("stream.wait_hint"))
SILENT = NotOpened(refusal=StreamRefusal.NETWORK, reason=text("stream.silent"), hint=text("stream.wait_hint"))
LEFT = NotOpened(refusal=StreamRefusal.WAIT, reason=text("stream.left"), hint=text("stream.wait_hint"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLife:
    """Numbers are of connections, 0 for none: `opening`, `live`, and `leaving`, which the next one replaces.

    `due_ms`: when the next one is to be opened; `failed`: why there is none; `tries`: failures since the last good one.
    `count` is the last number; the other times tell when it failed, since when it is live, when a frame came, when
    somebody looked.
    """

    pace: Pace = Pace()
    running: bool = False
    opening: int = 0
    live: int = 0
    leaving: int = 0
    due_ms: int | None = None
    failed: NotOpened | None = None
    tries: int = 0
    failed_ms: int = 0
    count: int = 0
    since_ms: int = 0
    heard_ms: int = 0
    looked_ms: int = 0
    pinged_ms: int | None = None
    gap_ms: int = 0  # the longest between two pings

    def started(self, now_ms: int) -> "Step":
        """Begin; what runs already goes on, and waits no longer than a second after it tried last."""
        if self.opening or self.live:
            return self, ()
        begun = replace(self, running=True, looked_ms=now_ms)
        may_ms = now_ms if self.due_ms is None else self.failed_ms + self.pace.first_ms
        return _open(begun) if now_ms >= may_ms else (replace(begun, due_ms=may_ms), ())

    def stopped(self) -> "Step":
        """End: close what there is."""
        there = tuple(CloseOne(number=number) for number in (self.opening, self.live, self.leaving) if number)
        return StreamLife(pace=self.pace, count=self.count), there

    def replaced(self, now_ms: int) -> "Step":
        """Connect anew at once, as somebody else: what there is was the former's and closes first."""
        ended, commands = self.stopped()
        begun, more = ended.started(now_ms)
        return begun, commands + more

    def opened(self, number: int, now_ms: int) -> "Step":
        """It is there; the one it replaces goes."""
        if number != self.opening:
            return self, (CloseOne(number=number),)
        gone = (CloseOne(number=self.leaving),) if self.leaving else ()
        now_live = replace(self, opening=0, live=number, leaving=0, failed=None)
        return replace(now_live, since_ms=now_ms, heard_ms=now_ms, looked_ms=now_ms, pinged_ms=None, gap_ms=0), gone

    def failed_to_open(self, number: int, why: NotOpened, now_ms: int, chance: float) -> "Step":
        """It did not come to be; `chance` in [0, 1) spreads those that failed at the same time."""
        if not number or number != self.opening:
            return self, ()
        gone = (CloseOne(number=self.leaving),) if self.leaving else ()
        return _wait(replace(self, opening=0, leaving=0), why, now_ms, chance), gone

    def lost(self, number: int, now_ms: int, chance: float) -> "Step":
        """It broke off."""
        if number == self.leaving:
            return replace(self, leaving=0), ()
        if not number or number != self.live:
            return self, ()
        return _wait(replace(self.rested(now_ms), live=0), LOST, now_ms, chance), ()

    def left(self, number: int, now_ms: int, chance: float) -> "Step":
        """The service delivers nothing on it any more."""
        return _leave(self, number, LEFT, now_ms, chance)

    def framed(self, number: int, now_ms: int, *, ping: bool = False) -> Self:
        """A frame came."""
        if number != self.live:
            return self
        heard = replace(self.rested(now_ms), heard_ms=now_ms)
        if not ping:
            return heard
        gap_ms = 0 if self.pinged_ms is None else now_ms - self.pinged_ms
        return replace(heard, pinged_ms=now_ms, gap_ms=max(self.gap_ms, gap_ms))

    def looked(self, now_ms: int, chance: float) -> "Step":
        """Time has passed."""
        slept = now_ms - self.looked_ms > self.pace.most_ms + self.pace.asleep_ms
        seen = replace(self, looked_ms=now_ms)
        if seen.due_ms is not None and (now_ms >= seen.due_ms or slept):
            return _open(seen)
        if seen.live and (slept or now_ms - seen.heard_ms >= seen.patience_ms):
            return _leave(seen, seen.live, SILENT, now_ms, chance)
        return seen, ()

    @property
    def next_ms(self) -> int | None:
        """When `looked` should be said at the latest; None: never, it is off. While it runs, within a minute."""
        if not self.running:
            return None
        soon = self.looked_ms + self.pace.most_ms
        if self.due_ms is not None:
            return min(soon, self.due_ms)
        return min(soon, self.heard_ms + self.patience_ms) if self.live else soon

    @property
    def patience_ms(self) -> int:
        """How long no frame may come: the service shows by its pings how often it says something by itself."""
        return min(max(3 * self.gap_ms, self.pace.quiet_ms), self.pace.still_ms) if self.gap_ms else self.pace.still_ms

    def rested(self, now_ms: int) -> Self:
        """Forget the failures before a connection that was a good one."""
        return replace(self, tries=0) if self.live and now_ms - self.since_ms >= self.pace.steady_ms else self


Step: TypeAlias = tuple[StreamLife, tuple[Command, ...]]


def _leave(life: StreamLife, number: int, why: NotOpened, now_ms: int, chance: float) -> Step:
    """Replace the live connection: at once, unless the last ones were left as quickly."""
    if not number or number != life.live:
        return life, ()
    leaving = replace(life.rested(now_ms), live=0, leaving=number)
    if leaving.tries:
        return _wait(leaving, why, now_ms, chance), ()
    return _open(replace(leaving, tries=1))


def _wait(life: StreamLife, why: NotOpened, now_ms: int, chance: float) -> StreamLife:
    tries, pace = life.tries + 1, life.pace
    usual_ms = min(pace.first_ms << min(tries - 1, 20), pace.most_ms)
    least_ms = pace.owner_ms if why.refusal is StreamRefusal.OWNER else usual_ms // 2
    wait_ms = max(least_ms, why.after_ms) + int(chance * usual_ms / 2)
    return replace(life, tries=tries, due_ms=now_ms + wait_ms, failed=why, failed_ms=now_ms)


def _open(life: StreamLife) -> Step:
    number = life.count + 1
    return replace(life, count=number, opening=number, due_ms=None), (OpenOne(number=number),)
