"""The page of message templates as a person meets it: the preview follows while they write."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.chromium import window
from tests.support.desk import FakeServices
from tests.support.page_checks import check_page
from tests.support.page_server import PageServer, page_server
from tests.support.settings_side import SettingsSide
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]
PATH = "/ui/settings/templates/waiting"


@pytest.fixture(scope="module")
def side(tmp_path_factory: pytest.TempPathFactory) -> SettingsSide:
    return SettingsSide(tmp_path_factory.mktemp("config") / "settings.toml")


@pytest.fixture(scope="module")
def server(side: SettingsSide) -> Iterator[PageServer]:
    with page_server(FakeServices(), settings=side) as running:
        yield running


def test_the_preview_follows_and_a_fault_is_named_while_one_writes(
    chromium: Browser, server: PageServer, side: SettingsSide
) -> None:
    side.write("# mine\n")
    server.desk.spoken = Language.EN
    with window(chromium) as opened:
        page = opened.page
        page.goto(server.link(Page.SETTINGS))
        page.goto(server.origin + PATH)
        page.fill("#title", "{project} asks you")
        expect(page.locator("#preview")).to_contain_text("shop asks you")
        expect(page.locator("#preview")).to_contain_text("· 值班")
        page.fill("#title", "{projct}")
        expect(page.locator("#title-error")).to_contain_text("did you mean project?")
        expect(page.locator("#preview")).to_contain_text("shop is waiting for you")
        page.fill("#title", "{project}!")
        expect(page.locator("#title-error")).to_have_text("")
        page.click("#save")
        expect(page.locator(".note.good")).to_be_visible()
        assert side.file.current.templates.waiting.title == "{project}!"


@pytest.mark.slow
@pytest.mark.parametrize("language", Language)
def test_it_is_readable_and_usable(
    chromium: Browser, server: PageServer, side: SettingsSide, language: Language
) -> None:
    side.write('[templates.waiting]\ntitle = "{nobody}"\n')
    server.desk.spoken = language
    with window(chromium) as opened:
        opened.page.goto(server.link(Page.SETTINGS))
        opened.page.goto(server.origin + PATH)
        check_page(opened)
