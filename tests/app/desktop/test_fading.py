"""A snapshot that time makes wrong is built anew without anybody asking."""

import asyncio

import pytest

from tests.support.patience import PATIENCE_S
from tests.support.snapshots import NOON, robot, snapshot
from tray_app.app.desktop.prompts import SnapshotExpiry
from tray_app.core.state.snapshot import PolicyView, Snapshot
from tray_app.services.state.hub import Hub

pytestmark = pytest.mark.anyio


async def test_an_exception_that_ends_is_heard_of_and_then_nothing_is_looked_at_any_more() -> None:
    calm = snapshot(robots=(robot(minute_used=0),))
    built: list[Snapshot] = []
    heard = asyncio.Event()

    def build() -> Snapshot:
        over = bool(built)
        built.append(snapshot(robots=calm.robots, policy=PolicyView(everything_until_ms=None if over else NOON + 1)))
        return built[-1]

    hub = Hub(build, first=calm)
    hub.listen(SnapshotExpiry(hub).heard)
    hub.refresh()
    hub.listen(heard.set)
    await asyncio.wait_for(heard.wait(), PATIENCE_S)
    assert hub.snapshot == calm
    assert len(built) == 2
