"""A real headless Chromium, started once per test run; each test gets a window with an empty profile."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

EXECUTABLE = "/usr/bin/chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
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


class Window:
    """One page in a fresh profile, and every complaint that its console made."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def overflow(self) -> list[str]:
        """Name what stands out of the window to the right, or text that is cut off inside its box."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll("body *")].filter((one) => {
                 const box = one.getBoundingClientRect();
                 if (!box.width || one.matches(".skip, .visually-hidden, option")) return false;
                 const cut = one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline";
                 return box.right > document.documentElement.clientWidth + 1 || cut;
               }).map((one) => `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 40)}`)"""
        )
        return found

    def faint(self) -> list[str]:
        """Name every text with a contrast below 4.5 to 1 against what is painted behind it."""
        found: list[str] = self.page.evaluate(
            """() => {
                 const parse = (value) => (value.match(/[\\d.]+/g) ?? []).map(Number);
                 const light = (rgb) => {
                   const [r, g, b] = rgb.map((v) => v / 255 <= .04045 ? v / 3294.6 : ((v / 255 + .055) / 1.055) ** 2.4);
                   return .2126 * r + .7152 * g + .0722 * b;
                 };
                 const behind = (one) => {
                   for (; one; one = one.parentElement) {
                     const [r, g, b, a = 1] = parse(getComputedStyle(one).backgroundColor);
                     if (a === 1) return [r, g, b];
                   }
                   return [255, 255, 255];
                 };
                 const says = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
                 return [...document.querySelectorAll("body *")].filter((one) => {
                   if (!one.getClientRects().length || !(says(one) || one.matches("input, textarea"))) return false;
                   const [high, low] = [parse(getComputedStyle(one).color).slice(0, 3), behind(one)].map(light)
                     .sort((x, y) => y - x);
                   return (high + .05) / (low + .05) < 4.5;
                 }).map((one) => `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 40)}`);
               }"""
        )
        return found

    def nameless(self) -> list[str]:
        """Name every control that a screen reader would call nothing."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll("a, button, summary, input:not([type=hidden]), textarea")]
               .filter((one) => !(one.labels?.length ? one.labels[0].textContent : one.textContent).trim())
               .map((one) => one.outerHTML)"""
        )
        return found


@contextmanager
def window(browser: Browser, *, width: int = 1280, dark: bool = False, scripts: bool = True) -> Iterator[Window]:
    """Open a window of that width."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)
    try:
        yield Window(context)
    finally:
        context.close()
