"""What the tracking of sessions needs to read: the client's own records."""

from typing import Protocol

from tray_app.core.claude_code import LiveProcess, Scan


class Records(Protocol):
    """What the client has written itself. Nothing here raises."""

    async def live(self) -> tuple[LiveProcess, ...]:
        """Clients that run now."""
        ...

    async def scan(self, *, live: frozenset[str] = frozenset()) -> Scan:
        """What was written since the last call."""
        ...

    async def stirred(self, live: frozenset[str]) -> bool:
        """Whether a scan would find something new of these sessions, cheaply."""
        ...

    async def find_call(self, tool_use_id: str) -> str | None:
        """The session that made this call."""
        ...
