"""The first-run guide in a real Chromium: each step readable, with and without scripts. The whole of it is in e2e."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.chromium import Window, window
from tests.support.claude_desk import person
from tests.support.desk import FakeServices
from tests.support.page_checks import check_page, in_both_languages
from tests.support.page_server import page_server
from tests.support.screenshots import key, start_scenes, webhook
from tests.support.snapshots import send, snapshot
from tray_app.core.delivery.delivery import Stage
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.texts import Language, text
from tray_app.core.menu.actions import Page

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]


@pytest.mark.parametrize(("name", "language"), in_both_languages(scene.name for scene in start_scenes()))
def test_every_step_is_readable_in_both_themes_on_phone_and_desktop(
    view: Window, name: str, language: Language
) -> None:
    scene = next(scene for scene in start_scenes() if scene.name == name)
    scene.desk.spoken = language
    with page_server(scene.desk) as server:
        scene.show(view, server)
        check_page(view, refused=True, words_only=language is Language.ZH)


def test_it_works_without_scripts(chromium: Browser, tmp_path: Path) -> None:
    li = person(tmp_path)
    with page_server(FakeServices(claude=li.claude)) as server, window(chromium, scripts=False) as opened:
        page = opened.page
        page.goto(server.link(Page.START))
        page.locator("#webhook").fill(f"{webhook()}\n{key()}")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".note.good")).to_contain_text("Saved in the system's keyring")
        page.get_by_role("button", name="Send a test message").click()
        expect(page.locator(".note.good")).to_contain_text("DingTalk took the message")
        page.get_by_role("link", name="Continue").click()
        page.locator("#connect-now").click()
        expect(page.locator("#state")).to_have_text("Connected")
        assert li.servers.exists()
        page.get_by_role("link", name="Continue").click()
        expect(page.get_by_text("Run the tests, fix what fails")).to_be_visible()
        assert server.desk.tested == ["team"]


def test_a_wrong_key_leads_back_to_the_form_and_nothing_is_done_before_a_message_arrived(view: Window) -> None:
    refused = Receipt(status=Status.FAILED, reason=text("credentials.swapped"), errcode=310000)
    desk = FakeServices(answer=refused)
    done = view.page.locator(".progress li.done")
    with page_server(desk) as server:
        page = view.page
        page.goto(server.link(Page.START))
        page.locator("#webhook").fill(f"{webhook()} {key()}")
        page.get_by_role("button", name="Save and send a test message").click()
        expect(page.locator(".note.bad")).to_contain_text("310000")
        expect(page.locator("#webhook")).to_be_visible()
        expect(page.locator("input[name=editing]")).to_have_value("team")
        expect(done).to_have_count(0)
        page.goto(f"{server.origin}/ui/start?step=robot")
        expect(page.get_by_role("heading", level=2).first).to_have_text("The robot team is stored")
        page.goto(f"{server.origin}/ui/start")
        page.get_by_role("button", name="Send a test message").click()
        expect(page.locator("#secret")).to_be_visible()
        desk.answer = Receipt(status=Status.SENT)
        page.locator("#secret").fill(key("c"))
        page.get_by_role("button", name="Save and send a test message").click()
        expect(page.locator(".note.good")).to_contain_text("DingTalk took the message")
        desk.base = snapshot(recent=(send(1, "test"),))
        page.goto(f"{server.origin}/ui/start?step=test")
        expect(done).to_have_count(2)
        failed = send(0, "test", stage=Stage.FAILED)
        desk.base = snapshot(recent=(send(0, "test", robot="other"), failed, send(1, "test")))
        page.reload()
        expect(done).to_have_count(0)


def test_the_language_can_be_switched_at_any_step(view: Window) -> None:
    with page_server(FakeServices()) as server:
        view.page.goto(server.link(Page.START))
        view.page.get_by_role("link", name="Skip this step").click()
        view.page.get_by_role("link", name="中文").click()
        expect(view.page.get_by_role("heading", level=2)).to_have_text("群里能收到吗？")
