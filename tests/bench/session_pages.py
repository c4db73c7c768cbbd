"""The pages about sessions over a database of 10,000 of them: server time of the first page and of every kind of range.

`python -m tests.bench.session_pages` prints its own figures.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx

from tests.support.session_stage import past_session, used
from tests.support.snapshots import NOON
from tray_app.adapters.store.store import SqliteStore
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import clean_environment, running_app
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language

_BATCH = 1_000
_RUNS = 7


def fill(path: Path, *, count: int, days: int) -> None:
    """Keep sessions of the last days."""
    store, rand = SqliteStore(path), random.Random(1)
    moved_ms = time.time_ns() // 1_000_000 - NOON
    for first in range(0, count, _BATCH):
        made = [past_session(number, rand, days=days) for number in range(first, min(first + _BATCH, count))]
        now = [replace(one, started_ms=one.started_ms + moved_ms, last_ms=one.last_ms + moved_ms) for one in made]
        store.sessions.keep(now, [usage for one in now for usage in used(one)])
    store.close()


def measure_session_pages(home: Path, environ: Mapping[str, str], *, scale: float) -> dict[str, float]:
    """Milliseconds by name; the first is of a page nobody has asked for yet."""
    count = max(100, int(10_000 * scale))
    fill(Paths.under(home).create().history, count=count, days=365)
    with running_app(home, environ=environ) as child:
        remote = Remote(running=child.endpoint, language=Language.EN)
        with httpx.Client(trust_env=False, follow_redirects=True, timeout=30) as browser:
            url = remote.post("link", {"page": "sessions"})["url"]
            page = browser.get(url)
            origin = url.partition("/ui/")[0]
            found = {f"sessions page, {count} kept: weight, kB": len(page.content) / 1000}
            for name, query in (
                ("30 days", "days=30"),
                ("all days", "days=all"),
                ("a project", "days=all&project=api"),
            ):
                took = [_timed(browser, f"{origin}/ui/sessions?{query}") for _ in range(_RUNS)]
                found[f"sessions page, {count} kept, {name}: first, ms"] = took[0]
                found[f"sessions page, {count} kept, {name}: again, ms"] = statistics.median(took[1:])
            found["one session's page, ms"] = _timed(
                browser, f"{origin}/ui/sessions/{0:08x}-0000-4000-8000-000000000000"
            )
            found[f"export of {count} sessions, CSV, ms"] = _timed(browser, f"{origin}/ui/sessions/export.csv?days=all")
    return found


def _timed(browser: httpx.Client, url: str) -> float:
    began = time.perf_counter()
    answer = browser.get(url)
    took = (time.perf_counter() - began) * 1000
    if answer.status_code != httpx.codes.OK:
        raise RuntimeError(f"{answer.status_code} from {url}")
    return took


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for name, value in measure_session_pages(Path(folder), clean_environment(), scale=1.0).items():
            sys.stdout.write(f"{name:<64}{value:>10.2f}\n")
