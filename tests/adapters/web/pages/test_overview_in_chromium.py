"""The overview as a person meets it, in a real Chromium: readable, its buttons do what they say."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from tests.support.chromium import Window, window
from tests.support.desk import FakeServices
from tests.support.overview_desks import busy_desk, new_desk, paused_desk, waiting_desk
from tests.support.page_checks import check_page, in_both_languages
from tests.support.page_server import page_server
from tests.support.screenshots import overview_scenes
from tests.support.snapshots import MINUTE, NOON, robot, snapshot
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page
from tray_app.core.state.snapshot import VaultState

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]


@pytest.fixture
def view(chromium: Browser) -> Iterator[Window]:
    with window(chromium) as opened:
        yield opened
        assert opened.complaints == []


@pytest.mark.parametrize(("name", "language"), in_both_languages(scene.name for scene in overview_scenes()))
def test_every_state_is_readable_in_both_themes_on_phone_and_desktop(
    view: Window, name: str, language: Language
) -> None:
    scene = next(scene for scene in overview_scenes() if scene.name == name)
    scene.desk.spoken = language
    with page_server(scene.desk) as server:
        scene.show(view, server)
        check_page(view, words_only=language is Language.ZH)


def test_a_pause_of_each_length_is_one_click_and_so_is_its_end(view: Window) -> None:
    with page_server(busy_desk()) as server:
        page = view.page
        page.goto(server.link(Page.OVERVIEW))
        for name in ("30 minutes", "1 hour", "Until tomorrow 08:00", "Until I resume"):
            page.get_by_role("button", name=name).click()
            expect(page.locator(".note.good")).to_contain_text("Paused")
            pause = server.desk.base.pause
            assert pause is not None
            assert (pause.until_ms is None) == (name == "Until I resume")
            expect(page.get_by_role("region", name="State")).to_contain_text("⏸ Paused until")
            page.get_by_role("button", name="Resume now").click()
            expect(page.locator(".note.good")).to_contain_text("Messages are sent again")
            assert server.desk.base.pause is None
        assert page.url == f"{server.origin}/ui/overview"


def test_what_waits_comes_first_with_its_full_text_before_its_buttons(view: Window) -> None:
    with page_server(waiting_desk()) as server:
        page = view.page
        page.goto(server.link(Page.OVERVIEW))
        card = page.locator("section.waiting")
        expect(card.locator("pre").last).to_have_text("Release 2.4 is out.\n\n- 退款改用 BigDecimal\n- <b>no</b> tags")
        parts = [".waiting pre", ".waiting button", "[data-live=problems]", ".bar", "#sessions-title", "#sends-title"]
        order = [page.locator(one).first.evaluate("(one) => one.getBoundingClientRect().top") for one in parts]
        assert order == sorted(order)
        expect(page.locator(".quota")).to_contain_text("2720 of 3000")
        expect(page.locator(".quota")).to_contain_text("2 robots together. At this pace: ")
        expect(page.locator(".day")).to_contain_text("Today: 1.2M tokens · about $3.10 ▃▁▇▄▂█▃")


def test_a_problem_is_mended_by_the_button_beside_it(view: Window) -> None:
    desk = paused_desk()
    with page_server(desk) as server:
        page = view.page
        page.goto(server.link(Page.OVERVIEW))
        problem = page.get_by_role("region", name="A problem")
        expect(problem).to_contain_text("The keyring is locked")
        expect(problem.get_by_role("link", name="Check the robot's set-up…")).to_have_attribute("href", "/ui/robots")
        problem.get_by_role("button", name="Try the keyring again").click()
        expect(page.locator(".note.good")).to_contain_text("The keyring works")
        assert desk.vault.state is VaultState.OK


def test_a_failed_message_offers_a_test_message(view: Window) -> None:
    with page_server(busy_desk()) as server:
        view.page.goto(server.link(Page.OVERVIEW))
        view.page.get_by_role("region", name="A problem").get_by_role("button", name="Send test message").click()
        expect(view.page.locator("[data-focus]")).to_contain_text("DingTalk took the message")
        assert server.desk.tested == [""]


def test_an_app_without_robots_leads_to_the_guide(view: Window) -> None:
    with page_server(new_desk()) as server:
        view.page.goto(server.link(Page.OVERVIEW))
        expect(view.page.get_by_text("Messages appear here once a robot is set up.")).to_be_visible()
        view.page.get_by_role("region", name="A problem").get_by_role("link", name="Set up a robot…").click()
        expect(view.page).to_have_url(f"{server.origin}/ui/start")
        expect(view.page.get_by_role("heading", level=1)).to_have_text("Getting started")


def test_with_a_robot_and_nothing_sent_a_test_message_is_the_next_step(view: Window) -> None:
    with page_server(FakeServices(views={"team": robot("team")})) as server:
        view.page.goto(server.link(Page.OVERVIEW))
        view.page.get_by_role("button", name="Send a test message").click()
        expect(view.page.locator("[data-focus]")).to_contain_text("DingTalk took the message")


def test_of_many_sessions_and_robots_the_first_are_shown_and_a_way_to_all(view: Window) -> None:
    many = tuple(replace(busy_desk().base.sessions[1], id=f"s{number}", title=f"T{number}") for number in range(100))
    robots = {f"r{number}": robot(f"r{number}", default=number == 40, month_used=number) for number in range(50)}
    robots["slow"] = robot("slow", default=False, limited_until_ms=NOON + MINUTE)
    with page_server(FakeServices(base=snapshot(sessions=many), views=robots)) as server:
        view.page.goto(server.link(Page.OVERVIEW))
        expect(view.page.locator("[data-live=sessions] li")).to_have_count(8)
        expect(view.page.get_by_role("link", name="All 100 running sessions")).to_be_visible()
        shown = view.page.locator("[data-live=gauges] h3").all_inner_texts()
        assert [name.split()[0] for name in shown] == ["r40", "slow", "r49", "r48", "r47"]
        view.page.get_by_role("link", name="All 51 robots").click()
        expect(view.page.get_by_role("heading", level=1)).to_have_text("Robots and routes")


def test_everything_works_without_scripts(chromium: Browser) -> None:
    with page_server(busy_desk()) as server, window(chromium, scripts=False) as opened:
        opened.page.goto(server.link(Page.OVERVIEW))
        opened.page.get_by_role("button", name="Until I resume").click()
        expect(opened.page.get_by_role("region", name="State")).to_contain_text("⏸ Paused until you resume")
        opened.page.get_by_role("button", name="Resume now").click()
        assert server.desk.base.pause is None
