"""The parts of the bench, each by its name: what it is about, and what it measures."""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.bench.asking import measure_desktop, measure_terminal
from tests.bench.calls import Line, measure_calls
from tests.bench.claude import measure_claude
from tests.bench.cold_scan import measure_cold_scan
from tests.bench.commands import measure_commands
from tests.bench.filling import fill
from tests.bench.frames import measure_frames
from tests.bench.gate import measure_gate
from tests.bench.hearing import measure_hearing
from tests.bench.history import index_figures, page_figures
from tests.bench.memory import measure_memory
from tests.bench.pages import measure_pages
from tests.bench.phone import measure_phone
from tests.bench.policy import measure_policy
from tests.bench.redaction import measure_redaction
from tests.bench.resident import attach_ms, idle_figures, start_figures
from tests.bench.scale import measure_scale
from tests.bench.session_pages import measure_session_pages
from tests.bench.sessions import measure_many, measure_sessions
from tests.core.redaction.corpus.rates import report
from tests.e2e.test_kill import killed
from tests.e2e.test_phone_kill import killed as phone_killed
from tests.support.private_bus import private_bus
from tests.support.working_day import Owner, messages
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import running_app
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language

_SETTINGS = "[robots.environment]\nper_minute = 100000\nmonthly_cap = 1000000\n"
_SLOW_MS = 10  # what a busy disk adds to each wait for it


@dataclass(slots=True)
class Bench:
    """Where to measure: a folder of its own, the environment of apps, a robot that takes everything, and how much."""

    folder: Path
    environ: Mapping[str, str]
    robot: int
    scale: float
    lines: list[Line] = field(default_factory=list)  # of the table of calls

    def home(self, name: str) -> Path:
        """A new folder for an app."""
        path = self.folder / name
        Paths.under(path).create().settings.write_text(_SETTINGS, "utf-8")
        return path

    def times(self, whole: int) -> int:
        """So many at full scale."""
        return max(1, int(whole * self.scale))

    @property
    def rest_s(self) -> float:
        """Long enough for some of what the idle app does every three seconds."""
        return max(9.0, 30 * self.scale)


def _calls(bench: Bench) -> dict[str, float]:
    where = bench.folder / "calls"
    bench.lines += measure_calls(where, bench.environ, bench.robot, delay_ms=0, scale=bench.scale)
    return {}


def _disk(bench: Bench) -> dict[str, float]:
    where = bench.folder / "disk"
    bench.lines += measure_calls(where, bench.environ, bench.robot, delay_ms=_SLOW_MS, scale=bench.scale)
    return {}


def _memory(bench: Bench) -> dict[str, float]:
    return measure_memory(bench.home("memory"), bench.environ, calls=bench.times(10_000))


def _start(bench: Bench) -> dict[str, float]:
    runs: list[dict[str, float]] = []
    for number in range(bench.times(5)):
        place = bench.folder / f"bus{number}"
        place.mkdir()
        with private_bus(place) as (address, _daemon):
            runs.append(asyncio.run(start_figures(bench.home(f"start{number}"), bench.environ, address)))
    figures = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    with running_app(bench.home("attach"), environ=bench.environ) as child:
        figures["attach (2025-11-25), ms"] = asyncio.run(attach_ms(child.endpoint))
    return figures | {"import of the MCP SDK alone, ms": _sdk_import_ms()}


def _idle(bench: Bench) -> dict[str, float]:
    place = bench.folder / "bus-idle"
    place.mkdir()
    with private_bus(place) as (address, _daemon):
        return asyncio.run(idle_figures(bench.home("idle"), bench.environ, address, seconds=bench.rest_s))


def _hearing(bench: Bench) -> dict[str, float]:
    return measure_hearing(bench.folder / "hearing", seconds=2 * bench.rest_s)


def _phone(bench: Bench) -> dict[str, float]:
    phone = measure_phone(bench.folder / "phone", times=bench.times(30))
    return phone | measure_desktop(bench.home("desktop"), times=bench.times(6)) | _terminal(bench)


def _terminal(bench: Bench) -> dict[str, float]:
    try:
        return measure_terminal(bench.home("terminal"), times=bench.times(10))
    except pytest.skip.Exception as why:  # no npm, or no such terminal
        print(f"not measured with the real client: {why}")
        return {}


def _day(bench: Bench) -> dict[str, float]:
    return {
        f"messages of a day of ten sessions, owner {owner.value}": len(
            asyncio.run(messages(bench.home(f"day-{owner.value}"), owner))
        )
        for owner in Owner
    }


def _commands(bench: Bench) -> dict[str, float]:
    return measure_commands(bench.home("commands"), bench.environ)


