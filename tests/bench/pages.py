"""The pages: their weight, the server's time for each, memory with 20 open streams, CPU at rest with one page open.

Every `Page` of the app is measured, so a new one is measured on arrival.
"""

import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.bench.filling import fill
from tests.bench.process import usage
from tests.bench.streams import stream_figures
from tests.support.chromium import EXECUTABLE, Window, running_chromium, window
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child, running_app
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import Page

MOST_KB = 120.0
MOST_CPU = 0.3
_SETTLE_S = 3.0


def measure_pages(home: Path, environ: Mapping[str, str], *, rows: int, seconds: float) -> dict[str, float]:
    """Figures by name. Raises AssertionError for a page that is too heavy or asks another host."""
    fill(Paths.under(home).create().history, rows)
    with running_app(home, environ=environ) as child:
        figures = _server_ms(child)
        figures |= stream_figures()
        if Path(EXECUTABLE).exists():
            figures |= _in_browser(child, seconds=seconds)
    return figures


def link(child: Child, page: Page = Page.OVERVIEW) -> str:
    """Make a one-time link."""
    url: str = Remote(running=child.endpoint, language=Language.EN).post("link", {"page": page.value})["url"]
    return url


@contextmanager
def _let_in(child: Child) -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, follow_redirects=True, timeout=20) as browser:
        assert browser.get(link(child)).status_code == httpx.codes.OK
        yield browser


def _server_ms(child: Child) -> dict[str, float]:
    base = child.endpoint.url.removesuffix("/mcp")
    figures: dict[str, float] = {}
    with _let_in(child) as browser:
        for page in Page:
            took: list[float] = []
            for _ in range(15):
                began = time.perf_counter()
                assert browser.get(f"{base}/ui/{page}").status_code == httpx.codes.OK
                took.append((time.perf_counter() - began) * 1000)
            figures[f"page {page}, median ms"] = statistics.median(took)
    return figures


def _in_browser(child: Child, *, seconds: float) -> dict[str, float]:
    base = child.endpoint.url.removesuffix("/mcp")
    figures: dict[str, float] = {}
    with running_chromium() as browser, window(browser) as opened:
        for page in Page:
            opened.asked.clear()
            opened.page.goto(link(child, page), wait_until="load")
            figures[f"page {page}, weight in kB"] = _weight_kb(opened, base)
        opened.page.goto(f"{base}/ui/{Page.OVERVIEW}", wait_until="load")
        opened.page.wait_for_timeout(_SETTLE_S * 1000)
        before, began = usage(child.process.pid), time.perf_counter()
        opened.page.wait_for_timeout(seconds * 1000)
        after, took = usage(child.process.pid), time.perf_counter() - began
    figures["idle CPU with an open page, %"] = 100 * (after.cpu_s - before.cpu_s) / took
    return figures


def _weight_kb(opened: Window, base: str) -> float:
    """All that a page asks for when it is opened with an empty cache, each thing once."""
    strangers = [url for url in opened.asked if not url.startswith(f"{base}/")]
    assert not strangers, strangers
    own = {url for url in opened.asked if not url.startswith((f"{base}/ui/open", f"{base}/ui/events"))}
    weight = sum(len(opened.context.request.get(url).body()) for url in own) / 1000
    assert weight < MOST_KB, f"{opened.page.url} weighs {weight} kB"
    return weight
