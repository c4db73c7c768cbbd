"""A tool call, from the agent's socket to the robot's answer, beside three others in the same run, in turns.

`floor`: bare HTTP in, a commit on the disk, one POST out, another commit: what keeps its promises cannot undercut it.
`stdio server`: `stdio_server`, nothing kept. `SDK server`: the MCP SDK's HTTP server with a tool that does nothing.
With a slow disk (each wait for it some milliseconds longer) only those are measured that wait for it.
"""

import asyncio
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.bench.servers import server
from tests.bench.slow_disk import SOURCE, SlowDisk
from tests.bench.stdio_client import stdio_client
from tests.bench.wire import Load, load, request, tool_call
from tests.support.preloaded import built
from tray_app.app.client.child import running_app

FLOOR, STDIO, SDK, APP, OLDER = "floor", "stdio server", "SDK server", "app", "app, 2025-11-25"
_CALLS = {1: 150, 8: 300, 64: 640}
_WARM_UP = 100
_ROUNDS = 5
BUSY = 1.5  # the floor's own p50 varies by more than this between rounds: the machine does other things
_SETTINGS = "[robots.environment]\nper_minute = 100000\nmonthly_cap = 1000000\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table: medians of the rounds; the ratios are of each round, in which all took their turn.

    `spread`: the greatest p50 of a round to the least.
    """

    what: str
    at_once: int
    delay_ms: int
    p50_ms: float
    p99_ms: float
    per_second: float
    p50_to_floor: float
    rate_to_stdio: float | None
    rate_to_sdk: float | None
    syncs_a_call: float | None
    spread: float

    @property
    def too_busy(self) -> bool:
        """Whether the machine was, which the floor shows: what it does is always the same."""
        return self.what == FLOOR and self.spread > BUSY


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """One of those compared: how it is loaded, and how its waits for the disk are counted."""

    name: str
    load: Callable[..., Awaitable[Load]]
    syncs: Callable[[], int] | None = None


@dataclass(slots=True)
class _Rounds:
    loads: list[Load] = field(default_factory=list)
    syncs: list[float] = field(default_factory=list)

    def each(self, figure: Callable[[Load], float]) -> list[float]:
        return [figure(one) for one in self.loads]


def measure_calls(folder: Path, environ: Mapping[str, str], robot: int, *, delay_ms: int, scale: float) -> list[Line]:
    """Measure at 1, 8 and 64 at once. Empty where the disk cannot be slowed and shall be."""
    folder.mkdir()
    library = built(SOURCE, folder)
    if library is None and delay_ms:
        return []
    return asyncio.run(_measure(folder, environ, robot, library, delay_ms, scale))


async def _measure(
    folder: Path, environ: Mapping[str, str], robot: int, library: Path | None, delay_ms: int, scale: float
) -> list[Line]:
    async with AsyncExitStack() as stack:
        kinds = await _kinds(stack, folder, environ, robot, library, delay_ms)
        for kind in kinds:
            await kind.load(calls=max(8, int(_WARM_UP * scale)), at_once=4)
        lines: list[Line] = []
        for level, calls in _CALLS.items():
            lines += await _level(kinds, level, max(level, int(calls * scale)), delay_ms)
        return lines


async def _kinds(
    stack: AsyncExitStack,
    folder: Path,
    environ: Mapping[str, str],
    robot: int,
    library: Path | None,
    delay_ms: int,
) -> list[_Kind]:
    slow = {name: SlowDisk(library, folder / f"{name}.syncs", delay_ms) for name in (FLOOR, APP)} if library else {}
    slowed = {name: one.environ for name, one in slow.items()}
    database = str(folder / "floor.sqlite3")
    floor = stack.enter_context(server("keeping", robot, database, environ=slowed.get(FLOOR)))
    home = folder / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text(_SETTINGS, "utf-8")
    child = stack.enter_context(running_app(home, environ={**environ, **slowed.get(APP, {})}))
    port, token = int(child.endpoint.url.split(":")[2].split("/")[0]), child.endpoint.token.reveal()
    asked = request("/", b'{"content":"The tests are green."}')
    kinds = [
        _Kind(
            name=FLOOR,
            load=partial(load, floor, asked, expect=b'"sent"'),
            syncs=slow[FLOOR].syncs if slow else None,
        ),
        _Kind(
            name=APP,
            load=partial(load, port, tool_call(token, port, modern=True), expect=b'"status":"sent"'),
            syncs=slow[APP].syncs if slow else None,
        ),
    ]
    if not delay_ms:
        sdk = stack.enter_context(server("sdk"))
        stdio = await stack.enter_async_context(stdio_client(robot))
        kinds += [
            _Kind(name=STDIO, load=stdio.load),
            _Kind(name=SDK, load=partial(load, sdk, tool_call("x", sdk, modern=True), expect=b'"sent"')),
            _Kind(
                name=OLDER,
                load=partial(load, port, tool_call(token, port, modern=False), expect=b'"status":"sent"'),
            ),
        ]
    return kinds


async def _level(kinds: Sequence[_Kind], level: int, calls: int, delay_ms: int) -> list[Line]:
    found = {kind.name: _Rounds() for kind in kinds}
    for _ in range(_ROUNDS):
        for kind in kinds:
            before = kind.syncs() if kind.syncs else 0
            found[kind.name].loads.append(await kind.load(calls=calls, at_once=level))
            if kind.syncs:
                found[kind.name].syncs.append((kind.syncs() - before) / calls)
    return [_line(name, found, level, delay_ms) for name in found]


def _line(name: str, found: Mapping[str, _Rounds], level: int, delay_ms: int) -> Line:
    rounds = found[name]
    halves, rates = rounds.each(_p50), rounds.each(_rate)

    def rate_to(other: str) -> float | None:
        return _ratio(rates, found[other].each(_rate)) if other in found else None

    return Line(
        what=name,
        at_once=level,
        delay_ms=delay_ms,
        p50_ms=statistics.median(halves),
        p99_ms=statistics.median(rounds.each(lambda one: one.percentile(0.99))),
        per_second=statistics.median(rates),
        p50_to_floor=_ratio(halves, found[FLOOR].each(_p50)),
        rate_to_stdio=rate_to(STDIO),
        rate_to_sdk=rate_to(SDK),
        syncs_a_call=statistics.median(rounds.syncs) if rounds.syncs else None,
        spread=max(halves) / min(halves),
    )


def _p50(one: Load) -> float:
    return one.percentile(0.5)


def _rate(one: Load) -> float:
    return one.per_second


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