def _frames(bench: Bench) -> dict[str, float]:
    return measure_frames(bench.home("frames"), bench.environ)


def _redaction(_bench: Bench) -> dict[str, float]:
    print(report())
    return measure_redaction()


def _scale(bench: Bench) -> dict[str, float]:
    return measure_scale(bench.folder / "scale", bench.environ, scale=bench.scale)


def _history(bench: Bench) -> dict[str, float]:
    rows, paths = bench.times(100_000), Paths.under(bench.home("history"))
    fill(paths.history, rows)
    with running_app(bench.folder / "history", environ=bench.environ) as child:
        remote = Remote(running=child.endpoint, language=Language.EN)
        took: list[float] = []
        for _ in range(11):
            began = time.perf_counter()
            assert len(remote.get("history", limit="50")["deliveries"]) == min(50, rows)
            took.append((time.perf_counter() - began) * 1000)
        pages = page_figures(remote)
    pages |= index_figures(paths.history, rows)
    first = {f"history of {rows} rows, first page, ms": took[0], "history, median page, ms": statistics.median(took)}
    return first | pages


def _sessions(bench: Bench) -> dict[str, float]:
    live = measure_claude(bench.home("live"), bench.environ, seconds=30 * bench.scale)
    claude = bench.folder / "claude"
    read = measure_sessions(claude, scale=bench.scale)
    what = f"{200 * bench.scale:.0f} MB of transcripts"
    return live | read | measure_cold_scan(bench.folder / "cold", bench.environ, claude, what=what)


def _transcripts(bench: Bench) -> dict[str, float]:
    return measure_many(bench.folder / "many", scale=bench.scale)


def _pages(bench: Bench) -> dict[str, float]:
    sessions = measure_session_pages(bench.home("session-pages"), bench.environ, scale=bench.scale)
    return sessions | measure_pages(bench.home("pages"), bench.environ, rows=bench.times(10_000), seconds=bench.rest_s)


def _policy(bench: Bench) -> dict[str, float]:
    return measure_gate(bench.home("gate"), bench.environ, scale=bench.scale) | measure_policy(scale=bench.scale)


def _kill(bench: Bench) -> dict[str, float]:
    instants, place = bench.times(200), bench.folder / "kill"
    place.mkdir()
    accepted = killed(place, instants=instants)
    return {f"killed at {instants} instants: accepted, none lost, doubled or out of order": accepted}


def _phone_kill(bench: Bench) -> dict[str, float]:
    instants, place = bench.times(200), bench.folder / "phone-kill"
    place.mkdir()
    heard = phone_killed(place, instants=instants)
    return {f"killed at {instants} instants: answers heard before, none astray, twice or by silence": heard}


def _sdk_import_ms() -> float:
    """What of the start is the library under us, on this machine."""
    command = [sys.executable, "-c", "import mcp.server.lowlevel, mcp.server.streamable_http_manager"]
    took: list[float] = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(command, check=True)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


@dataclass(frozen=True, slots=True)
class Part:
    """`about` in a few words; `always`: a run that names no part has it, too."""

    about: str
    measure: Callable[[Bench], dict[str, float]]
    always: bool = True


PARTS: Mapping[str, Part] = {
    "calls": Part("a call beside its floor, a stdio server, the SDK's bare server", _calls),
    "disk": Part(f"the same where each wait for the disk takes {_SLOW_MS} ms more", _disk),
    "memory": Part("memory and CPU of many calls", _memory),
    "start": Part("from the start to the icon, to the first answer; the stop", _start),
    "idle": Part("an app at rest", _idle),
    "hearing": Part("a connection people are heard through, at rest", _hearing),
    "phone": Part("a question to the phone, and its answer back", _phone),
    "day": Part("how many messages a day of ten sessions is, as notices are set usually", _day),
    "commands": Part("how soon small commands are there", _commands),
    "frames": Part("how many frames of ours a journey enters", _frames),
    "history": Part("100,000 messages", _history),
    "policy": Part("rules, and a file that is saved", _policy),
    "sessions": Part("live sessions, and transcripts beside ccusage", _sessions),
    "pages": Part("every page", _pages),
    "redaction": Part("what masking costs, and how many secrets it finds", _redaction),
    "transcripts": Part("2 GB of transcripts in 10,000 sessions, beside ccusage", _transcripts, always=False),
    "scale": Part("much of everything, and how costs grow with it", _scale, always=False),
    "kill": Part("kill -9 at 200 instants", _kill, always=False),
    "phone-kill": Part("kill -9 at 200 instants between question, phone and answer", _phone_kill, always=False),
}
