"""Everything the transcripts tell, read on by offset. Belongs to one thread; see records.py for the loop's door."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tray_app.core.claude_code import Scan


class TranscriptReader:
    """Skeleton: finds nothing yet."""

    def __init__(self, folders: Sequence[Path], *, now_ms: Callable[[], int], keep_days: int = 30) -> None:
        """Touch nothing yet."""
        del folders, now_ms, keep_days

    def scan(self, *, live: frozenset[str] = frozenset(), budget_ms: int | None = None) -> Scan:
        """Read what was written since the last call, for `budget_ms` at most."""
        del live, budget_ms
        return Scan()

    def find_call(self, tool_use_id: str) -> str | None:
        """The session whose transcript holds this tool call."""
        del tool_use_id
        return None

    def stop(self) -> None:
        """End a running scan at the next piece; callable from another thread."""
