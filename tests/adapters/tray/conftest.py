"""A private bus with a panel on it."""

import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.private_bus import private_bus

if sys.platform != "linux":
    collect_ignore = ["linux"]
if TYPE_CHECKING:
    from tests.support.tray_host import TrayHost

os.environ.setdefault("PYSTRAY_BACKEND", "dummy")  # else importing pystray looks for an X server


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with private_bus(tmp_path) as (where, _daemon):
        yield where


@pytest.fixture
async def host(address: str) -> "AsyncIterator[TrayHost]":
    from tests.support.tray_host import TrayHost

    panel = await TrayHost.connect(address)
    yield panel
    if panel.bus.connected:
        panel.leave()
