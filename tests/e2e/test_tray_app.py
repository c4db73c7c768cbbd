"""The real app on a desktop: its menu is read and clicked over D-Bus, a strict robot listens."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.support.forks import running_app
from tests.support.mcp_client import connected
from tests.support.patience import PATIENCE_S
from tests.support.private_bus import private_bus
from tests.support.tray_host import TrayHost
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.app.client.child import Child, clean_environment
from tray_app.app.client.child import running_app as fresh_app

pytestmark = [pytest.mark.anyio, pytest.mark.needs("dbus")]
Run: TypeAlias = Callable[..., AbstractContextManager[Child]]


@asynccontextmanager
async def desktop(
    folder: Path, robot: SandboxRobot, run: Run = running_app, /, *, language: str = "en_US.UTF-8", **more: str
) -> AsyncIterator[tuple[Child, TrayHost]]:
    """A desktop with a panel, and the app started from it."""
    with private_bus(folder) as (bus, _daemon):
        host = await TrayHost.connect(bus)
        environ = {
            **clean_environment(),
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "DINGTALK_WEBHOOK": robot.webhook,
            "DINGTALK_SECRET": robot.secret,
            "LC_ALL": language,
            "LANGUAGE": "",
            **more,
        }
        with run(folder / "home", environ=environ, arguments=("--port", "0")) as child:
            await host.until(lambda: bool(host.items))
            yield child, host
        host.leave()


async def shows(host: TrayHost, *parts: str) -> None:
    """Wait until the menu shows all of these words."""

    async def shown() -> bool:
        text = "\n".join(await host.lines())
        return all(part in text for part in parts)

    await host.until(shown)


async def call(child: Child, content: str) -> str:
    """Send a text as an agent; gives the status."""
    async with connected(child.endpoint.url, token=child.endpoint.token.reveal()) as client:
        answer = await client.call_tool("dingtalk_send_text", {"content": content})
        return str((answer.structured_content or {})["status"])


async def test_a_message_shows_in_the_menu_and_a_click_on_pause_blocks_the_next(tmp_path: Path) -> None:
    with SandboxRobot() as robot:
        async with desktop(tmp_path, robot) as (child, host):
            await shows(host, "● Running")
            assert await call(child, "The tests are green.") == "sent"
            await shows(host, "Last: ✓", "The tests are green.")
            await host.click("Pause notifications", "30 minutes")
            await shows(host, "Paused until", "Resume (")  # half an hour before midnight the end is left out: no room
            requests = robot.robot.requests
            assert await call(child, "You must not see this.") == "paused"
            assert robot.robot.requests == requests
            await shows(host, "1 not sent")
            await host.click("Resume")
            await shows(host, "● Running", "Pause notifications")
            assert await call(child, "Back again.") == "sent"
            assert [seen.text.splitlines()[0] for seen in robot.received] == ["The tests are green.", "Back again."]


async def test_the_pause_survives_a_kill(tmp_path: Path) -> None:
    with SandboxRobot() as robot:
        async with desktop(tmp_path, robot) as (child, host):
            await host.click("Pause notifications", "Until I resume")
            await shows(host, "Paused until you resume")
            child.process.kill()
            child.process.wait()
        (tmp_path / "bus.sock").unlink(missing_ok=True)
        async with desktop(tmp_path, robot) as (child, host):
            await shows(host, "Paused until you resume")
            assert await call(child, "Not now.") == "paused"
            assert robot.robot.requests == 0


async def test_the_test_message_reaches_the_group_and_says_so_on_the_desktop(tmp_path: Path) -> None:
    with SandboxRobot() as robot:
        async with desktop(tmp_path, robot, language="zh_CN.UTF-8") as (_child, host):
            await host.click("发送测试消息")
            await asyncio.to_thread(robot.wait_for, 1)
            await host.until(lambda: any("已送达" in str(note) for note in host.notes))
            await shows(host, "上次：✓")


async def test_what_dingtalk_refuses_shows_with_its_way_out(tmp_path: Path) -> None:
    with SandboxRobot() as robot:
        async with desktop(tmp_path, robot, DINGTALK_SECRET="SEC" + "0" * 64) as (child, host):
            assert await call(child, "Signed with another key.") == "failed"
            await shows(host, "The signature does not match", "Fix")
            assert robot.received == ()


async def test_quit_in_the_menu_ends_the_app_well_and_takes_the_icon_away(tmp_path: Path) -> None:
    with SandboxRobot() as robot:
        async with desktop(tmp_path, robot, fresh_app) as (child, host):
            await host.click("Quit")
            assert await asyncio.to_thread(child.process.wait, PATIENCE_S) == 0
            assert not child.paths.endpoint.exists()
