"""The history as a person meets it, in a real Chromium; and as an agent would like to misuse it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.support.chromium import Window, window
from tests.support.deliveries import delivery
from tests.support.desk import FakeServices
from tests.support.history_stage import HistoryStage, decided, history_stage, story
from tests.support.page_checks import check_page
from tray_app.core.delivery.delivery import Delivery, Stage
from tray_app.core.kernel.texts import Language, text
from tray_app.core.menu.actions import Page
from tray_app.core.messages.message import (
    ActionCard,
    Button,
    FeedCard,
    FeedItem,
    LinkMessage,
    MarkdownMessage,
    Mentions,
    Message,
    TextMessage,
)

ELSEWHERE = re.compile("^https://")
pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[HistoryStage]:
    with history_stage(tmp_path / "history.sqlite3", *story()) as running:
        running.store.audit.keep(decided(3))
        yield running


@pytest.fixture
def opened(chromium: Browser, stage: HistoryStage) -> Iterator[Window]:
    with window(chromium) as one:
        one.page.goto(stage.server.link(Page.HISTORY))
        yield one
        assert one.complaints == []


@pytest.mark.parametrize("language", Language)
def test_the_list_and_one_message_of_each_kind_are_fit_to_be_seen(
    chromium: Browser, tmp_path: Path, language: Language
) -> None:
    desk = FakeServices(spoken=language)
    with history_stage(tmp_path / "h.sqlite3", *story(), desk=desk) as stage, window(chromium) as one:
        one.page.goto(stage.server.link(Page.HISTORY))
        check_page(one, words_only=language is Language.ZH)
        for path in ("/d3", "/d8", "?status=unsent", "?q=zzz&status=nope&since=12&session=s"):
            one.page.goto(f"{stage.server.origin}/ui/history{path}")
            check_page(one, words_only=language is Language.ZH)


def test_an_empty_history_says_what_to_do(chromium: Browser, tmp_path: Path) -> None:
    with history_stage(tmp_path / "h.sqlite3") as stage, window(chromium) as one:
        one.page.goto(stage.server.link(Page.HISTORY))
        expect(one.page.get_by_role("heading", name="Nothing has been sent yet")).to_be_visible()
        expect(one.page.get_by_role("link", name="Set up a robot")).to_have_attribute("href", "/ui/robots")
        check_page(one)


@pytest.mark.parametrize("scripts", [True, False])
def test_search_and_filters_stand_in_the_address_and_back_undoes_them(
    chromium: Browser, stage: HistoryStage, scripts: bool
) -> None:
    with window(chromium, scripts=scripts) as one:
        page = one.page
        page.goto(stage.server.link(Page.HISTORY))
        page.get_by_label("Search").fill("登录")
        page.get_by_role("button", name="Search").click()
        expect(page.locator(".log li")).to_have_count(2)
        page.get_by_text("More filters").click()
        page.get_by_label("Tool").select_option("dingtalk_send_link")
        page.get_by_role("button", name="Search").click()
        expect(page.locator(".log li")).to_have_count(1)
        assert "tool=dingtalk_send_link" in page.url
        if scripts:
            assert "robot=" not in page.url
        shared = page.url
        page.go_back()
        expect(page.locator(".log li")).to_have_count(2)
        page.goto(shared)
        expect(page.locator(".log li")).to_have_count(1)
        expect(page.get_by_label("Tool")).to_have_value("dingtalk_send_link")
        page.get_by_role("link", name="Clear filters").click()
        expect(page.locator(".log li")).to_have_count(11)
        assert one.complaints == []


def test_new_rows_appear_by_themselves_and_move_nothing_that_is_read(chromium: Browser, tmp_path: Path) -> None:
    with history_stage(tmp_path / "h.sqlite3", *(delivery(n) for n in range(45))) as stage, window(chromium) as one:
        page = one.page
        page.goto(stage.server.link(Page.HISTORY))
        page.evaluate("window.kept = true")
        stage.add(delivery(100, stage=Stage.QUEUED))
        expect(page.locator("#d-d100")).to_contain_text("waits to be sent")
        stage.store.save(replace(delivery(100), stage=Stage.SENT))
        stage.server.desk.changed()
        expect(page.locator("#d-d100 .log-outcome")).to_have_text("sent")
        row = page.locator("#d-d20")
        row.scroll_into_view_if_needed()
        row.get_by_role("link").focus()
        before = row.bounding_box()
        stage.add(delivery(101), delivery(102))
        expect(page.locator("#d-d102")).to_have_count(1)
        expect(page.locator(".tally")).to_contain_text("48 messages")
        after = row.bounding_box()
        assert before is not None
        assert after is not None
        assert abs(after["y"] - before["y"]) < 2
        expect(row.get_by_role("link")).to_be_focused()
        assert page.evaluate("window.kept") is True
        assert one.complaints == []


def test_older_rows_come_while_scrolling_and_are_there_again_after_back(chromium: Browser, tmp_path: Path) -> None:
    with history_stage(tmp_path / "h.sqlite3", *(delivery(n) for n in range(110))) as stage, window(chromium) as one:
        page = one.page
        page.goto(stage.server.link(Page.HISTORY))
        expect(page.locator(".log li")).to_have_count(50)
        page.mouse.wheel(0, 100_000)
        expect(page.locator("#d-d40")).to_have_count(1)
        page.mouse.wheel(0, 100_000)
        expect(page.locator(".log li")).to_have_count(110)
        expect(page.get_by_role("link", name="Older messages")).to_have_count(0)
        page.locator("#d-d5").get_by_role("link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("message 5")
        page.go_back()
        expect(page.locator(".log li")).to_have_count(110)
        assert one.complaints == []


def test_one_message_shows_everything_that_is_known_of_it(opened: Window) -> None:
    page = opened.page
    page.get_by_role("link", name="会话报告 · payments-api").click()
    expect(page.locator(".bubble li").first).to_have_text("修复了登录接口在令牌过期时返回 500 的问题")
    expect(page.locator(".bubble a")).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(page.locator(".bubble .host").first).to_have_text("docs.example.com")
    facts = page.locator("main dl")
    for said in ("allowed", "tools.dingtalk_notify_session_end", "sends 12/18", "GitHub", "payments-api", "d3"):
        expect(facts).to_contain_text(said)
    expect(facts.get_by_role("link", name="its messages")).to_have_attribute(
        "href", "/ui/history?session=0a1b2c3d-1111-2222-3333-444455556666"
    )


def test_a_sent_message_is_sent_again_only_after_a_question(opened: Window, stage: HistoryStage) -> None:
    page = opened.page
    page.goto(f"{stage.server.origin}/ui/history/d3")
    page.get_by_text("Send again…").click()
    expect(page.locator("#again")).to_contain_text("a second time")
    stage.sender.answer = replace(stage.sender.answer, delivery_id="d5")
    page.get_by_role("button", name="Send it once more").click()
    expect(page.locator(".note.good")).to_contain_text("Sent again")
    expect(page.locator(".note.good")).to_be_focused()
    assert (stage.sender.sent, page.url) == (["d3"], f"{stage.server.origin}/ui/history/d5")


def test_what_waits_is_discarded_after_a_question_and_then_waits_no_more(opened: Window, stage: HistoryStage) -> None:
    page = opened.page
    page.goto(f"{stage.server.origin}/ui/history/d8")
    page.get_by_text("Discard…").click()
    page.get_by_role("button", name="Discard it").click()
    expect(page.locator(".note.good")).to_contain_text("it will not be sent")
    expect(page.locator(".part strong")).to_have_text("discarded")
    expect(page.locator("#drop")).to_have_count(0)
    expect(page.locator("#resend")).to_be_visible()
    found = stage.store.find("d8")
    assert found is not None
    assert (found.stage, found.reason) == (Stage.DISCARDED, text("history.discarded_by_owner"))


def test_what_was_written_is_copied(opened: Window, stage: HistoryStage) -> None:
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.page.goto(f"{stage.server.origin}/ui/history/d4")
    opened.page.get_by_text("As it was written").click()
    opened.page.get_by_role("button", name="Copy").click()
    expect(opened.page.get_by_role("status").last).to_have_text("Copied")
    assert opened.page.evaluate("navigator.clipboard.readText()") == "**3** 个用例失败"


EVIL = (
    "<script>hit()</script><img src=x onerror=hit()><svg/onload=hit()>\"'><b>{{7*7}}</b>"
    "</script><iframe src=javascript:hit()>\u202e\u2066javascript:hit()\u2069＜script＞"
)
LINKS = (
    "javascript:hit()",
    "JaVaScRiPt:hit()",
    "java\tscript:hit()",
    "data:text/html,<script>hit()</script>",
    "vbscript:hit()",
    'https://evil.example.com/"onmouseover="hit()',
    "//evil.example.com",
)


def evil_messages() -> Iterator[Message]:
    everyone = Mentions(mobiles=(EVIL,), user_ids=(EVIL,), everyone=True)
    markdown = EVIL + "\n\n" + "\n\n".join(f"[x]({url}) ![y]({url}) <{url}> [z]: {url}" for url in LINKS)
    picture = "https://evil.example.com/pixel.png"
    yield TextMessage(content=EVIL + "\n" + "\n".join(LINKS), mentions=everyone)
    yield MarkdownMessage(title=EVIL, text=f"{markdown}\n\n![p]({picture})\n\n```\n{EVIL}\n```", mentions=everyone)
    yield LinkMessage(title=EVIL, text=EVIL, message_url=LINKS[0], pic_url=LINKS[0])
    yield LinkMessage(title=EVIL, text=EVIL, message_url=LINKS[5], pic_url=LINKS[5])
    yield ActionCard(
        title=EVIL, text=markdown, buttons=tuple(Button(title=EVIL, url=url) for url in LINKS), mentions=everyone
    )
    yield FeedCard(links=tuple(FeedItem(title=EVIL, message_url=url, pic_url=picture) for url in LINKS))


def evil_rows() -> Iterator[Delivery]:
    said = text("cli.verbatim", words=EVIL)
    for number, message in enumerate(evil_messages()):
        fields = dict.fromkeys(("tool", "client", "grant", "session", "project", "rule", "decision"), EVIL)
        yield delivery(number, message=message, reason=said, hint=said, stage=Stage.FAILED, robot=EVIL, **fields)


def test_nothing_that_an_agent_wrote_ever_runs_or_leaves_this_computer(chromium: Browser, tmp_path: Path) -> None:
    rows = [*evil_rows(), delivery(900, title=EVIL, masked=((EVIL, 1),))]
    with history_stage(tmp_path / "h.sqlite3", *rows) as stage, window(chromium) as one:
        stage.store.audit.keep(decided(1, counter=EVIL, rule=EVIL))
        page = one.page
        hits: list[str] = []
        one.spoilt = True
        page.on("dialog", lambda dialog: hits.append(dialog.message))
        page.expose_function("hit", lambda: hits.append("hit"))
        page.goto(stage.server.link(Page.HISTORY))
        page.goto(f"{stage.server.origin}/ui/history?q=script&project=%3Cb%3E&session={'%3Cscript%3E'}&status=%22%3E")
        for row in rows:
            page.goto(f"{stage.server.origin}/ui/history/{row.id}")
            expect(page.locator("main .card").first).to_be_visible()
            page.mouse.move(300, 400)
            assert page.locator("main script, main img, main iframe, main svg, main b, main style").count() == 0
            hrefs = page.eval_on_selector_all("main a[target]", "all => all.map((one) => one.protocol)")
            assert set(hrefs) <= {"http:", "https:", "dingtalk:"}
        assert hits == []
        assert one.complaints == []
        assert [url for url in one.asked if not url.startswith(f"{stage.server.origin}/")] == []


def test_asked_for_pictures_come_from_their_own_host_alone(chromium: Browser, tmp_path: Path) -> None:
    text_ = "![a](https://img.example.com/a.png)"
    row = delivery(1, message=MarkdownMessage(title="t", text=text_))
    with history_stage(tmp_path / "h.sqlite3", row) as stage, window(chromium) as one:
        asked: list[tuple[str, str | None]] = []

        def draw(route: Route) -> None:
            asked.append((route.request.url, route.request.headers.get("referer")))
            route.fulfill(status=200, content_type="image/svg+xml", body="<svg xmlns='http://www.w3.org/2000/svg'/>")

        one.context.route(ELSEWHERE, draw)
        one.page.goto(stage.server.link(Page.HISTORY))
        one.page.goto(f"{stage.server.origin}/ui/history/d1")
        assert asked == []
        with one.page.expect_request(ELSEWHERE):
            one.page.get_by_role("button", name="Load the pictures").click()
        expect(one.page.locator(".said img")).to_have_count(1)
        assert asked == [("https://img.example.com/a.png", None)]
        one.page.get_by_role("link", name="Hide them").click()
        expect(one.page.locator(".said img")).to_have_count(0)
        assert one.complaints == []


def test_the_page_weighs_little(opened: Window) -> None:
    sizes = opened.page.evaluate("() => JSON.stringify(performance.getEntries().map((one) => one.transferSize ?? 0))")
    assert sum(json.loads(sizes)) < 120_000
