"""Open pages that stay up to date, in a real Chromium: what changes, what is left alone, what is said at the end."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.chromium import Window
from tests.support.overview_desks import busy_desk
from tests.support.page_server import PageServer, page_server
from tests.support.policy_scenes import approval, view_of
from tests.support.snapshots import paused, send
from tray_app.adapters.web.pages.framework.login import SESSION_MS
from tray_app.core.menu import actions

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(60)]
HIDE = "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
HIDE += " document.dispatchEvent(new Event('visibilitychange')); }"


class Door:
    """Keeps a page's first request for an address waiting, and lets the others through."""

    def __init__(self, page: Page, address: str) -> None:
        self._page = page
        self._kept: Route | None = None
        page.route(address, self._keep)

    def _keep(self, route: Route) -> None:
        if self._kept is None:
            self._kept = route
        else:
            route.continue_()

    def first(self) -> Route:
        """Wait for it."""
        while self._kept is None:
            self._page.wait_for_timeout(10)  # the test's own time limit bounds it
        return self._kept


@pytest.fixture(scope="module")
def shared() -> Iterator[PageServer]:
    with page_server(busy_desk()) as server:
        yield server


@pytest.fixture
def server(shared: PageServer) -> PageServer:
    shared.desk.base = busy_desk().base
    return shared


@pytest.fixture
def page(view: Window, server: PageServer) -> Page:
    """The overview, listening."""
    with view.page.expect_response(lambda answer: "x-live" in answer.request.headers) as looked:
        view.page.goto(server.link(actions.Page.OVERVIEW))
    looked.value.finished()
    return view.page


def show(server: PageServer, **changes: object) -> None:
    """Change the app's state, and say so."""
    server.desk.base = replace(server.desk.base, **changes)  # type: ignore[arg-type] # fields of a snapshot
    server.desk.changed()


def test_what_changes_is_seen_without_a_reload_and_without_a_complaint(
    view: Window, page: Page, server: PageServer
) -> None:
    page.evaluate("window.same = document.querySelector('[data-live=sends] li')")
    show(server, recent=(send(0, "just now"), *server.desk.base.recent), pause=paused())
    expect(page.locator("[data-live=sends] li").first).to_contain_text("just now")
    expect(page.get_by_role("region", name="State")).to_contain_text("Paused until")
    expect(page.get_by_role("button", name="Resume now")).to_be_visible()
    assert page.evaluate("window.same.isConnected && window.same.previousElementSibling !== null")
    assert view.complaints == []


def test_two_tabs_see_the_same(view: Window, page: Page, server: PageServer) -> None:
    other = view.context.new_page()
    other.goto(f"{server.origin}/ui/overview")
    other.get_by_role("button", name="1 hour").click()
    expect(other.get_by_role("button", name="Resume now")).to_be_visible()
    expect(page.get_by_role("button", name="Resume now")).to_be_visible()
    page.get_by_role("button", name="Resume now").click()
    expect(other.get_by_role("button", name="Resume now")).to_have_count(0)


def test_a_page_without_parts_of_its_own_keeps_its_strip(page: Page, server: PageServer) -> None:
    page.goto(f"{server.origin}/ui/setup")
    page.get_by_label("Keywords (optional)").fill("half a wo")
    show(server, pause=paused())
    expect(page.get_by_role("region", name="State")).to_contain_text("Paused until")
    expect(page.get_by_label("Keywords (optional)")).to_have_value("half a wo")


def test_the_tab_says_how_much_waits_and_so_does_one_that_nobody_sees(view: Window, server: PageServer) -> None:
    page = view.page
    page.clock.install()
    show(server, waiting=())
    page.goto(server.link(actions.Page.OVERVIEW))
    expect(page).to_have_title("Overview · dingtalk-tray")
    show(server, waiting=(view_of(approval(1)), view_of(approval(2))))
    page.reload()
    expect(page).to_have_title("(2) Overview · dingtalk-tray")
    page.evaluate(HIDE, True)
    show(server, waiting=(view_of(approval(1)),))
    page.clock.fast_forward(31_000)
    expect(page).to_have_title("(1) Overview · dingtalk-tray")
    page.evaluate(HIDE, False)
    show(server, waiting=())
    page.clock.fast_forward(1_000)
    expect(page).to_have_title("Overview · dingtalk-tray")


def test_a_page_out_of_sight_listens_to_nothing_and_catches_up(page: Page, server: PageServer) -> None:
    page.evaluate(HIDE, True)
    show(server, recent=(send(0, "meanwhile"),))
    page.evaluate(HIDE, False)
    expect(page.locator("[data-live=sends] li").first).to_contain_text("meanwhile")


def test_a_change_between_the_page_and_its_stream_is_seen(page: Page, server: PageServer) -> None:
    door = Door(page, "**/ui/events")
    page.reload()
    waiting = door.first()
    show(server, recent=(send(0, "in between"),))
    waiting.continue_()
    expect(page.locator("[data-live=sends] li").first).to_contain_text("in between")


def test_a_change_while_the_page_is_being_read_is_read_too(page: Page, server: PageServer) -> None:
    listen = "() => { window.all = new EventSource('/ui/events'); window.heard = [];"
    page.evaluate(f"{listen} for (const n of ['tick', 'changed']) all.addEventListener(n, () => heard.push(n)); }}")
    page.wait_for_function("() => heard.includes('tick')")
    door = Door(page, "**/ui/overview")
    show(server, recent=(send(0, "first"),))
    reading = door.first()
    old = reading.fetch()
    page.evaluate("heard.length = 0")
    show(server, recent=(send(0, "second"),))
    page.wait_for_function("() => heard.includes('changed')")
    reading.fulfill(response=old)
    expect(page.locator("[data-live=sends] li").first).to_contain_text("second")


