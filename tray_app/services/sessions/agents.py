"""What agents' clients have written themselves, read by one reader for each kind and seen as one."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from tray_app.core.sessions.live.scan import LiveProcess, Scan

log = logging.getLogger(__name__)


class AgentRecords(Protocol):
    """What the clients of one kind have written. Nothing here raises."""

    async def live(self) -> tuple[LiveProcess, ...]:
        """Clients that run now."""
        ...

    async def scan(self, *, live: frozenset[str] = frozenset()) -> Scan:
        """What was written since the last call, a bounded time at most; `live` names sessions known to run."""
        ...

    async def tell(self, session_ids: Collection[str]) -> None:
        """Have the next scan tell these sessions, if a scan named them as known."""
        ...

    async def stirred(self, live: frozenset[str]) -> bool:
        """Whether a scan would find something new of these sessions, cheaply."""
        ...

    async def watch(self, live: frozenset[str], stirred: Callable[[], None]) -> bool:
        """Have `stirred` called on the loop when a client begins or ends, or something is written of these sessions.

        False where the system does not tell. Called again after each look.
        """
        ...

    async def find_call(self, tool_use_id: str) -> str | None:
        """The session that made this call."""
        ...

    async def close(self) -> None:
        """Stop reading."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedAgent:
    """One kind: the name that its sessions carry, what people call it, and the reader of what its clients write."""

    name: str
    title: str
    records: AgentRecords


class EveryAgent:
    """Several kinds as one; what each tells is marked with its name.

    A reader that fails, which it promises not to, takes nothing from the others.
    """

    def __init__(self, agents: Sequence[WatchedAgent]) -> None:
        """Touch nothing yet."""
        self._kinds = [_Kind(one) for one in agents]

    async def live(self) -> tuple[LiveProcess, ...]:
        """Clients that run now, kind by kind."""
        found = await asyncio.gather(*(kind.live() for kind in self._kinds))
        return tuple(process for some in found for process in some)

    async def scan(self, *, live: frozenset[str]) -> Scan:
        """What was written since the last call, all together."""
        scans = await asyncio.gather(*(kind.scan(live) for kind in self._kinds))
        if len(scans) == 1:
            return scans[0]
        return Scan(
            changed={name: session for scan in scans for name, session in scan.changed.items()},
            days=tuple(day for scan in scans for day in scan.days),
            gone=frozenset(name for scan in scans for name in scan.gone),
            known={name: last_ms for scan in scans for name, last_ms in scan.known.items()},
            notes=tuple(note for scan in scans for note in scan.notes),
            complete=all(scan.complete for scan in scans),
            counted=all(scan.counted for scan in scans),
        )

    async def tell(self, session_ids: Collection[str]) -> None:
        """Have the next scan tell these sessions."""
        await asyncio.gather(*(kind.tell(session_ids) for kind in self._kinds))

    async def stirred(self, live: frozenset[str]) -> bool:
        """Whether a scan would find something new of these sessions."""
        for kind in self._kinds:
            if await kind.stirred(live):
                return True
        return False

    async def watch(self, live: frozenset[str], stirred: Callable[[], None]) -> bool:
        """Have `stirred` called when there may be something to see; False where not every kind can tell."""
        return all([await kind.watch(live, stirred) for kind in self._kinds])

    async def find_call(self, tool_use_id: str) -> str | None:
        """The session that made this call; None also where sessions of two kinds claim it."""
        found = [await kind.records.find_call(tool_use_id) for kind in self._kinds]
        sessions = {session for session in found if session is not None}
        return sessions.pop() if len(sessions) == 1 else None

    async def close(self) -> None:
        """Stop every reader."""
        await asyncio.gather(*(kind.records.close() for kind in self._kinds))


class _Kind:
    """One reader; where it fails, nothing new was written, and those run that ran when it last knew."""

    def __init__(self, agent: WatchedAgent) -> None:
        self._name = agent.name
        self.records = agent.records
        self._ran: tuple[LiveProcess, ...] = ()

    async def live(self) -> tuple[LiveProcess, ...]:
        try:
            self._ran = tuple(replace(one, agent=self._name) for one in await self.records.live())
        except Exception:
            log.exception("running clients could not be looked for")
        return self._ran

    async def scan(self, live: frozenset[str]) -> Scan:
        try:
            scan = await self.records.scan(live=live)
        except Exception:
            log.exception("transcripts could not be read")
            return Scan()
        changed = {name: replace(session, agent=self._name) for name, session in scan.changed.items()}
        return replace(scan, changed=changed) if changed else scan

    async def tell(self, session_ids: Collection[str]) -> None:
        try:
            await self.records.tell(session_ids)
        except Exception:
            log.exception("sessions known from before could not be asked for")

    async def stirred(self, live: frozenset[str]) -> bool:
        try:
            return await self.records.stirred(live)
        except Exception:
            log.exception("transcripts could not be looked at")
            return False

    async def watch(self, live: frozenset[str], stirred: Callable[[], None]) -> bool:
        try:
            return await self.records.watch(live, stirred)
        except Exception:
            log.exception("transcripts could not be watched")
            return False
