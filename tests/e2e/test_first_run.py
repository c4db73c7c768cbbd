"""The first run on a desktop: the guide opens by itself and leads from nothing to a connected Claude Code.

Real are the app, its browser, the keyring on a bus of its own, Claude Code's settings below a home of their own, and
the strict robot; a script stands for the program that opens the browser.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.sync_api import expect

from tests.support.chromium import Window
from tests.support.command import environment
from tests.support.forks import running_app
from tests.support.keyring import KeyringBus
from tests.support.page_checks import check_page
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.app.client.child import Child
from tray_app.app.client.child import running_app as fresh_app

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("dbus"), pytest.mark.timeout(120)]
_BOUND_S = 20
App: TypeAlias = Callable[..., AbstractContextManager[Child]]


@dataclass
class Seat:
    """A person's desk: home, the folder of the desktop's programs, the keyring."""

    folder: Path
    keyring: KeyringBus

    @property
    def opened(self) -> Path:
        return self.folder / "programs" / "opened"

    def environ(self, **more: str) -> dict[str, str]:
        programs = self.folder / "programs"
        own = {"HOME": str(self.folder / "person"), "DISPLAY": ":0", "PATH": f"{programs}:/usr/bin:/bin"}
        bus = {"DBUS_SESSION_BUS_ADDRESS": self.keyring.address, "CLAUDE_CONFIG_DIR": ""}
        return {**environment(self.folder / "home", **own), **bus, **more}

    def link(self) -> str:
        """Wait for the address that the browser was given."""
        until = time.monotonic() + _BOUND_S
        while time.monotonic() < until:
            if self.opened.exists():
                return self.opened.read_text()
            time.sleep(0.02)
        raise AssertionError("no page was opened")


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Seat]:
    programs = tmp_path / "programs"
    programs.mkdir()
    (tmp_path / "person").mkdir()
    script = programs / "xdg-open"
    script.write_text(f"#!/bin/sh\ncd '{programs}' && printf %s \"$1\" > new && mv new opened\n")
    script.chmod(0o755)
    keyring = KeyringBus(tmp_path)
    try:
        keyring.start_keyring()
        yield Seat(folder=tmp_path, keyring=keyring)
    finally:
        keyring.close()


def run(seat: Seat, app: App = running_app, /, **more: str) -> AbstractContextManager[Child]:
    return app(seat.folder / "home", environ=seat.environ(**more), arguments=("--port", "0"))


@pytest.mark.parametrize("language", ["en", pytest.param("zh", marks=pytest.mark.slow)])
def test_the_guide_leads_from_nothing_to_a_connected_claude_code(view: Window, seat: Seat, language: str) -> None:
    settings = seat.folder / "person" / ".claude.json"
    speaks = {"LC_ALL": "zh_CN.UTF-8"} if language == "zh" else {}

    def say(en: str, zh: str) -> str:
        return zh if language == "zh" else en

    with SandboxRobot() as robot, run(seat, **speaks):
        page = view.page
        page.goto(seat.link())
        expect(page.get_by_role("heading", level=1)).to_have_text(say("Getting started", "快速上手"))
        check_page(view, words_only=True)
        page.locator("#webhook").fill(f"{robot.webhook} {robot.secret}")
        page.get_by_role("button", name=say("Save and send a test message", "保存并发送测试消息")).click()
        expect(page.locator("[data-focus]")).to_contain_text(say("DingTalk took the message", "钉钉已接收"))
        assert len(robot.wait_for(1)) == 1
        assert seat.keyring.items() > 0
        check_page(view, words_only=True)
        go_on = page.get_by_role("link", name=say("Continue", "继续"))
        go_on.click()
        expect(page.locator("#state")).to_have_text(say("Not connected", "未连接"))
        assert not settings.exists()
        check_page(view, words_only=True)
        page.locator("#connect-now").click()
        expect(page.locator("#state")).to_have_text(say("Connected", "已连接"))
        assert "dingtalk" in json.loads(settings.read_text())["mcpServers"]
        go_on.click()
        expect(page.get_by_role("heading", level=2)).to_have_text(say("All set", "全部就绪"))
        expect(page.locator("code").first).to_contain_text(say("our DingTalk group", "钉钉群"))
        check_page(view, words_only=True)
        page.get_by_role("link", name=say("Go to the overview", "前往概览")).click()
        expect(page.locator("[data-live=sends]")).to_contain_text("team")


def test_each_step_can_be_skipped_and_it_goes_on_where_something_is_left(view: Window, seat: Seat) -> None:
    with run(seat):
        page = view.page
        page.goto(seat.link())
        here = page.url
        for heading in ("Does it arrive?", "Let Claude Code use it", "You can begin. Still open:"):
            page.get_by_role("link", name="Skip this step").click()
            expect(page.get_by_role("heading", level=2).first).to_have_text(heading)
        page.get_by_role("main").get_by_role("listitem").get_by_role("link", name="Claude Code").last.click()
        page.locator("#connect-now").click()
        expect(page.locator("#state")).to_have_text("Connected")
        page.goto(here)
        expect(page.get_by_role("heading", level=2).first).to_have_text("Which group should get the messages?")
        page.locator("#webhook").fill("https://example.com/robot")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("#webhook-error")).to_be_visible()
        expect(page.locator("#webhook")).to_be_focused()


def test_it_opens_by_itself_only_once_and_never_beside_a_robot(seat: Seat) -> None:
    with run(seat, fresh_app):
        seat.link()
    seat.opened.unlink()
    with run(seat, fresh_app) as child:
        child.process.terminate()
        assert child.process.wait(10) == 0
    assert not seat.opened.exists()
