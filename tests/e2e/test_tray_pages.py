"""From the tray to the pages where one decides: what waits, in full, and the policy. The browser is a script."""

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.e2e.test_tray_app import shows
from tests.e2e.test_tray_connect import seat
from tests.e2e.test_tray_policy import Desk, prepare
from tests.support.patience import PATIENCE_S

pytestmark = [pytest.mark.anyio, pytest.mark.needs("dbus")]


async def test_what_waits_and_the_policy_open_in_the_browser(tmp_path: Path) -> None:
    async with seat(prepare(tmp_path)) as here:
        tray = Desk(here.child, here.host, here.robot)
        call = await tray.held("a long story")
        await here.host.click("Waiting for you", "send_text · a long story", "Show full text")
        origin = here.child.endpoint.url.removesuffix("/mcp")
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S, follow_redirects=True) as browser:
            page = await browser.get(await here.written("opened"))
            assert str(page.url).startswith(f"{origin}/ui/approvals/")
            assert "a long story" in page.text
            (here.programs / "opened").unlink()
            await here.host.click("Waiting for you", "send_text · a long story", "Deny")
            assert (await asyncio.wait_for(call, PATIENCE_S))["status"] == "refused"
            await shows(here.host, "● Running")
            await here.host.click("Policy", "Edit policy…")
            page = await browser.get(await here.written("opened"))
            assert str(page.url) == f"{origin}/ui/policy"
