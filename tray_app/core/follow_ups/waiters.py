"""Which sessions wait for words of the owner: one hook each, the one of its last turn, and each is taken once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

MOST_WAITING = 50  # each is a process of the agent's


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """The hook of one finished turn. `since_ms` is wall-clock milliseconds."""

    id: str
    agent: str
    session: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Waiters:
    """All that wait, by session, the one that has waited longest first. Each step gives those that are to end, too."""

    by_session: Mapping[str, Waiter] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, session: str) -> Waiter | None:
        """Find the one of this session."""
        return self.by_session.get(session)

    def arrived(self, waiter: Waiter) -> "Step":
        """A turn has ended: its hook waits in the place of the last turn's."""
        left, ended = self.over(waiter.session)
        kept = {**left.by_session, waiter.session: waiter}
        while len(kept) > MOST_WAITING:
            oldest = kept.pop(next(iter(kept)))
            ended = (*ended, oldest)
        return replace(self, by_session=MappingProxyType(kept)), ended

    def over(self, session: str) -> "Step":
        """The session goes on, or has ended: nothing waits for its owner's words any more."""
        found = self.of(session)
        return (self, ()) if found is None else (self._without(found), (found,))

    def left(self, waiter: Waiter) -> "Waiters":
        """This hook waits no more; one that has taken its place stays."""
        return self._without(waiter) if self.of(waiter.session) == waiter else self

    def none(self) -> "Step":
        """Nobody may wait."""
        return Waiters(), tuple(self.by_session.values())

    def _without(self, waiter: Waiter) -> "Waiters":
        kept = {name: one for name, one in self.by_session.items() if name != waiter.session}
        return replace(self, by_session=MappingProxyType(kept))


Step: TypeAlias = tuple[Waiters, tuple[Waiter, ...]]
