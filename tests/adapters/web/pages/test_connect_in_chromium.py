"""The page that connects Claude Code as a person meets it, in a real Chromium, with real settings below a folder."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.chromium import Window, window
from tests.support.claude_desk import Person, StillClaude, person, plan, view
from tests.support.desk import FakeServices
from tests.support.page_server import PageServer, page_server
from tray_app.core.connect.view import DiffLine
from tray_app.core.menu.actions import Page

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]
SETTINGS = b'{\r\n  "model": "opus",\t"hooks": {}\r\n}'
XSS = "<img src=x onerror=alert(1)>\"'{{7*7}}"


@pytest.fixture
def li(tmp_path: Path) -> Person:
    made = person(tmp_path)
    made.settings.write_bytes(SETTINGS)
    return made


@pytest.fixture
def server(li: Person) -> Iterator[PageServer]:
    with page_server(FakeServices(claude=li.claude)) as running:
        yield running


@pytest.fixture
def opened(chromium: Browser, server: PageServer) -> Iterator[Window]:
    with window(chromium) as one:
        one.page.goto(server.link(Page.CONNECT))
        yield one
        assert one.complaints == []


@pytest.mark.parametrize("scripts", [True, False])
def test_it_connects_as_shown_and_disconnects_byte_for_byte(
    chromium: Browser, server: PageServer, li: Person, scripts: bool
) -> None:
    before = li.files()
    with window(chromium, scripts=scripts) as one:
        page = one.page
        page.goto(server.link(Page.CONNECT))
        expect(page.locator("#state")).to_have_text("Not connected")
        expect(page.locator("#connect")).to_contain_text(str(li.settings))
        expect(page.locator("#connect .came").first).to_contain_text("mcpServers.dingtalk")
        expect(page.locator("#connect")).to_contain_text(li.claude.view().backups)
        assert li.files() == before
        page.get_by_role("button", name="Connect", exact=True).click()
        expect(page.locator(".note.good")).to_contain_text("Claude Code is connected")
        expect(page.locator(".note.good")).to_contain_text("Backup: ")
        expect(page.locator("#state")).to_have_text("Connected")
        expect(page.locator("#connect")).to_have_count(0)
        assert li.files() != before
        page.get_by_text("Show what is taken out…").click()
        expect(page.locator("#disconnect .gone").first).to_contain_text("mcpServers.dingtalk")
        page.get_by_role("button", name="Disconnect", exact=True).click()
        expect(page.locator(".note.good")).to_contain_text("Claude Code is disconnected")
        expect(page.locator("#state")).to_have_text("Not connected")
        assert li.files() == before
        assert page.url == f"{server.origin}/ui/connect"
        assert one.complaints == []


def test_a_change_that_is_no_longer_as_shown_is_not_made_and_shown_anew(opened: Window, li: Person) -> None:
    li.settings.write_bytes(b'{"permissions": {"allow": ["mcp__dingtalk"]}}')
    before = li.files()
    opened.page.get_by_role("button", name="Connect", exact=True).click()
    expect(opened.page.get_by_role("alert")).to_contain_text("Nothing was changed")
    expect(opened.page.get_by_role("alert")).to_be_focused()
    assert li.files() == before
    opened.page.get_by_role("button", name="Connect", exact=True).click()
    expect(opened.page.locator("#state")).to_have_text("Connected")


def test_settings_that_are_no_json_are_named_with_their_line_until_they_are_mended(opened: Window, li: Person) -> None:
    page = opened.page
    li.settings.write_bytes(b'{\n  "model": "opus"\n  "x": 1\n}')
    page.reload()
    expect(page.locator(".note.bad")).to_contain_text(f"{li.settings} is not valid JSON: line 3")
    expect(page.get_by_role("button", name="Connect", exact=True)).to_have_count(0)
    li.settings.write_bytes(b"{}")
    page.get_by_role("link", name="Look again").click()
    expect(page.locator("#state")).to_have_text("Not connected")
    expect(page.get_by_role("button", name="Connect", exact=True)).to_be_visible()


def test_a_proxy_that_would_see_the_token_is_named_before_anybody_connects(opened: Window, li: Person) -> None:
    expect(opened.page.locator("#obstacle")).to_have_count(0)
    li.settings.write_bytes(b'{"env": {"HTTPS_PROXY": "http://proxy:3128"}}')
    opened.page.reload()
    expect(opened.page.locator("#obstacle")).to_contain_text("HTTPS_PROXY")
    expect(opened.page.locator("#obstacle")).to_contain_text("NO_PROXY=127.0.0.1,localhost")
    expect(opened.page.get_by_role("button", name="Connect", exact=True)).to_be_visible()


def test_the_page_of_another_browser_session_cannot_change_anything(opened: Window, li: Person) -> None:
    before = li.files()
    opened.page.locator("#connect input[name=csrf]").evaluate("one => { one.value = 'x'.repeat(43); }")
    opened.page.get_by_role("button", name="Connect", exact=True).click()
    expect(opened.page.get_by_role("heading", level=1)).to_have_text("Nothing was changed")
    assert li.files() == before
    opened.page.get_by_role("link", name="Back to the page").click()
    expect(opened.page.locator("#state")).to_have_text("Not connected")
    assert all("403" in words for words in opened.complaints)
    opened.complaints.clear()  # the browser's own line about the 403


def test_the_mcp_url_is_copied(opened: Window, li: Person) -> None:
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    url = opened.page.locator("code", has_text=li.claude.view().url)
    url.locator("xpath=following-sibling::button").last.click()
    expect(opened.page.get_by_role("status").last).to_have_text("Copied")
    assert opened.page.evaluate("navigator.clipboard.readText()") == li.claude.view().url


def test_paths_and_values_are_words_never_markup(chromium: Browser) -> None:
    lines = (DiffLine(added=True, places=(XSS,), value=XSS),)
    file = replace(plan().files[0], path=XSS, lines=lines)
    shown = view(client=XSS, by_client=XSS, command=XSS, connect=replace(plan(), files=(file,)))
    with page_server(FakeServices(claude=StillClaude(shown))) as server, window(chromium) as one:
        one.spoilt = True
        one.page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        one.page.goto(server.link(Page.CONNECT))
        expect(one.page.locator("#connect h3")).to_contain_text(XSS)
        assert one.page.locator("main img, main script").count() == 0
        assert one.complaints == []


def test_the_language_switch_keeps_the_page(opened: Window) -> None:
    opened.page.get_by_role("link", name="中文").click()
    expect(opened.page.get_by_role("heading", level=1)).to_have_text("连接 Claude Code")
    assert opened.page.locator("html").get_attribute("lang") == "zh-CN"
