"""How soon an open page shows what happened: the browser itself writes down when the words stood there."""

from playwright.sync_api import Page

SOON_MS = 5_000  # an event has brought it: a page that hears of none looks every 15 s. How soon it is, the bench says
_WATCH = """([part, words]) => { window.seen = new Promise((done) => {
  const region = document.querySelector(`[data-live="${part}"]`);
  const look = () => region.textContent.includes(words) && done(Date.now());
  new MutationObserver(look).observe(region, { childList: true, subtree: true, characterData: true });
  look();
}); }"""


def watch(page: Page, part: str, words: str) -> None:
    """Begin to look for words in a live part."""
    page.evaluate(_WATCH, [part, words])


def seen_ms(page: Page) -> int:
    """When they were there, in wall-clock milliseconds; waits for that, bounded by the test's own time."""
    found: int = page.evaluate("window.seen")
    return found