def test_a_page_that_goes_out_of_sight_while_it_looks_for_the_app_opens_no_stream(
    page: Page, view: Window, server: PageServer
) -> None:
    view.spoilt = True
    page.evaluate(HIDE, True)
    door = Door(page, "**/ui/overview")
    page.evaluate(HIDE, False)
    reading = door.first()
    page.evaluate(HIDE, True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    show(server, recent=(send(0, "at last"),))
    reading.continue_()
    expect(page.locator("[data-live=sends] li").first).to_contain_text("at last")
    page.evaluate("new Promise((done) => setTimeout(done))")  # whatever follows the reading has been asked for then
    assert not asked
    page.evaluate(HIDE, False)
    show(server, recent=(send(0, "seen again"),))
    expect(page.locator("[data-live=sends] li").first).to_contain_text("seen again")


def test_what_was_read_before_a_click_is_not_shown_after_it(page: Page, server: PageServer) -> None:
    door = Door(page, "**/ui/overview")
    show(server)
    reading = door.first()
    old = reading.fetch()
    page.get_by_role("button", name="1 hour").click()
    expect(page.get_by_role("button", name="Resume now")).to_be_visible()
    page.evaluate("window.changed = []; addEventListener('live', (event) => changed.push(event.target.dataset.live))")
    reading.fulfill(response=old)
    show(server, recent=(send(0, "later"),))
    expect(page.locator("[data-live=sends] li").first).to_contain_text("later")
    assert "pause" not in page.evaluate("changed")


def test_a_stream_that_never_begins_is_asked_for_ever_more_seldom(view: Window, page: Page, server: PageServer) -> None:
    view.spoilt = True
    page.add_init_script(
        "window.tries = []; window.EventSource = class extends EventSource {"
        " constructor(url) { super(url); tries.push(performance.now()); } };"
    )
    page.route("**/ui/events", lambda route: route.abort())
    page.reload()
    page.wait_for_function("() => tries.length > 2")
    _, second, third = page.evaluate("tries.slice(0, 3)")
    assert third - second >= 1_000
    page.unroute("**/ui/events")
    show(server, recent=(send(0, "in the end"),))
    expect(page.locator("[data-live=sends] li").first).to_contain_text("in the end")


def test_a_call_that_comes_to_wait_is_said_once_and_no_more_when_it_is_answered(
    page: Page, view: Window, server: PageServer
) -> None:
    first, second = view_of(approval(1, title="one")), view_of(approval(2, title="two <b>"))
    region = page.locator("[data-announce]")
    expect(region).to_have_attribute("role", "status")
    show(server, waiting=(first,))
    expect(region).to_have_text("A call waits for your approval until 04:28: one")
    show(server, waiting=(first, second))
    expect(region).to_have_text("A call waits for your approval until 04:28: two <b>")
    said = page.evaluate("window.said = document.querySelector('[data-announce]').firstChild; said.textContent")
    show(server, waiting=(first, second), recent=(send(0, "something else"),))
    expect(page.locator("[data-live=sends] li").first).to_contain_text("something else")
    assert page.evaluate("window.said.isConnected")
    assert region.inner_text() == said
    show(server, waiting=(first,))
    expect(region).to_be_empty()
    page.reload()
    expect(page.get_by_role("heading", name="Waiting for you")).to_be_visible()
    assert region.inner_text() == ""
    assert view.complaints == []


def test_a_form_that_could_not_be_sent_can_be_sent_again(page: Page, view: Window) -> None:
    asked: list[str] = []

    def gone(route: Route) -> None:
        asked.append(route.request.method)
        route.abort()

    button = page.get_by_role("button", name="1 hour")
    page.route("**/ui/overview", gone)
    button.click(click_count=2)
    expect(page.locator("#status")).to_contain_text("did not answer")
    expect(button).to_be_enabled()
    expect(button).to_be_focused()
    assert asked.count("POST") == 1
    page.unroute("**/ui/overview")
    button.click()
    expect(page.get_by_role("button", name="Resume now")).to_be_visible()
    view.complaints.clear()  # the browser's own line about what was cut off


def test_what_was_typed_stays_when_the_session_has_ended(page: Page, server: PageServer) -> None:
    page.goto(f"{server.origin}/ui/setup")
    page.get_by_label("Keywords (optional)").fill("typed")
    server.clock.now_ms += SESSION_MS
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="This page was closed.")).to_be_visible()
    expect(page.get_by_label("Keywords (optional)")).to_have_value("typed")
    expect(page.locator("#status")).to_be_empty()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_enabled()


def test_what_is_too_long_is_said_to_be(page: Page, server: PageServer) -> None:
    page.goto(f"{server.origin}/ui/setup")
    page.get_by_label("Keywords (optional)").fill("x" * 300_000)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#status")).to_contain_text("more than a page can send")


def test_a_page_whose_session_has_ended_says_how_to_get_a_link_and_goes_on_with_a_new_one(
    page: Page, server: PageServer
) -> None:
    server.clock.now_ms += SESSION_MS
    server.desk.changed()
    banner = page.get_by_role("alert").filter(has_text="This page was closed.")
    expect(banner).to_contain_text("dingtalk-tray open")
    again = page.context.new_page()
    again.goto(server.link(actions.Page.OVERVIEW))
    expect(banner).to_have_count(0)
    page.get_by_role("button", name="Until I resume").click()
    expect(page.get_by_role("button", name="Resume now")).to_be_visible()
