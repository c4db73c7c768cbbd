"""Scenes of the history pages, for the command that takes pictures of all pages."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser

from tests.support.chromium import window
from tests.support.desk import FakeServices
from tests.support.history_stage import decided, history_stage, story
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page

SCENES: Mapping[str, str] = {
    "history": "/ui/history",
    "history-found": "/ui/history?q=登录&tool=dingtalk_send_link",
    "history-none": "/ui/history?q=zzz&status=nope&since=12&session=abc",
    "message-report": "/ui/history/d3",
    "message-failed": "/ui/history/d4",
    "message-link": "/ui/history/d5",
    "message-card": "/ui/history/d6",
    "message-feed": "/ui/history/d7",
    "message-waits": "/ui/history/d8",
    "message-parts": "/ui/history/d10",
}


def take_history(browser: Browser, folder: Path, *, language: Language, width: int, dark: bool) -> None:
    """Take one picture of each."""
    look = f"{language}-{'dark' if dark else 'light'}-{width}"
    with tempfile.TemporaryDirectory() as place, window(browser, width=width, dark=dark) as opened:
        page = opened.page
        with history_stage(Path(place) / "empty.sqlite3", desk=FakeServices(spoken=language)) as stage:
            page.goto(stage.server.link(Page.HISTORY))
            page.screenshot(path=folder / f"history-empty-{look}.png", full_page=True)
        with history_stage(Path(place) / "full.sqlite3", *story(), desk=FakeServices(spoken=language)) as stage:
            stage.store.audit.keep(decided(3))
            page.goto(stage.server.link(Page.HISTORY))
            for name, path in SCENES.items():
                page.goto(stage.server.origin + path)
                page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
