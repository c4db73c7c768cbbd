"""A history of 100,000 messages, read as the command line and the page read it."""

import sqlite3
import statistics
import time
from pathlib import Path

import httpx

from tray_app.adapters.store.file import search_index
from tray_app.adapters.store.store import SqliteStore
from tray_app.app.client.remote import Remote

_LOOKS = 7
_SEARCHES = {
    "all": "",
    "three characters": "q=构建完",
    "a common word": "q=build",
    "two characters": "q=失败",
    "a rare number": "q=9990",
    "what there is not": "q=zebra",
    "one character that there is not": "q=龘",
    "failed ones": "status=failed",
    "a project that there is not": "project=none",
}


def page_figures(remote: Remote) -> dict[str, float]:
    """Milliseconds of the whole page, as a browser waits for its HTML: the median of some looks."""
    figures: dict[str, float] = {}
    with httpx.Client(trust_env=False, follow_redirects=True, timeout=30) as browser:
        origin = str(browser.get(remote.post("link", {"page": "history"})["url"]).url).split("/ui/")[0]
        for name, query in _SEARCHES.items():
            took: list[float] = []
            for _ in range(_LOOKS):
                began = time.perf_counter()
                browser.get(f"{origin}/ui/history?{query}").raise_for_status()
                took.append((time.perf_counter() - began) * 1000)
            figures[f"history page, {name}, ms"] = statistics.median(took)
    return figures


def index_figures(path: Path, rows: int) -> dict[str, float]:
    """How long it takes until all rows of a file from before the search are in the index, without the pauses."""
    connection = sqlite3.connect(path, isolation_level=None)
    search_index.renew(connection)
    connection.close()
    store = SqliteStore(path)
    steps: list[float] = []
    more = True
    while more:
        began = time.perf_counter()
        more = store.look.index_older()
        steps.append(time.perf_counter() - began)
    store.close()
    return {
        f"index of {rows} older rows, all steps, s": sum(steps),
        "index of older rows, longest step, ms": max(steps) * 1000,
    }
