"""The app robot's form as a person meets it, in a real Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.chromium import Window, window
from tests.support.page_server import PageServer
from tray_app.core.delivery.receipt import Receipt, Status
from tray_app.core.kernel.errors import InvalidCredentials
from tray_app.core.kernel.texts import text
from tray_app.core.robots.app_robot import AppRobot

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]
CLIENT_ID, SECRET = "dingabc123def456ghi7", "f" * 64


@pytest.fixture
def view(chromium: Browser) -> Iterator[Window]:
    with window(chromium) as opened:
        yield opened
        assert [said for said in opened.complaints if "422" not in said] == []  # a form that was refused


def test_it_is_refused_checked_saved_tested_and_never_shown_again(view: Window, server: PageServer) -> None:
    page, desk = view.page, server.desk
    page.goto(server.link())
    page.get_by_text("Set up an app robot").click()
    expect(page.locator("#app")).to_contain_text("qyapi_robot_sendmsg")
    page.get_by_role("button", name="Check and save").click()
    expect(page.locator("#client_id-error")).to_contain_text("No Client ID was found")

    desk.app_answer = InvalidCredentials("secret", text("app_robot.secret_wrong"), text("app_robot.secret_wrong_hint"))
    page.locator("#client_id").fill(CLIENT_ID)
    page.locator("#client_secret").fill(SECRET)
    page.get_by_role("button", name="Check and save").click()
    expect(page.locator("#client_secret-error")).to_contain_text("DingTalk does not accept")
    expect(page.locator("#client_id")).to_have_value(CLIENT_ID)
    assert desk.vault.kept == {}

    desk.app_answer = None
    page.locator("#client_secret").fill(SECRET)
    page.get_by_role("button", name="Check and save").click()
    expect(page.locator("#robot-1 .note.good")).to_contain_text("DingTalk knows this app")
    expect(page.locator("#robot-1")).to_contain_text("not paired yet")
    kept = desk.vault.kept["phone"]
    assert (AppRobot.of(kept).client_id, kept.secret.reveal()) == (CLIENT_ID, SECRET)
    assert SECRET not in page.content()

    desk.answer = Receipt(status=Status.FAILED, reason=text("app_robot.not_paired"))
    page.get_by_role("button", name="Send a test message", exact=True).click()
    expect(page.locator("#robot-1 .note.bad")).to_contain_text("it has nobody to speak to")
    desk.answer = Receipt(status=Status.SENT)
    page.get_by_role("button", name="Send a test message", exact=True).click()
    expect(page.locator("#robot-1 .note.good")).to_contain_text("your chat with the robot")


def test_a_robot_code_of_its_own_and_a_check_that_could_not_be_made(view: Window, server: PageServer) -> None:
    page, desk = view.page, server.desk
    desk.app_answer = text("network.no_network", host="api.dingtalk.com", what="")
    page.goto(server.link())
    page.get_by_text("Set up an app robot").click()
    page.locator("#client_id").fill(f"Client ID: {CLIENT_ID} Client Secret: {SECRET}")
    page.locator("#robot_code").fill("dingrobotcode0001")
    page.get_by_role("button", name="Check and save").click()
    expect(page.locator("#robot-1 .note.wait")).to_contain_text("could not be asked about it")
    assert AppRobot.of(desk.vault.kept["phone"]).robot_code == "dingrobotcode0001"
