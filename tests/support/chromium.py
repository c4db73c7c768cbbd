"""A real headless Chromium, one for a file's tests; each test gets a window that is as good as new."""

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, expect, sync_playwright

from tests.support.patience import PATIENCE_MS

expect.set_options(timeout=PATIENCE_MS)  # of every test with a browser
EXECUTABLE = "/usr/bin/chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # the address bar's list is a page with a process of its own, at each start. The others are Playwright's, for of two
    # such options the last one counts
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,AimEnabled,HttpsUpgrades,PaintHolding",
)


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Start the browser; it makes a profile of its own and removes it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a file's tests, and no longer: Playwright keeps a running event loop in this thread meanwhile."""
    with running_chromium() as browser:
        yield browser


# windows that nobody uses, by whether they run scripts: a new one costs as much time as all that most tests do in it
_idle: WeakKeyDictionary[Browser, dict[bool, BrowserContext]] = WeakKeyDictionary()
_NOWHERE = "http://127.0.0.1:9/"  # never asked; of the pages' own site, for another one takes a process of its own
_BLANK = '<link rel="icon" href="data:,">'  # else it would ask for /favicon.ico, at a moment of its own choice


class Window:
    """One page in an empty profile, every complaint that its console made, and every address it asked for.

    A test that leaves something on `page` (a listener, a function) sets `spoilt`: no other test gets that page.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = next(iter(context.pages), None) or context.new_page()
        self.spoilt = False
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("request", self._asking)
        self.page.on("pageerror", self._failed)

    def leave(self) -> None:
        """Stop what runs in the page, and listen no more."""
        self.page.remove_listener("console", self._heard)
        self.page.remove_listener("request", self._asking)
        self.page.remove_listener("pageerror", self._failed)
        for page in self.context.pages:
            if page is not self.page:
                page.close()
        if self.spoilt:
            self.page.close()
            return
        self.page.unroute_all()
        self.page.route(_NOWHERE, lambda route: route.fulfill(body=_BLANK, content_type="text/html"))
        try:
            self.page.goto(_NOWHERE)
        except Error:  # the test left while the page was on its way to another one
            self.page.close()
        else:
            self.page.unroute_all()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def _asking(self, request: Request) -> None:
        self.asked.append(request.url)

    def _failed(self, error: Error) -> None:
        self.complaints.append(str(error))


@contextmanager
def window(browser: Browser, *, width: int = 1280, dark: bool = False, scripts: bool = True) -> Iterator[Window]:
    """Open a window of that width. Of those open at once each has a profile of its own."""
    context = _idle.setdefault(browser, {}).pop(scripts, None) or _profile(browser, scripts=scripts)
    try:
        opened = Window(context)
        opened.page.set_viewport_size({"width": width, "height": 900})
        opened.page.emulate_media(color_scheme="dark" if dark else "light")
        yield opened
        opened.leave()
        _empty(context)
    except BaseException:
        context.close()
        raise
    if second := _idle[browser].pop(scripts, None):
        second.close()
    _idle[browser][scripts] = context


@pytest.fixture
def view(chromium: Browser) -> Iterator[Window]:
    """A window for one test."""
    with window(chromium) as opened:
        yield opened


def _profile(browser: Browser, *, scripts: bool) -> BrowserContext:
    context = browser.new_context(java_script_enabled=scripts, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    return context


def _empty(context: BrowserContext) -> None:
    """Forget what a profile keeps for a host. What it keeps for an origin is no matter: each server has a new port."""
    context.unroute_all()
    context.clear_permissions()
    context.clear_cookies()
