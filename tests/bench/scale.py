"""How each cost grows with what an app has to do with: a tenth of much, much, and much of everything at once.

`dev.py bench --scale`: some five minutes. Beside the costs the worst ping of `/mcp` meanwhile: what the others notice
of it. What takes very long is done for a part: of the export what comes in some seconds is read.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx

from tests.bench.pings import pinged
from tests.bench.process import usage
from tests.bench.wire import load, tool_call
from tests.bench.worlds import KINDS, World
from tray_app.app.client.child import Child, running_app
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language

_BEGINNING_S = 3.0
_LONG_BEGINNING_S = 10.0  # in which it deletes and reads
_LONG = frozenset({"rows", "transcripts"})
_EXPORT_S = 10.0
_WORST, _WORST_BARE = ", worst ping, ms", ", worst ping of a bare server, ms"
_REST_S = 5.0
_CALLS = 200
_LOOKS = 7
_GROWS = 1.3  # less is noise
_READERS = {
    "a search for two characters": "q=失败",
    "a search for one": "q=龘",
    "a project that there is not": "project=none",
    "the first page": "",
}


def measure_scale(folder: Path, environ: Mapping[str, str], *, scale: float) -> dict[str, float]:
    """Figures by name; `grows`: what much costs, divided by what a tenth of it does; the worst ping of all at last."""
    folder.mkdir()
    figures: dict[str, float] = {}
    for name, (make, full) in KINDS.items():
        many = max(10, int(full * scale))
        found: list[dict[str, float]] = []
        for count in (many // 10, many):
            began = time.perf_counter()
            with ExitStack() as living:
                world = World(folder / f"{name} {count}", folder, living)
                world.begin()
                make(world, count)
                begins_s = _LONG_BEGINNING_S if name in _LONG else _BEGINNING_S
                found.append(_costs(world, environ, f"{count} {name}", begins_s=begins_s, read=name == "rows"))
            _say(f"{count} {name}", began)
        figures |= found[0] | found[1]
        figures |= _growth(name, f"{many // 10} {name}", found[0], f"{many} {name}", found[1])
    figures |= _everything(folder, environ, scale)
    return figures | _worst(figures)


def _worst(figures: Mapping[str, float]) -> dict[str, float]:
    """The worst ping of all, and what a bare server took at most in the same seconds."""
    measured = [name.removesuffix(_WORST) for name in figures if name.endswith(_WORST)]
    worst = max(measured, key=lambda name: figures[name + _WORST])
    return {
        f"WORST PING, ms ({worst})": figures[worst + _WORST],
        "a bare server's worst in the same seconds, ms": figures[f"{worst}{_WORST_BARE}"],
    }


def _say(what: str, began: float) -> None:
    print(f"scale: {what}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)


def _everything(folder: Path, environ: Mapping[str, str], scale: float) -> dict[str, float]:
    began = time.perf_counter()
    with ExitStack() as living:
        world = World(folder / "everything", folder, living)
        world.begin()
        for make, full in KINDS.values():
            make(world, max(10, int(full * scale)))
        found = _costs(world, environ, "all of these at once", begins_s=_LONG_BEGINNING_S, read=False)
    _say("all of these at once", began)
    return found


def _growth(
    name: str, few: str, before: Mapping[str, float], many: str, after: Mapping[str, float]
) -> dict[str, float]:
    """What becomes dearer, and by how many times."""
    told = {
        cost.removeprefix(f"{few}: "): value
        for cost, value in before.items()
        if value > 0 and not cost.endswith(_WORST_BARE)
    }
    grown = {cost: after.get(f"{many}: {cost}", 0.0) / value for cost, value in told.items()}
    return {f"ten times the {name}: {cost} grows": times for cost, times in grown.items() if times > _GROWS}


def _costs(world: World, environ: Mapping[str, str], of: str, *, begins_s: float, read: bool) -> dict[str, float]:
    began = time.perf_counter()
    with running_app(world.home, environ={**environ, "CLAUDE_CONFIG_DIR": str(world.claude)}) as child:
        figures = {"endpoint answers after, s": time.perf_counter() - began}
        beginning = _pinged(child, environ, "the beginning", partial(time.sleep, begins_s))
        beginning.pop("the beginning, s")
        figures |= beginning | {"log after it, MB": _megabytes(world.paths.history_log)}
        before, began = usage(child.process.pid), time.perf_counter()
        time.sleep(_REST_S)
        after = usage(child.process.pid)
        figures["idle CPU, %"] = 100 * (after.cpu_s - before.cpu_s) / (time.perf_counter() - began)
        figures["RSS, MB"] = after.rss_mb
        figures |= _asked(child, environ)
        if read:
            figures |= _read(child, environ)
    return {f"{of}: {name}": value for name, value in figures.items()}


def _asked(child: Child, environ: Mapping[str, str]) -> dict[str, float]:
    port = int(child.endpoint.url.split(":")[2].split("/")[0])
    call = tool_call(child.endpoint.token.reveal(), port, modern=True)
    calls = asyncio.run(load(port, call, calls=_CALLS, at_once=1, expect=b'"status":"sent"'))
    remote = Remote(running=child.endpoint, language=Language.EN)
    with _browser() as browser:
        origin = _origin(remote, browser)
        return {
            "call, p50 ms": calls.percentile(0.5),
            "status, ms": statistics.median(_took(lambda: remote.get("status")) for _ in range(_LOOKS)),
            "overview page, ms": statistics.median(
                _took(lambda: browser.get(f"{origin}/ui/overview").raise_for_status()) for _ in range(_LOOKS)
            ),
            **_pinged(child, environ, "all pages once", lambda: _open_all(browser, origin)),
        }


def _read(child: Child, environ: Mapping[str, str]) -> dict[str, float]:
    """What walks through many rows."""
    with _browser() as browser:
        origin = _origin(Remote(running=child.endpoint, language=Language.EN), browser)
        figures: dict[str, float] = {}
        for name, query in _READERS.items():
            figures |= _pinged(child, environ, name, partial(browser.get, f"{origin}/ui/history?{query}"))
        lines: list[int] = []
        url = f"{origin}/ui/history/export.csv"
        found = _pinged(child, environ, "CSV export", lambda: lines.append(_exported(browser, url)))
        figures["CSV export, lines per ms"] = lines[0] / (1000 * found.pop("CSV export, s"))
        return figures | found


def _pinged(child: Child, environ: Mapping[str, str], what: str, work: Callable[[], object]) -> dict[str, float]:
    """The bare server is the robot: it takes everything."""
    return pinged(child, what, work, bare=environ["DINGTALK_WEBHOOK"])


def _browser() -> httpx.Client:
    return httpx.Client(trust_env=False, follow_redirects=True, timeout=120)


def _origin(remote: Remote, browser: httpx.Client) -> str:
    return str(browser.get(remote.post("link", {"page": "history"})["url"]).url).split("/ui/")[0]


def _open_all(browser: httpx.Client, origin: str) -> None:
    for page in ("overview", "history", "sessions", "policy", "robots", "settings", "connect", "approvals"):
        browser.get(f"{origin}/ui/{page}").raise_for_status()


def _exported(browser: httpx.Client, url: str) -> int:
    """Read it for a while; gives how many lines came."""
    lines, until = 0, time.monotonic() + _EXPORT_S
    with browser.stream("GET", url) as answer:
        answer.raise_for_status()
        for chunk in answer.iter_bytes():
            lines += chunk.count(b"\n")
            if time.monotonic() > until:
                break
    return lines


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def _megabytes(file: Path) -> float:
    return file.stat().st_size / 1e6 if file.exists() else 0.0
