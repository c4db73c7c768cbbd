"""A call beside a floor that keeps it too: HTTP in, two commits on the disk, one POST out; and with a slow disk.

`dev.py bench disk`. The waits for the disk are counted, and made longer, by a small library loaded before libc.
"""

import asyncio
import shutil
import statistics
import struct
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.servers import server
from tests.bench.wire import load, request, tool_call
from tray_app.app.client.child import running_app

_SOURCE = Path(__file__).with_name("slow_disk.c")
_DELAYS_MS = (0, 10)
_CALLS = {1: 120, 8: 240, 64: 640}
_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    name: str
    port: int
    call: bytes
    expect: bytes
    counted: Path


def measure_disk(folder: Path, environ: Mapping[str, str], robot: int, *, scale: float) -> dict[str, float]:
    """Medians of interleaved rounds. Empty where no C compiler can make the library."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return {}
    folder.mkdir()
    library = folder / "slow_disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, _SOURCE, "-ldl"], check=True)
    figures: dict[str, float] = {}
    for delay_ms in _DELAYS_MS:
        with _kinds(folder / f"delay{delay_ms}", environ, robot, library, delay_ms) as kinds:
            figures |= _measured(kinds, f"+{delay_ms} ms a sync", scale)
    return figures


@contextmanager
def _kinds(folder: Path, environ: Mapping[str, str], robot: int, library: Path, delay_ms: int) -> Iterator[list[_Kind]]:
    def slowed(name: str) -> dict[str, str]:
        counted = folder / f"{name}.counted"
        counted.write_bytes(bytes(8))
        return {"LD_PRELOAD": str(library), "SYNCS_COUNTED": str(counted), "SYNCS_DELAY_US": str(1000 * delay_ms)}

    folder.mkdir()
    home = folder / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text(
        "[robots.environment]\nper_minute = 100000\nmonthly_cap = 1000000\n", "utf-8"
    )
    with ExitStack() as stack:
        floor = stack.enter_context(server("keeping", robot, str(folder / "floor.sqlite3"), environ=slowed("floor")))
        sdk = stack.enter_context(server("sdk"))
        child = stack.enter_context(running_app(home, environ={**environ, **slowed("app")}))
        port = int(child.endpoint.url.split(":")[2].split("/")[0])
        yield [
            _Kind(
                name="floor",
                port=floor,
                call=request("/", b'{"content":"The tests are green."}'),
                expect=b'"sent"',
                counted=folder / "floor.counted",
            ),
            _Kind(
                name="SDK server",
                port=sdk,
                call=tool_call("x", sdk, modern=True),
                expect=b'"sent"',
                counted=folder / "floor.counted",
            ),
            _Kind(
                name="app",
                port=port,
                call=tool_call(child.endpoint.token.reveal(), port, modern=True),
                expect=b'"status":"sent"',
                counted=folder / "app.counted",
            ),
        ]


def _measured(kinds: list[_Kind], at: str, scale: float) -> dict[str, float]:
    figures: dict[str, float] = {}
    for kind in kinds:
        asyncio.run(load(kind.port, kind.call, calls=40, at_once=4, expect=kind.expect))
    for level, calls in _CALLS.items():
        p50: dict[str, list[float]] = {kind.name: [] for kind in kinds}
        rate: dict[str, list[float]] = {kind.name: [] for kind in kinds}
        syncs: dict[str, list[float]] = {kind.name: [] for kind in kinds}
        for _ in range(_ROUNDS):
            for kind in kinds:
                so_many = max(level, int(calls * scale))
                before = _count(kind.counted)
                measured = asyncio.run(load(kind.port, kind.call, calls=so_many, at_once=level, expect=kind.expect))
                p50[kind.name].append(measured.percentile(0.5))
                rate[kind.name].append(measured.per_second)
                syncs[kind.name].append((_count(kind.counted) - before) / so_many)
        for kind in kinds:
            figures[f"{at}: {kind.name}, {level} at once, p50 ms"] = statistics.median(p50[kind.name])
            figures[f"{at}: {kind.name}, {level} at once, calls/s"] = statistics.median(rate[kind.name])
        figures[f"{at}: app, {level} at once, syncs a call"] = statistics.median(syncs["app"])
        ratios = [app / floor for app, floor in zip(p50["app"], p50["floor"], strict=True)]
        figures[f"{at}: app / floor, {level} at once, p50"] = statistics.median(ratios)
    return figures


def _count(file: Path) -> int:
    return int(struct.unpack("l", file.read_bytes())[0])
