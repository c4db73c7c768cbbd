"""Menu item 10 in the real app on a desktop: the page opens, connects and undoes; the look, and the address to copy.

The desktop's programs are scripts of the test: a browser that keeps the address it is given, a clipboard in a file.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.e2e.test_tray_app import desktop
from tests.support.forms import field
from tests.support.patience import PATIENCE_S
from tests.support.system import kill
from tests.support.tray_host import TrayHost
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.app.client.child import Child

pytestmark = [pytest.mark.anyio, pytest.mark.needs("dbus")]
SETTINGS = b'{\n  "permissions": {"allow": ["Bash(ls:*)"]}\n}\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """The app, its menu, the person's home, the folder of the desktop's programs, and the group."""

    child: Child
    host: TrayHost
    home: Path
    programs: Path
    robot: SandboxRobot

    @property
    def files(self) -> tuple[Path, Path]:
        return self.home / ".claude.json", self.home / ".claude" / "settings.json"

    async def written(self, name: str) -> str:
        """Wait for what a program of the desktop was given."""
        path = self.programs / name
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if path.exists() and path.read_text():
                return path.read_text()
            await asyncio.sleep(0.05)
        raise TimeoutError(name)


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@asynccontextmanager
async def seat(folder: Path, *, language: str = "en_US.UTF-8", claude: str = "") -> AsyncIterator[Seat]:
    home, programs = folder / "person", folder / "programs"
    (home / ".claude").mkdir(parents=True)
    (home / ".claude" / "settings.json").write_bytes(SETTINGS)
    programs.mkdir()
    keep = f"cd '{programs}' && printf %s \"$1\" > opened.new && mv opened.new opened"
    program(programs, "xdg-open", keep)
    program(programs, "xclip", f"cat > '{programs}/copied'")
    if claude:
        program(programs, "claude", claude)
    more = {"HOME": str(home), "CLAUDE_CONFIG_DIR": "", "DISPLAY": ":0", "PATH": f"{programs}:/usr/bin:/bin"}
    with SandboxRobot() as robot:
        async with desktop(folder, robot, language=language, **more) as (child, host):
            yield Seat(child=child, host=host, home=home, programs=programs, robot=robot)


async def test_connect_opens_a_page_that_connects_and_takes_it_back_byte_for_byte(tmp_path: Path) -> None:
    async with seat(tmp_path) as here:
        await here.host.click("Connect Claude Code", "Connect…")
        link = await here.written("opened")
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S, follow_redirects=True) as browser:
            page = await browser.get(link)
            where = str(page.url)
            assert where == here.child.endpoint.url.replace("/mcp", "/ui/connect")
            for wish, state in (("connect", "Connected"), ("disconnect", "Not connected")):
                asked = {"do": wish, "csrf": field(page.text, wish, "csrf"), "plan": field(page.text, wish, "plan")}
                page = await browser.post(where, data=asked)
                assert f'id="state">{state}<' in page.text
                servers, settings = here.files
                assert servers.exists() is (wish == "connect")
                assert (settings.read_bytes() == SETTINGS) is (wish == "disconnect")
                assert here.child.endpoint.token.reveal() not in page.text
                assert here.child.endpoint.control_token.reveal() not in page.text


async def test_without_the_program_a_look_says_so_and_lists_the_tools(tmp_path: Path) -> None:
    async with seat(tmp_path, language="zh_CN.UTF-8") as here:
        await here.host.click("连接 Claude Code", "检查连接")
        await here.host.until(lambda: any("未找到 Claude Code" in str(note) for note in here.host.notes))
        (note,) = [str(note) for note in here.host.notes if "未找到 Claude Code" in str(note)]
        assert "未找到 claude 程序" in note
        assert "dingtalk_send_text" in note


async def test_a_client_that_does_not_know_the_server_is_told_with_the_way_to_the_page(tmp_path: Path) -> None:
    async with seat(tmp_path, claude='echo "No MCP server found with name: dingtalk" >&2; exit 1') as here:
        await here.host.click("Connect Claude Code", "Check connection")
        await here.host.until(lambda: any("cannot send messages yet" in str(note) for note in here.host.notes))
        (note,) = [str(note) for note in here.host.notes if "cannot send messages yet" in str(note)]
        assert "Claude Code does not know the server yet." in note
        assert "Connect Claude Code → Connect…" in note


async def test_the_mcp_address_is_copied_and_that_is_said(tmp_path: Path) -> None:
    async with seat(tmp_path) as here:
        await here.host.click("Connect Claude Code", "Copy MCP URL")
        assert await here.written("copied") == here.child.endpoint.url
        await here.host.until(lambda: any("The MCP URL is on the clipboard" in str(note) for note in here.host.notes))


async def test_quitting_does_not_wait_for_a_client_that_says_nothing(tmp_path: Path) -> None:
    async with seat(tmp_path, claude=f"echo $$ > '{tmp_path}/programs/asked'; exec sleep 99") as here:
        await here.host.click("Connect Claude Code", "Check connection")
        client = int(await here.written("asked"))
        try:
            await here.host.click("Quit")
            assert await asyncio.to_thread(here.child.process.wait, PATIENCE_S) == 0
        finally:
            with contextlib.suppress(ProcessLookupError):
                kill(client)
