"""Tests in a few processes, of which Wine may end one: what was lost with it is run once more, what failed is not."""

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from tests.support.system import kill
from tests.windows.record import BEGUN, ENDED, FAILED, VARIABLE

_TIMED_OUT = re.compile(r"^\++ Timeout \++$", re.MULTILINE)  # pytest-timeout ends the process where a test hangs
_LAST_LINES = 40


@dataclass(frozen=True, slots=True)
class Part:
    """What one process runs. `variables` are its own, besides those of the caller."""

    name: str
    words: tuple[str, ...]
    variables: tuple[tuple[str, str], ...] = ()


class End(Enum):
    """How a process ended."""

    PASSED = auto()
    FAILED = auto()
    LOST = auto()


@dataclass(frozen=True, slots=True)
class Result:
    """`said`: in one line how it ended; `log`: all that it printed."""

    part: Part
    end: End
    said: str
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Runs parts `at_once`, each for `patience_s` at most and none beyond `until_s` of the monotonic clock.

    `folder` keeps what they print; `anew` is called before what was lost is run again; `say` gets a line for people.
    """

    folder: Path
    at_once: int
    patience_s: float
    until_s: float
    anew: Callable[[], object]
    say: Callable[[str], object]

    def run(self, parts: Sequence[Part]) -> bool:
        """Run them all, and once more those whose process was lost; say if every one passed in the end."""
        results = self._all(parts, "")
        lost = [result.part for result in results if result.end is End.LOST]
        if lost:
            self.anew()
            results += self._all(lost, " (again)")
        passed = {result.part for result in results if result.end is End.PASSED}
        failed = {result.part for result in results if result.end is End.FAILED}
        return passed - failed == set(parts)

    def _all(self, parts: Sequence[Part], note: str) -> list[Result]:
        with ThreadPoolExecutor(self.at_once) as pool:
            return [self._told(result, note) for result in pool.map(self._one, parts)]

    def _told(self, result: Result, note: str) -> Result:
        self.say(f"{result.part.name}{note}: {result.said}")
        if result.end is not End.PASSED:
            lines = result.log.splitlines()
            self.say("\n".join(lines if result.end is End.FAILED else lines[-_LAST_LINES:]))
        return result

    def _one(self, part: Part) -> Result:
        self.folder.mkdir(parents=True, exist_ok=True)
        record, log = self.folder / f"{part.name}.record", self.folder / f"{part.name}.log"
        record.write_text("", "utf-8")
        mine = {VARIABLE: str(record), **dict(part.variables)}
        began = time.monotonic()
        patience_s = max(0.0, min(self.patience_s, self.until_s - began))
        with log.open("wb") as out:
            code = _ended(part.words, mine, out.fileno(), patience_s)
        kept, printed = record.read_text("utf-8"), log.read_text("utf-8", "replace")
        end, said = judge(kept, printed, code)
        return Result(part, end, f"{said} ({time.monotonic() - began:.0f} s)", printed)


def judge(record: str, printed: str, code: int | None) -> tuple[End, str]:
    """Say how a process ended: by its record, what it printed, and its exit code (none: it was ended for its time).

    Only who passed every test and said so has passed. Lost is who ended without a word of a failure.
    """
    lines = [line.partition(" ") for line in record.splitlines()]
    failed = [about for word, _, about in lines if word == FAILED]
    begun = [about for word, _, about in lines if word == BEGUN]
    ended = [about for word, _, about in lines if word == ENDED]
    last = printed.strip().rpartition("\n")[2].strip("= ")
    if failed or ended not in ([], ["0"]):
        return End.FAILED, f"FAILED, {len(failed)} of {len(begun)} tests begun: {last}"
    if ended and code == 0:
        return End.PASSED, last
    where = f"after all of {len(begun)} tests" if ended else f"in {begun[-1]}" if begun else "before the first test"
    if code is None:
        return End.LOST, f"LOST, still running when its time was over, {where}"
    if _TIMED_OUT.search(printed):
        return End.FAILED, f"FAILED, a test hung: {where}"
    return End.LOST, f"LOST, the process ended with {code} without a test that failed, {where}"


def _ended(words: Sequence[str], mine: dict[str, str], out: int, patience_s: float) -> int | None:
    """Run it to its end, or for that long, and end what is left of it; give its exit code."""
    nothing = subprocess.DEVNULL
    with subprocess.Popen(words, env={**os.environ, **mine}, stdin=nothing, stdout=out, stderr=out) as process:
        try:
            return process.wait(patience_s)
        except subprocess.TimeoutExpired:
            _kill(marked(f"{VARIABLE}={mine[VARIABLE]}"))
            return None
        finally:
            process.kill()


def marked(variable: str) -> Iterator[int]:
    """Processes that have this variable, and this value of it."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.fsencode(variable) in (process / "environ").read_bytes().split(b"\0"):
                yield int(process.name)


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            kill(pid)
