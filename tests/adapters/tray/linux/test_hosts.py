"""Panels that come, go and come back; sessions without one; a bus that dies; and what the tray says then."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.private_bus import private_bus
from tests.support.running_tray import running_tray
from tests.support.snapshots import paused, snapshot
from tests.support.tray_host import WATCHER, TrayHost
from tray_app.core.kernel.texts import text
from tray_app.core.menu.actions import Quit

pytestmark = pytest.mark.anyio


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with private_bus(tmp_path) as started:
        yield started


async def test_the_icon_registers_under_its_unique_name(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        await host.until(lambda: running.hosted == [True])
        ((sender, service),) = host.items
        assert sender == service
        assert sender.startswith(":")
        assert running.tray.problem is None


async def test_a_panel_that_comes_later_gets_the_icon(address: str) -> None:
    watching = await TrayHost.connect(address, watcher=False)
    async with running_tray(address, watching) as running:
        await watching.until(lambda: running.hosted == [False])
        assert running.tray.problem is not None
        assert running.tray.problem.reason == text("tray.no_host")
        await watching.bus.request_name(WATCHER)
        await watching.until(lambda: running.hosted == [False, True])
        assert (await watching.lines())[-1] == "Quit"
    watching.leave()


async def test_nothing_is_drawn_for_no_panel_and_one_that_comes_later_sees_the_state_of_then(address: str) -> None:
    watching = await TrayHost.connect(address, watcher=False)
    async with running_tray(address, watching) as running:
        await watching.until(lambda: running.hosted == [False])
        drawn = running.drawn
        for queued in range(3):
            running.show(snapshot(queued=queued))
        running.show(snapshot(pause=paused()))
        done: list[bool] = []

        def work() -> None:  # after whatever the pings have asked for
            done.append(True)
            running._told()

        running.backend.post(work)
        await watching.until(lambda: done == [True])
        assert running.drawn == drawn
        await watching.bus.request_name(WATCHER)
        await watching.until(lambda: running.hosted == [False, True])
        assert running.drawn == drawn + 1
        assert (await watching.properties())["ToolTip"][2:] == ("⏸ Paused until 14:30", "Nothing sent yet")
        assert any("Resume" in line for line in await watching.lines())
    watching.leave()


async def test_a_restarted_panel_gets_the_icon_again_and_its_clicks_arrive(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        await host.until(lambda: running.hosted == [True])
        observer = await TrayHost.connect(address, watcher=False, notes=False)
        running._told = lambda: observer.bus._loop.call_soon_threadsafe(observer.nudge)
        host.leave()
        await observer.until(lambda: running.hosted == [True, False])
        await observer.bus.request_name(WATCHER)
        await observer.until(lambda: running.hosted == [True, False, True])
        await observer.click("Quit")
        assert running.performed == [Quit()]
        observer.leave()


async def test_a_watcher_without_a_panel_is_no_host_until_one_joins(address: str) -> None:
    host = await TrayHost.connect(address, panel=False)
    async with running_tray(address, host) as running:
        await host.until(lambda: running.hosted == [False])
        host.panel_appears()
        await host.until(lambda: running.hosted == [False, True])
    host.leave()


async def test_a_bus_that_dies_is_said_and_the_app_goes_on(bus: tuple[str, subprocess.Popen[str]]) -> None:
    address, daemon = bus
    host = await TrayHost.connect(address)
    async with running_tray(address, host) as running:
        await host.until(lambda: running.hosted == [True])
        daemon.kill()
        await host.until(lambda: running.hosted == [True, False])
        assert running.tray.problem is not None
        assert running.tray.problem.reason == text("tray.bus_dead")
        running.tray.ping()
        running.tray.notify("still", "here")
        assert running.thread.is_alive()


async def test_a_bus_that_is_gone_leaves_the_loop_working(bus: tuple[str, subprocess.Popen[str]]) -> None:
    address, daemon = bus
    host = await TrayHost.connect(address)
    async with running_tray(address, host) as running:
        await host.until(lambda: running.hosted == [True])
        daemon.kill()
        await host.until(lambda: running.hosted == [True, False])
        ran: list[bool] = []

        def work() -> None:
            ran.append(True)
            running._told()

        running.backend.post(work)
        await host.until(lambda: ran == [True])
