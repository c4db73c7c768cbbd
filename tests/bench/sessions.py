"""Transcripts: a first scan and ccusage's of the same data in turns; memory, idle passes, a new line, a second start.

`python -m tests.bench.sessions HOME` measures our side in a process of its own and prints JSON; with `--counted` it
ends once tokens and cost are counted.
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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.bench.calls import BUSY
from tests.bench.process import usage
from tests.support.ccusage import command, environ, install
from tests.support.transcripts import Script, generate, tokens
from tray_app.adapters.claude_code.reader import ClaudeRecords

_ROUNDS = 5
_FEW_ROUNDS = 3
_COUNTED = "tokens and cost counted, ms"
_COUNTED_CPU = "tokens and cost counted, CPU ms"
SPREAD = "ccusage's slowest round / its fastest"


def measure_sessions(home: Path, *, scale: float) -> dict[str, float]:
    """200 transcripts of a megabyte each, made in `home`: all is read in each round."""
    count, megabytes = max(4, int(200 * scale)), 200 * scale
    generate(home, sessions=count, megabytes=megabytes, rand=random.Random(1))
    return _beside(home, f"{count} transcripts, {megabytes:.0f} MB", whole=_ROUNDS, counted=0)


def measure_many(home: Path, *, scale: float) -> dict[str, float]:
    """2 GB in 10,000 sessions' transcripts: all is read once, and counted in each round."""
    count, megabytes = max(20, int(10_000 * scale)), 2_000 * scale
    generate(home, sessions=count, megabytes=megabytes, rand=random.Random(1))
    return _beside(home, f"{count} sessions, {megabytes:.0f} MB", whole=1, counted=_FEW_ROUNDS)


def _beside(home: Path, what: str, *, whole: int, counted: int) -> dict[str, float]:
    """Medians of rounds in which both take their turn, each first in every second one; ratios are of one round each.

    Without npm the comparison is left out, and that is said.
    """
    ours: list[dict[str, float]] = []
    theirs: list[tuple[float, float]] = []
    for number in range(whole + counted):
        more = [] if number < whole else ["--counted"]
        turns: list[Callable[[], object]] = [
            lambda more=more: ours.append(_ours(home, *more)),  # type: ignore[misc]  # mypy cannot tell a default's type
            lambda: theirs.append(_theirs(home)),
        ]
        for turn in turns if number % 2 else turns[::-1]:
            turn()
    figures = {f"{what}: {name}": statistics.median(one[name] for one in ours if name in one) for name in ours[0]}
    if all(wall for wall, _ in theirs):
        figures |= {f"{what}: {name}": value for name, value in _compared(ours, theirs).items()}
    return figures


def _compared(ours: Sequence[Mapping[str, float]], theirs: Sequence[tuple[float, float]]) -> dict[str, float]:
    walls = [wall for wall, _ in theirs]
    spread = max(walls) / min(walls)
    if spread > BUSY:
        print(f"TOO BUSY TO TELL: ccusage's own time varied {spread:.1f} times between rounds (more than {BUSY})")

    def ratio(name: str, part: int) -> float:
        return statistics.median(one[name] / his[part] for one, his in zip(ours, theirs, strict=True) if name in one)

    return {
        "ccusage, ms": statistics.median(walls),
        "ccusage, CPU ms": statistics.median(cpu for _, cpu in theirs),
        SPREAD: spread,
        "counted / ccusage": ratio(_COUNTED, 0),
        "counted / ccusage, CPU": ratio(_COUNTED_CPU, 1),
        "all else read too / ccusage": ratio("all read, ms", 0),
    }


def _theirs(home: Path) -> tuple[float, float]:
    """Milliseconds, and those of the processor; zeros where it is not to be had."""
    problem = install()
    if problem:
        print(f"no comparison with ccusage: {problem}", file=sys.stderr)
        return 0.0, 0.0
    with tempfile.TemporaryDirectory(prefix="dingtalk-tray-bench-") as empty:
        before, began = _children_s(), time.perf_counter()
        subprocess.run(command(), env=environ(home, Path(empty)), capture_output=True, check=True)
        return (time.perf_counter() - began) * 1000, (_children_s() - before) * 1000


def _children_s() -> float:
    used = os.times()
    return used.children_user + used.children_system


def _ours(home: Path, *more: str) -> dict[str, float]:
    said = subprocess.run(
        [sys.executable, "-m", "tests.bench.sessions", str(home), *more], capture_output=True, check=True
    ).stdout
    figures: dict[str, float] = json.loads(said)
    return figures


async def _count(home: Path) -> dict[str, float]:
    """Until tokens and cost are counted."""
    with tempfile.TemporaryDirectory(prefix="dingtalk-tray-bench-") as folder:
        records = _records(home, Path(folder))
        await records.live()
        began, before = time.perf_counter(), time.process_time()
        while not (await records.scan()).counted:
            pass
        took = _took(began, before)
        await records.close()
        return took


def _took(began: float, before: float) -> dict[str, float]:
    return {
        _COUNTED: (time.perf_counter() - began) * 1000,
        _COUNTED_CPU: (time.process_time() - before) * 1000,
    }


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
    began, cpu = time.perf_counter(), time.process_time()
    figures: dict[str, float] = {}
    complete = False
    while not complete:
        scan = await records.scan()
        complete = scan.complete
        if scan.counted and not figures:
            figures |= _took(began, cpu)
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
    print(json.dumps(asyncio.run((_count if "--counted" in sys.argv else _measure)(Path(sys.argv[1])))))
