"""Transcripts: the first scan beside ccusage's on the same data in the same run, memory, idle passes, a new line.

`python -m tests.bench.sessions HOME` measures our side in a process of its own and prints JSON.
"""

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.process import usage
from tests.support.ccusage import command, environ, install
from tests.support.transcripts import Script, generate, tokens
from tray_app.adapters.claude_code.reader import ClaudeRecords

_RUNS = 3


def measure_sessions(folder: Path, *, scale: float) -> dict[str, float]:
    """Figures by name: milliseconds, megabytes, ratios. Without npm the comparison is left out, and said."""
    home, empty = folder / "claude", folder / "empty"
    empty.mkdir()
    count, megabytes = max(4, int(200 * scale)), 200 * scale
    generate(home, sessions=count, megabytes=megabytes, rand=random.Random(1))
    what = f"{count} transcripts, {megabytes:.0f} MB"
    runs, theirs = [_ours(home)], [_theirs(home, empty)]
    for _ in range(_RUNS - 1):
        theirs.append(_theirs(home, empty))
        runs.append(_ours(home))
    best = {name: min(run[name] for run in runs) for name in runs[0]}
    figures = {f"{what}: {name}": value for name, value in best.items()}
    if all(theirs):
        tiny = Script()
        tiny.reply("m", tokens(1))
        tiny.write(folder / "tiny")
        start = min(_theirs(folder / "tiny", empty) for _ in range(_RUNS))
        figures[f"{what}: ccusage, ms"] = min(theirs)
        figures[f"{what}: ccusage without its start, ms"] = min(theirs) - start
        figures["first scan / ccusage"] = best["tokens and cost counted, ms"] / min(theirs)
        figures["first scan / ccusage without its start"] = best["tokens and cost counted, ms"] / (min(theirs) - start)
        figures["all else read too / ccusage"] = best["all read, ms"] / min(theirs)
    return figures


def _theirs(home: Path, empty: Path) -> float:
    problem = install()
    if problem:
        print(f"no comparison with ccusage: {problem}", file=sys.stderr)
        return 0.0
    began = time.perf_counter()
    subprocess.run(command(), env=environ(home, empty), capture_output=True, check=True)
    return (time.perf_counter() - began) * 1000


def _ours(home: Path) -> dict[str, float]:
    said = subprocess.run(
        [sys.executable, "-m", "tests.bench.sessions", str(home)], capture_output=True, check=True
    ).stdout
    figures: dict[str, float] = json.loads(said)
    return figures


async def _measure(home: Path) -> dict[str, float]:
    """One first scan through the loop's door, with the loop's own steps timed beside it."""
    with tempfile.TemporaryDirectory(prefix="dingtalk-tray-bench-") as folder:
        records = _records(home, Path(folder))
        figures = await _first(records, home)
        await records.close()
        return figures | await _second(_records(home, Path(folder)))


def _records(home: Path, keep_in: Path) -> ClaudeRecords:
    environ = {"CLAUDE_CONFIG_DIR": str(home)}
    return ClaudeRecords(environ, home, now_ms=lambda: time.time_ns() // 1_000_000, keep_in=keep_in)


async def _second(records: ClaudeRecords) -> dict[str, float]:
    """Start again, with what the first one kept."""
    began, before = time.perf_counter(), time.process_time()
    while not (await records.scan()).complete:
        pass
    took = {
        "second start, ms": (time.perf_counter() - began) * 1000,
        "second start, CPU ms": (time.process_time() - before) * 1000,
    }
    await records.close()
    return took


async def _first(records: ClaudeRecords, home: Path) -> dict[str, float]:
    await records.live()  # the thread is there
    before = usage(os.getpid()).rss_mb
    lags: list[float] = []
    watch = asyncio.create_task(_lag(lags))
    began = time.perf_counter()
    figures: dict[str, float] = {}
    complete = False
    while not complete:
        scan = await records.scan()
        complete = scan.complete
        if scan.counted:
            figures.setdefault("tokens and cost counted, ms", (time.perf_counter() - began) * 1000)
    figures["all read, ms"] = (time.perf_counter() - began) * 1000
    watch.cancel()
    figures["memory growth, MB"] = usage(os.getpid()).rss_mb - before
    figures["loop held up while reading, p99 ms"] = statistics.quantiles(lags, n=100)[98]
    figures["loop held up while reading, most ms"] = max(lags)
    del scan
    idle: list[float] = []
    for _ in range(21):
        began = time.perf_counter()
        await records.scan()
        idle.append((time.perf_counter() - began) * 1000)
    figures["idle pass, median ms"] = statistics.median(idle)
    figures["appended line seen, ms"] = await _appended(records, home)
    return figures


async def _appended(records: ClaudeRecords, home: Path) -> float:
    path = next(home.glob("projects/*/*.jsonl"))
    script = Script(path.stem)
    script.reply(f"msg_{time.time_ns()}", tokens(1))
    began = time.perf_counter()
    with path.open("ab") as file:
        file.write(script.body)
    while path.stem not in (await records.scan()).changed:
        pass
    return (time.perf_counter() - began) * 1000


async def _lag(lags: list[float]) -> None:
    """How late a step of the loop comes that wants to come after a millisecond."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        lags.append((time.perf_counter() - began) * 1000 - 1)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_measure(Path(sys.argv[1])))))
