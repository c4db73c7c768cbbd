"""The tray on an English and a Chinese Windows: icon, menu, pause, approval, quit, end of session."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.catalogs import catalogs
from tests.support.mcp_client import connected
from tests.windows.desk import Desk, until, windows_desk
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.core.kernel.texts import Catalog, Language, text

if sys.platform == "win32" or os.environ.get("DINGTALK_TRAY_ON_WINDOWS") != "1":
    pytest.skip("part of `python dev.py test --windows`", allow_module_level=True)
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]
SEND = "dingtalk_send_text"
ASKS = {"version": "1", "default": "deny", "tools": {SEND: {"action": "ask"}}}


@dataclass(frozen=True)
class Place:
    """A Windows, and the words of the app there."""

    person: str
    locale: str
    words: Catalog

    def begins(self, key: str) -> str:
        """What a line says before the first thing that is filled in."""
        return self.words(text(key, time="\0", count="\0")).partition("\0")[0]


PLACES = {
    "english": Place("tester", "en_US.UTF-8", catalogs()[Language.EN]),
    "chinese": Place("张 三", "zh_CN.UTF-8", catalogs()[Language.ZH]),
}


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest) -> Place:
    return PLACES[request.param]


@pytest.fixture
def group() -> Iterator[SandboxRobot]:
    with SandboxRobot(per_minute=0) as robot:
        yield robot


@pytest.fixture
def desk(tmp_path: Path, place: Place, group: SandboxRobot) -> Iterator[Desk]:
    robot = {"DINGTALK_WEBHOOK": group.webhook, "DINGTALK_SECRET": group.secret}
    with windows_desk(tmp_path, person=place.person, language=place.locale, **robot) as made:
        (made.home / "config").mkdir()
        (made.home / "config" / "policy.json").write_text(json.dumps(ASKS), "utf-8")
        made.start()
        yield made


async def call(desk: Desk, content: str) -> object:
    """Send a text as an agent; what became of it."""
    endpoint = desk.endpoint()
    assert endpoint is not None
    async with connected(endpoint.url, token=endpoint.token.reveal()) as client:
        answer = await client.call_tool(SEND, {"content": content})
        return (answer.structured_content or {}).get("status")


def shows(desk: Desk, words: str) -> None:
    """Wait until a line of the menu begins so."""
    until(lambda: any(line.startswith(words) for line in desk.words()) or None, f"no line begins with {words!r}")


async def test_the_owner_reads_pauses_approves_and_quits(
    desk: Desk, place: Place, group: SandboxRobot, tmp_path: Path
) -> None:
    say, begins = place.words, place.begins
    shows(desk, "●")
    desk.open()
    lines = {line["words"]: line for line in desk.menus()[0]}
    assert (lines[say("menu.pause")]["grey"], lines[say("menu.test")]["grey"]) == (False, False)
    assert desk.picture(tmp_path / "menu.png").stat().st_size
    desk.close()

    desk.click(say("menu.pause"), say("menu.pause_1h"))
    shows(desk, "⏸")
    desk.open()
    (resume,) = [line for line in desk.menus()[0] if line["words"].startswith(begins("menu.resume_until"))]
    assert resume["checked"]
    desk.close()
    desk.click(begins("menu.resume_until"))
    shows(desk, "●")

    asking = asyncio.create_task(call(desk, "批准 🎉"))
    heading = say(text("waiting.heading", count=1))
    await asyncio.to_thread(shows, desk, heading)
    assert not group.received
    await asyncio.to_thread(desk.click, heading, "send_text", say("waiting.once"))
    assert await asyncio.wait_for(asking, 60) == "sent"
    assert "批准 🎉" in str(group.received[-1])

    assert desk.app is not None
    desk.click(say("menu.quit"))
    assert desk.app.wait(60) is not None
    assert desk.endpoint() is None  # it has ended in order


async def test_the_end_of_the_session_ends_the_app_in_order(desk: Desk) -> None:
    desk.end_session()
    until(lambda: desk.endpoint() is None or None, "the app did not end in order")
    assert "the session of this desktop ends" in desk.log()
    assert "Traceback" not in desk.log()
