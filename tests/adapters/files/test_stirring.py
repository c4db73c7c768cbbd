"""The kernel says when something stirs in a folder, and nobody looks meanwhile."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_S
from tray_app.adapters.files.stirring import Stirring

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")]
_LONG_S = 10 * PATIENCE_S


@pytest.fixture
def stirring() -> Iterator[Stirring]:
    made = Stirring()
    yield made
    made.close()


async def stirs(stirring: Stirring, change: Callable[[], object]) -> None:
    """It is told, long before the time is over."""
    waiting = asyncio.ensure_future(stirring.wait(_LONG_S))
    await asyncio.sleep(0)
    change()
    await asyncio.wait_for(waiting, PATIENCE_S)


async def test_a_file_that_is_made_written_renamed_or_removed_is_told(stirring: Stirring, tmp_path: Path) -> None:
    assert stirring.watch([tmp_path])
    file = tmp_path / "a"
    for change in (file.touch, lambda: file.write_text("b"), lambda: file.rename(tmp_path / "c")):
        await stirs(stirring, change)
    while True:  # what one change has more to tell than one thing
        try:
            async with asyncio.timeout(0.05):
                await stirring.wait(_LONG_S)
        except TimeoutError:
            break
    await stirs(stirring, (tmp_path / "c").unlink)


async def test_without_all_folders_waits_end_by_their_time(stirring: Stirring, tmp_path: Path) -> None:
    assert not stirring.watch([tmp_path, tmp_path / "not there"])
    await asyncio.wait_for(stirring.wait(0.01), PATIENCE_S)


async def test_a_folder_that_is_replaced_is_watched_anew(stirring: Stirring, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert stirring.watch([folder])
    await stirs(stirring, folder.rmdir)
    folder.mkdir()
    assert stirring.watch([folder])
    await stirs(stirring, (folder / "a").touch)
