"""The kernel tells of clients that begin and of lines that are written, and nobody looks meanwhile."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_S
from tests.support.transcripts import Script, tokens
from tray_app.adapters.claude_code.reader import ClaudeRecords

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")]
_LIVE = frozenset({"s1"})


class _Watched:
    """Records of a home that are watched as the tracker does."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.told = asyncio.Event()
        self.records = ClaudeRecords({"CLAUDE_CONFIG_DIR": str(home)}, home, now_ms=lambda: time.time_ns() // 1_000_000)

    async def look(self) -> None:
        """Look, and watch what there is now, until nothing is new."""
        while True:
            self.told.clear()
            await self.records.scan(live=_LIVE)
            assert await self.records.watch(_LIVE, self.told.set)
            try:
                await asyncio.wait_for(self.told.wait(), 0.3)
            except TimeoutError:
                return

    async def is_told(self, change: Callable[[], object]) -> None:
        await self.look()
        change()
        await asyncio.wait_for(self.told.wait(), PATIENCE_S)


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[_Watched]:
    made = _Watched(tmp_path / "claude")
    yield made
    await made.records.close()


def _script(home: Path, agent_id: str = "") -> Path:
    script = Script("s1", agent_id=agent_id)
    script.reply(f"m {agent_id}", tokens())
    return script.write(home)


async def test_a_client_that_begins_is_told_also_where_no_folder_was_there(watched: _Watched) -> None:
    sessions = watched.home / "sessions"
    await watched.is_told(lambda: watched.home.mkdir())
    await watched.is_told(lambda: sessions.mkdir())
    await watched.is_told(lambda: (sessions / "1.json").write_text("{}"))
    await watched.is_told(lambda: (sessions / "1.json").write_text('{"a": 1}'))
    await watched.is_told(lambda: (sessions / "1.json").unlink())


async def test_a_line_and_a_first_sub_agent_of_a_session_that_runs_are_told(watched: _Watched) -> None:
    path = _script(watched.home)

    def line() -> None:
        with path.open("ab") as file:
            file.write(b"{}\n")

    await watched.is_told(line)
    await watched.is_told(lambda: _script(watched.home, agent_id="a1"))
    await watched.look()
    scan = await watched.records.scan(live=_LIVE)
    assert not scan.changed  # what the look found is all there is
    await watched.is_told(lambda: _script(watched.home, agent_id="a2"))


async def test_folders_that_are_put_elsewhere_are_watched_again(watched: _Watched) -> None:
    _script(watched.home)
    await watched.look()
    await watched.is_told(lambda: watched.home.joinpath("projects", "-code-demo").rename(watched.home / "away"))
    _script(watched.home)
    await watched.is_told(lambda: _script(watched.home))


async def test_a_burst_of_lines_is_told_a_few_times(watched: _Watched) -> None:
    path = _script(watched.home)
    await watched.look()
    told: list[float] = []
    heard = asyncio.Event()

    def tell() -> None:
        told.append(time.monotonic())
        heard.set()

    assert await watched.records.watch(_LIVE, tell)
    began = time.monotonic()
    with path.open("ab", buffering=0) as file:
        for _ in range(300):
            file.write(b"{}\n")
            await asyncio.sleep(0)
    await asyncio.wait_for(heard.wait(), PATIENCE_S)
    assert len(told) <= 2 + (time.monotonic() - began) / 0.1
