"""A menu that changes while it is looked at: ids stay, signals are small, clicks arrive, memory does not grow."""

import gc
import sys
from typing import Any

import pytest

from tests.support.running_tray import RunningTray, running_tray
from tests.support.snapshots import paused, robot, send, snapshot
from tests.support.tray_host import TrayHost
from tray_app.core.menu.actions import SendTest, ShowDelivery
from tray_app.core.state.snapshot import Snapshot

pytestmark = pytest.mark.anyio


async def shown(host: TrayHost, running: RunningTray, value: Snapshot) -> list[tuple[str, list[Any]]]:
    """Show a snapshot and return the signals the desktop got for it (a second show of it sends nothing)."""
    await host.lines()
    host.signals.clear()
    running.show(value)
    await host.lines()
    return list(host.signals)


async def test_a_changed_text_is_one_property_update_of_the_same_line(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        status = (await host.layout()).children[0].number
        signals = await shown(host, running, snapshot(queued=3))
        updates = [body for name, body in signals if name == "ItemsPropertiesUpdated"]
        assert [[[number, list(said)] for number, said in body[0]] for body in updates] == [[[status, ["label"]]]]
        assert not [name for name, _ in signals if name == "LayoutUpdated"]


async def test_a_property_that_falls_back_to_its_default_is_removed(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        running.show(snapshot(robots=(robot(ready=False),)))
        test = (await host.find("Send test message")).number
        signals = await shown(host, running, snapshot())
        (removed,) = [body[1] for name, body in signals if name == "ItemsPropertiesUpdated"]
        assert removed == [(test, ["enabled"])]


async def test_a_new_send_changes_the_shape_of_its_submenu_only(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        running.show(snapshot(recent=(send(5), send(6))))
        before = await host.find("Recent sends")
        signals = await shown(host, running, snapshot(recent=(send(4), send(5))))
        assert [body[1] for name, body in signals if name == "LayoutUpdated"] == [before.number]
        after = await host.find("Recent sends")
        assert after.number == before.number
        assert after.children[1].number == before.children[0].number


async def test_a_click_reaches_the_line_that_was_read_although_the_menu_changed_since(
    address: str, host: TrayHost
) -> None:
    async with running_tray(address, host) as running:
        running.show(snapshot(recent=(send(5), send(6))))
        line = await host.find("Recent sends", "11:55")
        await shown(host, running, snapshot(recent=(send(1), send(2), send(5))))
        await host.event(line.number)
        assert running.performed == [ShowDelivery("d5")]


async def test_a_click_on_a_line_that_went_away_or_was_greyed_does_nothing(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        test, status = await host.find("Send test message"), await host.find("●")
        await shown(host, running, snapshot(pause=paused()))
        await host.event(test.number)
        await host.event(status.number)
        assert running.performed == []


async def test_opening_the_menu_draws_it_anew_without_a_ping(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        await host.lines()
        running.snapshot = snapshot(pause=paused(minutes=None))
        assert (await host.menu("AboutToShow", "i", [0])) == [True]
        assert (await host.menu("AboutToShow", "i", [0])) == [False]
        assert (await host.lines())[0] == "{⏸ Paused until you resume}"


async def test_equal_snapshots_send_nothing(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        running.show(snapshot(recent=(send(2),)))
        assert await shown(host, running, snapshot(recent=(send(2),), now_ms=running.snapshot.now_ms + 1)) == []


async def test_the_icon_and_the_tooltip_follow_the_state(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        before = await host.properties()
        signals = await shown(host, running, snapshot(pause=paused()))
        after = await host.properties()
        assert {"NewIcon", "NewToolTip"} <= {name for name, _ in signals}
        assert before["IconPixmap"] != after["IconPixmap"]
        assert after["ToolTip"][2:] == ("⏸ Paused until 14:30", "Nothing sent yet")


async def test_many_pings_make_few_drawings(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        await host.lines()
        drawn = running.drawn
        for number in range(1_000):
            running.snapshot = snapshot(queued=number)
            running.tray.ping()
        host.signals.clear()
        await host.until(lambda: bool(host.signals))
        assert 1 <= running.drawn - drawn <= 2
        assert (await host.lines())[0] == "{● Running · 999 to send}"


async def test_a_fault_in_the_app_keeps_the_old_menu_and_the_tray_alive(
    address: str, host: TrayHost, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_tray(address, host) as running:
        before = await host.lines()
        running.fault = LookupError("on purpose")
        running.show(snapshot(pause=paused()))
        assert await host.lines() == before
        await host.click("Quit")
        running.fault = None
        assert (await host.lines())[0] == "{⏸ Paused until 14:30}"
        assert "the menu could not be drawn" in caplog.text
        assert "a click failed" in caplog.text


async def test_a_thousand_changes_lose_no_click_and_leave_no_memory_behind(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:

        async def change(first: int, last: int) -> None:
            for number in range(first, last):
                recent = tuple(send(each) for each in range(number, number + 10))
                running.snapshot = snapshot(queued=number, recent=recent, pause=paused() if number % 10 == 7 else None)
                await host.menu("AboutToShow", "i", [0])
                if number % 100 == 1:
                    await host.click("Send test message")

        await change(0, 300)
        before = _blocks(host)
        await change(300, 1_000)
        assert _blocks(host) - before < 700  # about one block a change would be a leak
        assert running.performed == [SendTest()] * 10


def _blocks(host: TrayHost) -> int:
    """Count what Python holds in this process, less what the test's own desktop has written down."""
    host.signals.clear()
    gc.collect()
    return sys.getallocatedblocks()
