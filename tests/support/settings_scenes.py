"""Scenes of the robots page with routes and of the settings page, for the command that takes pictures of all pages."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from tests.support.chromium import window
from tests.support.desk import FakeServices
from tests.support.page_server import page_server
from tests.support.settings_side import SettingsSide
from tests.support.snapshots import robot
from tray_app.core.kernel.texts import Language

WRITTEN = """# my own words
[robots.team]
[robots.ops-night-shift]
[[routes]]
project = "~/code/shop-*"
kind = "failure"
robot = "ops-night-shift"
[[routes]]
project = "/home/li/code/a-very-long-folder-name/of-a-project"
tool = "dingtalk_send_markdown"
robot = "team"
[history]
days = 1000
[notices.projects."my.app"]
waiting = false
"""
DAYS = '[data-setting="history.days"] input'


def _open_all(tab: Tab) -> None:
    tab.locator("details.section").evaluate_all("all => all.forEach((one) => { one.open = true; })")


def _wrong(tab: Tab, _side: SettingsSide) -> None:
    _open_all(tab)
    tab.locator(DAYS).fill("soon")
    tab.locator("#save").click()
    tab.locator(".error").wait_for()


def _clash(tab: Tab, side: SettingsSide) -> None:
    _open_all(tab)
    tab.locator(DAYS).fill("30")
    side.path.write_text(WRITTEN.replace("1000", "7"), "utf-8")
    tab.locator("#save").click()
    tab.locator("#conflict").wait_for()


def _broken(tab: Tab, side: SettingsSide) -> None:
    side.path.write_text(WRITTEN + "[histroy]\n", "utf-8")
    tab.reload()


def _as_it_is(_tab: Tab, _side: SettingsSide) -> None:
    pass


SCENES: Mapping[str, tuple[str, Callable[[Tab, SettingsSide], None]]] = {
    "routes": ("/ui/robots?folder=/home/li/code/shop-a&kind=failure", _as_it_is),
    "settings": ("/ui/settings", _as_it_is),
    "settings-wrong": ("/ui/settings", _wrong),
    "settings-clash": ("/ui/settings", _clash),
    "settings-broken": ("/ui/settings", _broken),
    "settings-project": ("/ui/settings?project=my.app", _as_it_is),
}


def take_settings(browser: Browser, folder: Path, *, language: Language, width: int, dark: bool) -> None:
    """Take each scene once."""
    for name, (path, bring) in SCENES.items():
        views = {"team": robot("team"), "ops-night-shift": robot("ops-night-shift", default=False)}
        with tempfile.TemporaryDirectory() as kept, window(browser, width=width, dark=dark) as opened:
            side = SettingsSide(Path(kept) / "settings.toml", known_folders=("/home/li/code/shop-a",))
            side.write(WRITTEN)
            with page_server(FakeServices(views=views, spoken=language), settings=side) as server:
                opened.page.goto(server.link())
                opened.page.goto(server.origin + path)
                bring(opened.page, side)
                look = f"{name}-{language}-{'dark' if dark else 'light'}-{width}"
                opened.page.screenshot(path=folder / f"{look}.png", full_page=True)
