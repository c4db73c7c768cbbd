"""A long history: what its upkeep and its readers cost the others, as the worst ping of `/mcp` meanwhile.

`dev.py bench scale`. Rows of 80 days, of which the older half is due to be deleted at the start.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx

from tests.bench.history import fill
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child, running_app
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language

_SETTINGS = "[history]\ndays = 40\n"
_BETWEEN_S = 0.005
_PRUNING_S = 10.0
_READERS = {
    "a search for two characters": "q=失败",
    "a search for one": "q=龘",
    "a project that there is not": "project=none",
    "the first page": "",
}


def measure_scale(home: Path, environ: Mapping[str, str], *, rows: int) -> dict[str, float]:
    """Fill, start, and look: seconds for what is waited for, milliseconds for the pings of others."""
    paths = Paths.under(home).create()
    paths.settings.write_text(_SETTINGS, "utf-8")
    fill(paths.history, rows)
    of = f"{rows} rows"
    began = time.perf_counter()
    with running_app(home, environ=environ) as child:
        figures = {f"{of}, half of them due: endpoint answers after, s": time.perf_counter() - began}
        figures |= _pinged(child, f"{of}: deleting", lambda: time.sleep(_PRUNING_S))
        log = Path(f"{paths.history}-wal")
        figures[f"{of}: log while deleting, MB"] = log.stat().st_size / 1e6 if log.exists() else 0
        with httpx.Client(trust_env=False, follow_redirects=True, timeout=120) as browser:
            remote = Remote(running=child.endpoint, language=Language.EN)
            origin = str(browser.get(remote.post("link", {"page": "history"})["url"]).url).split("/ui/")[0]
            for name, query in _READERS.items():
                looking = partial(browser.get, f"{origin}/ui/history?{query}")
                figures |= _pinged(child, f"{of}: {name}", looking)
            figures |= _pinged(child, f"{of}: CSV export", lambda: _read(browser, f"{origin}/ui/history/export.csv"))
    return figures


def _read(browser: httpx.Client, url: str) -> None:
    with browser.stream("GET", url) as answer:
        answer.raise_for_status()
        for _ in answer.iter_raw():
            pass


def _pinged(child: Child, what: str, work: Callable[[], object]) -> dict[str, float]:
    with _pings(child) as (took, begun):
        begun.wait()
        began = time.perf_counter()
        work()
        seconds = time.perf_counter() - began
    ordered = sorted(took)
    return {
        f"{what}, s": seconds,
        f"{what}, median ping, ms": ordered[len(ordered) // 2],
        f"{what}, worst ping, ms": ordered[-1],
    }


@contextmanager
def _pings(child: Child) -> Iterator[tuple[list[float], threading.Event]]:
    """Ask `/mcp` for nothing again and again while the block runs; gives how long each took, in milliseconds."""
    took: list[float] = []
    begun, over = threading.Event(), threading.Event()
    headers = {"Authorization": f"Bearer {child.endpoint.token.reveal()}"}

    def ping() -> None:
        with httpx.Client(trust_env=False, timeout=60) as client:
            while not over.is_set():
                began = time.perf_counter()
                client.get(child.endpoint.url, headers=headers)
                took.append(1000 * (time.perf_counter() - began))
                begun.set()
                over.wait(_BETWEEN_S)

    thread = threading.Thread(target=ping)
    thread.start()
    try:
        yield took, begun
    finally:
        over.set()
        thread.join()
