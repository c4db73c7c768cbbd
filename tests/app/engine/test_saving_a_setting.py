"""A setting saved on the page of a running engine: parsed once, told once, and not met again by the watch."""

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.support.catalogs import catalogs
from tests.support.frames import Frames, counted
from tests.support.patience import PATIENCE_S
from tray_app.adapters.files.policy import default_policy
from tray_app.adapters.files.settings import SettingsFile
from tray_app.adapters.system.paths import Paths
from tray_app.app.engine.context import AppContext
from tray_app.app.engine.engine import Engine
from tray_app.channels import CHANNELS
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page
from tray_app.core.policy.model import Stance
from tray_app.core.state.problems import ProblemKind

pytestmark = pytest.mark.anyio
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@dataclass
class App:
    """A running engine with its folder; `frames` counts what it calls, `told` its new snapshots."""

    home: Path
    engine: Engine
    settings: SettingsFile
    frames: Frames
    told: int = 0
    again: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self) -> None:
        self.told += 1
        self.again.set()

    async def until_told(self, count: int) -> None:
        await self.until(lambda: self.told >= count)

    async def watch_has_passed(self) -> None:
        """Wait until the watch has gone over all files twice: it tells of policy.json first."""
        policy = Paths.under(self.home).policy
        for number in range(2):
            before = self.told
            policy.write_text(default_policy() + "\n" * (number + 1), "utf-8")
            await self.until_told(before + 1)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until this holds, looking after each new snapshot."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self.again.clear()
                await self.again.wait()

    def browser(self) -> httpx.AsyncClient:
        origin = f"http://127.0.0.1:{self.engine.hub.snapshot.port}"
        return httpx.AsyncClient(base_url=origin, follow_redirects=True, trust_env=False, timeout=PATIENCE_S)

    def count_from_here(self) -> None:
        self.frames.calls.clear()
        self.told = 0

    def is_broken(self) -> bool:
        return ProblemKind.SETTINGS in {one.kind for one in self.engine.hub.snapshot.problems}

    def parses(self) -> tuple[int, int]:
        """How often a text was parsed to be changed, and to be read."""
        return self.frames.of("tomlkit/api.py", "parse"), self.frames.of("tomllib/_parser.py", "loads")


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[App]:
    paths = Paths.under(home).create()
    paths.settings.write_text("[endpoint]\nport = 0\n\n[history]\ndays = 30  # enough\n", "utf-8")
    settings = SettingsFile(paths.settings)
    settings.load()
    given = AppContext(
        paths=paths,
        environ={},
        settings=settings,
        channels=CHANNELS,
        catalogs=catalogs(),
        language=Language.EN,
        problems={},
        hide=lambda *_secrets: None,
    )
    with counted() as frames:
        engine = Engine(given, stop_app=lambda: None)
        assert await engine.start(port=None)
        app = App(home=home, engine=engine, settings=settings, frames=frames)
        stop = engine.hub.listen(app.hear)
        try:
            await app.watch_has_passed()
            yield app
        finally:
            stop()
            await engine.stop(grace_s=1)


async def send_form(browser: httpx.AsyncClient, page: httpx.Response, **typed: str) -> httpx.Response:
    """Fill in the form of the settings page, and send it."""
    hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(page.text)}
    standing = {key: value for key, value in json.loads(hidden["shown"]).items() if value != "no"}
    return await browser.post(page.url, data={**hidden, "do": "save", **standing, **typed})


async def test_a_setting_saved_on_the_page_is_parsed_once_and_told_once(tmp_path: Path) -> None:
    async with running(tmp_path) as app, app.browser() as browser:
        page = await browser.get(app.engine.faces.pages.link(Page.SETTINGS))
        app.count_from_here()
        saved = await send_form(browser, page, **{"history.days": "31"})
        assert "Saved" in saved.text
        await app.until_told(1)
        await app.watch_has_passed()
        assert app.parses() == (1, 1), "what stood there to be changed, and what was written"
        assert app.told == 1 + 2, "the setting, and twice the policy"
        assert app.settings.current.history.days == 31
        assert "days = 31  # enough" in app.settings.path.read_text("utf-8")


async def test_what_agents_hear_of_only_when_they_are_connected_anew_says_so(tmp_path: Path) -> None:
    async with running(tmp_path) as app, app.browser() as browser:
        page = await browser.get(app.engine.faces.pages.link(Page.SETTINGS))
        saved = await send_form(browser, page, **{"questions.follow_ups": "yes"})
        assert "connect them anew" in saved.text
        assert app.settings.current.questions.follow_ups
        saved = await send_form(browser, saved, **{"history.days": "31", "questions.follow_ups": "yes"})
        assert "Saved" in saved.text
        assert "connect them anew" not in saved.text


async def test_a_page_that_shows_what_is_known_parses_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as app, app.browser() as browser:
        app.count_from_here()
        assert (await browser.get(app.engine.faces.pages.link(Page.SETTINGS))).status_code == httpx.codes.OK
        assert app.parses() == (0, 0)


async def test_what_an_editor_does_after_our_own_save_is_seen_and_mending_it_too(tmp_path: Path) -> None:
    async with running(tmp_path) as app:
        await app.engine.parts.settings_admin.change({"history.days": 31}, version="")
        ours = app.settings.path.read_text("utf-8")
        app.settings.path.write_text("[broken", "utf-8")
        await app.until(app.is_broken)
        app.settings.path.write_text(ours, "utf-8")
        await app.until(lambda: not app.is_broken())
        app.settings.path.write_text(ours.replace("31", "32"), "utf-8")
        await app.until(lambda: app.settings.current.history.days == 32)


async def test_a_policy_saved_on_its_page_is_told_once(tmp_path: Path) -> None:
    async with running(tmp_path) as app:
        app.count_from_here()
        app.engine.parts.policy_admin.active.set_stance("dingtalk_send_text", Stance.DENY)
        await app.until_told(1)
        assert app.frames.of("policy/file/reader.py", "read_policy") == 1
        await app.watch_has_passed()
        assert app.told == 1 + 2
