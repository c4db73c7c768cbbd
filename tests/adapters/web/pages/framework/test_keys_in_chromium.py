"""Keys of the pages in a real Chromium: search, walking, going, answers that take a second thought, help, off."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.responses import Response

from tests.support.chromium import Window, window
from tests.support.history_stage import history_stage, story
from tests.support.overview_desks import waiting_desk
from tests.support.page_checks import check_page
from tests.support.page_server import PageServer, page_server
from tray_app.adapters.web.pages.framework.requests import PageRequest, PageRoute
from tray_app.adapters.web.pages.framework.site import Site, go_to
from tray_app.core.kernel.texts import Language
from tray_app.core.menu import actions

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]
AT_ONCE = "(key) => [key, 'y'].forEach((key) => document.dispatchEvent(new KeyboardEvent('keydown', { key })))"


class Answers:
    """Stands in for the approvals' page and notes what its forms send."""

    def __init__(self) -> None:
        self.given: list[tuple[str, str]] = []

    def places(self, _site: Site) -> tuple[PageRoute, ...]:
        return (PageRoute("/ui/approvals", self.show, self.change),)

    async def show(self, _visit: PageRequest) -> Response:
        return go_to("/ui/overview")

    async def change(self, visit: PageRequest) -> Response:
        self.given.append((visit.form["do"], visit.form["id"]))
        return go_to("/ui/overview")


@pytest.fixture(scope="module")
def answers() -> Answers:
    return Answers()


@pytest.fixture(scope="module")
def server(answers: Answers) -> Iterator[PageServer]:
    with page_server(waiting_desk(), more=answers.places) as running:
        yield running


@pytest.fixture(scope="module")
def opened(chromium: Browser, server: PageServer) -> Iterator[Window]:
    with window(chromium) as one:
        one.page.goto(server.link(actions.Page.OVERVIEW))
        yield one
        assert one.complaints == []


@pytest.fixture
def page(opened: Window, server: PageServer) -> Page:
    opened.page.goto(f"{server.origin}/ui/overview?lang=en")
    return opened.page


def test_an_answer_takes_its_key_time_to_read_and_another_key(page: Page, answers: Answers) -> None:
    question = page.locator("#keys-sure")
    for key, said, do in (("a", "Approve this call once?", "once"), ("d", "Deny this call?", "deny")):
        answers.given.clear()
        page.evaluate(AT_ONCE, key)  # nobody has read what "y" would say yes to
        expect(question).to_contain_text(said)
        expect(question).to_contain_text("退款改用 BigDecimal")
        expect(question.locator("[data-no]")).to_be_focused()
        page.keyboard.press(key)
        expect(question).to_be_visible()
        page.keyboard.press("Enter")  # the focus is on no
        expect(question).to_be_hidden()
        page.keyboard.press(key)
        page.keyboard.press("n")
        expect(question).to_be_hidden()
        assert answers.given == []
        page.keyboard.press(key)
        expect(question.locator("[data-yes]")).to_be_enabled()
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.keyboard.press("y")
        assert answers.given == [(do, "a5")]


def test_rows_are_walked_and_typing_is_left_alone(page: Page, server: PageServer) -> None:
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Release 2.4 is out")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="billing")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(page.get_by_role("link", name="Release 2.4 is out")).to_be_focused()
    page.goto(f"{server.origin}/ui/settings")
    page.keyboard.press("/")
    expect(page.get_by_label("Find a setting")).to_be_focused()
    page.keyboard.type("g/jokad?")
    expect(page.get_by_label("Find a setting")).to_have_value("g/jokad?")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_g_and_a_letter_go_to_a_page(page: Page, server: PageServer) -> None:
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url(f"{server.origin}/ui/robots")
    page.keyboard.press("g")
    page.keyboard.press("z")
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url(f"{server.origin}/ui/overview")


@pytest.mark.parametrize("language", Language)
def test_all_keys_are_shown_and_can_be_switched_off(page: Page, server: PageServer, language: Language) -> None:
    page.goto(f"{server.origin}/ui/overview?lang={language}")
    page.keyboard.press("?")
    shown = page.locator("#keys-help")
    assert shown.locator("kbd").all_inner_texts()[:7] == ["/", "j", "k", "a", "d", "?", "g"]
    shown.locator("#keys-on").uncheck()
    shown.get_by_role("button").click()
    page.keyboard.press("?")
    expect(shown).to_be_hidden()
    page.locator("#keys-show").click()
    shown.locator("#keys-on").check()
    page.keyboard.press("Escape")
    expect(shown).to_be_hidden()
    page.keyboard.press("?")
    expect(shown).to_be_visible()


def test_without_a_search_of_its_own_a_page_leads_to_the_historys(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with history_stage(tmp_path_factory.mktemp("keys") / "h.sqlite3", *story()) as stage, window(chromium) as view:
        view.page.goto(stage.server.link(actions.Page.OVERVIEW))
        view.page.keyboard.press("/")
        expect(view.page.locator("#by-q")).to_be_focused()
        view.page.locator("#by-q").blur()
        view.page.keyboard.press("j")
        expect(view.page.locator("ul.log > li").first.locator("a").first).to_be_focused()
        view.page.keyboard.press("?")
        check_page(view, words_only=True)
