"""The door to Claude Code's records for the engine's loop: one worker thread reads, the loop gets plain values."""

import asyncio
import sys
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tray_app.adapters.claude_code.files import config_folders
from tray_app.adapters.claude_code.registry import live_processes
from tray_app.adapters.claude_code.stirring import Stirs, places_of
from tray_app.adapters.claude_code.transcripts import TranscriptReader
from tray_app.core.sessions.live.scan import LiveProcess, Scan

_T = TypeVar("_T")
_KEPT = "claude-code.read"
_SLICE_MS = 500  # a first scan of hundreds of megabytes is handed over in pieces, so that numbers show while it runs


class ClaudeRecords:
    """Sessions of Claude Code as its own files tell them. All calls are safe on the loop; none raises for bad files.

    `environ` may hold `CLAUDE_CONFIG_DIR` (one folder or several with commas), else `~/.config/claude` and `~/.claude`.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        home: Path,
        *,
        now_ms: Callable[[], int],
        keep_days: int = 30,
        keep_in: Path | None = None,
    ) -> None:
        """Touch nothing yet; transcripts last written more than `keep_days` days ago are not read.

        `keep_in`: the folder for what saves reading at the next start.
        """
        self._folders = config_folders(environ, home)
        kept = None if keep_in is None else keep_in / _KEPT
        self._reader = TranscriptReader(self._folders, now_ms=now_ms, keep_days=keep_days, kept=kept)
        self._stirs = Stirs()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="claude-records")

    async def live(self) -> tuple[LiveProcess, ...]:
        """Clients that run now, by pid; a file left behind by a killed client is not listed."""
        return await self._run(lambda: live_processes(self._folders))

    async def scan(self, *, live: frozenset[str] = frozenset()) -> Scan:
        """Read what was written since the last call, half a second at most; `live` names sessions known to run.

        Idle passes cost 1-2 ms for 200 transcripts. Call again at once while the answer is not `complete`.
        """
        return await self._run(lambda: self._reader.scan(live=live, budget_ms=_SLICE_MS))

    async def tell(self, session_ids: Collection[str]) -> None:
        """Have the next scan tell these sessions, which an earlier one named as known."""
        await self._run(lambda: self._reader.tell(session_ids))

    async def stirred(self, live: frozenset[str]) -> bool:
        """Whether a scan would find something new of these sessions; costs a few stat calls."""
        return await self._run(lambda: self._reader.stirred(live))

    async def watch(self, live: frozenset[str], stirred: Callable[[], None]) -> bool:
        """Have `stirred` called on the loop when a client begins or ends, or something is written of these sessions.

        False where the kernel does not tell; call it again after each look, since folders come and go. A session
        without a transcript is found by the next scan alone, and a network's folders tell nothing.
        """
        if sys.platform != "linux":
            return False
        registries = [folder / "sessions" for folder in self._folders]
        places = await self._run(lambda: places_of([*registries, *self._reader.folders(live)]))
        return self._stirs.watch(places, stirred)

    async def find_call(self, tool_use_id: str) -> str | None:
        """The session whose transcript holds this tool call; None while unknown (the line appears within 50 ms)."""
        return await self._run(lambda: self._reader.find_call(tool_use_id))

    async def close(self) -> None:
        """Stop the worker; a scan that runs ends at its slice. What was read is kept."""
        self._stirs.close()
        self._reader.stop()
        await self._run(lambda: self._reader.keep(last=True))
        await asyncio.get_running_loop().run_in_executor(None, self._worker.shutdown)

    async def _run(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)
