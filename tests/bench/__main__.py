"""Run everything, print a table, write `build/bench.json`. `--quick`: a tenth of the work, to see that it runs."""

import argparse
import asyncio
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.bench.calls import Measured, measure_calls, soak
from tests.bench.claude import measure_claude
from tests.bench.commands import measure_commands
from tests.bench.disk import measure_disk
from tests.bench.frames import measure_frames
from tests.bench.gate import measure_gate
from tests.bench.history import fill, index_figures, page_figures
from tests.bench.pages import measure_pages
from tests.bench.policy import measure_policy
from tests.bench.process import usage
from tests.bench.redaction import measure_redaction
from tests.bench.resident import attach_ms, idle_figures, start_figures
from tests.bench.scale import measure_scale
from tests.bench.servers import server
from tests.bench.session_pages import measure_session_pages
from tests.bench.sessions import measure_sessions
from tests.core.redaction.corpus.rates import report
from tests.e2e.test_kill import killed
from tests.support.private_bus import private_bus
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child, clean_environment, running_app
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.texts import Language

_SETTINGS = "[robots.environment]\nper_minute = 100000\nmonthly_cap = 1000000\n"


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        choices=("all", "frames", "commands", "disk", "scale", "kill", "redaction"),
        default="all",
        help="frames: how many frames of ours a journey enters; commands: how soon the small ones are there; "
        "disk: calls beside a floor that keeps them too; "
        "scale: a long history, and what it costs the others; kill: kill -9 at 200 instants; "
        "redaction: how many secrets are masked",
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    asked = parser.parse_args()
    if asked.what == "redaction":
        print(report())
        return 0
    scale = 0.1 if asked.quick else 1.0
    if asked.what == "kill":
        instants = int(200 * scale)
        with tempfile.TemporaryDirectory(prefix="dingtalk-tray-bench-") as place:
            accepted = killed(Path(place), instants=instants)
        print(f"killed at {instants} instants: {accepted} accepted, none lost, doubled or out of order")
        return 0
    with tempfile.TemporaryDirectory(prefix="dingtalk-tray-bench-") as folder, server("robot") as robot:
        environ = {**clean_environment(), "DINGTALK_WEBHOOK": f"http://127.0.0.1:{robot}/robot/send?access_token=x"}
        if asked.what == "scale":
            _print_figures(measure_scale(_home(Path(folder) / "scale"), environ, rows=int(600_000 * scale)))
            return 0
        if asked.what == "frames":
            _print_figures(measure_frames(_home(Path(folder) / "frames"), environ))
            return 0
        if asked.what == "commands":
            _print_figures(measure_commands(_home(Path(folder) / "commands"), environ))
            return 0
        disk = measure_disk(Path(folder) / "disk", environ, robot, scale=scale)
        if asked.what == "disk":
            _print_figures(disk)
            return 0
        measured, figures = _calls(Path(folder), environ, robot, scale)
        figures |= disk | _resident(Path(folder), environ, scale)
        figures |= _history(Path(folder), environ, rows=int(100_000 * scale))
        figures |= measure_gate(_home(Path(folder) / "gate"), environ, scale=scale)
        figures |= measure_frames(_home(Path(folder) / "frames"), environ)
        figures |= measure_commands(_home(Path(folder) / "commands"), environ)
        figures |= measure_claude(_home(Path(folder) / "live"), environ, seconds=30 * scale)
        figures["import of the MCP SDK alone, ms"] = _sdk_import_ms()
        figures |= measure_sessions(Path(folder), scale=scale)
        figures |= measure_session_pages(_home(Path(folder) / "pages"), environ, scale=scale)
        figures |= measure_redaction()
        figures |= measure_pages(
            _home(Path(folder) / "pages"), environ, rows=int(10_000 * scale), seconds=_idle_s(scale)
        )
    figures |= measure_policy(scale=scale)
    _print(measured, figures)
    _write(asked.out, measured, figures)
    return 0


def _calls(
    folder: Path, environ: Mapping[str, str], robot: int, scale: float
) -> tuple[list[Measured], dict[str, float]]:
    home = _home(folder / "calls")
    with running_app(home, environ=environ) as child, server("floor", robot) as floor:
        port, token = _port(child), child.endpoint.token.reveal()
        figures = {"RSS at start, MB": usage(child.process.pid).rss_mb}
        figures["attach (2025-11-25), ms"] = asyncio.run(attach_ms(child.endpoint))
        measured = measure_calls(app_port=port, token=token, floor_port=floor, scale=scale)
        before = usage(child.process.pid)
        calls = int(10_000 * scale)
        soak(app_port=port, token=token, calls=calls)
        after = usage(child.process.pid)
        figures[f"RSS growth over {calls} calls, MB"] = after.rss_mb - before.rss_mb
        figures[f"RSS after {calls} more calls, MB"] = after.rss_mb
        figures["CPU per call, ms"] = 1000 * (after.cpu_s - before.cpu_s) / calls
    return measured, figures


def _resident(folder: Path, environ: Mapping[str, str], scale: float) -> dict[str, float]:
    runs: list[dict[str, float]] = []
    for number in range(max(1, int(5 * scale))):
        place = folder / f"bus{number}"
        place.mkdir()
        with private_bus(place) as (address, _daemon):
            runs.append(asyncio.run(start_figures(_home(folder / f"start{number}"), environ, address)))
    figures = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    place = folder / "bus-idle"
    place.mkdir()
    with private_bus(place) as (address, _daemon):
        return figures | asyncio.run(idle_figures(_home(folder / "idle"), environ, address, seconds=_idle_s(scale)))


def _history(folder: Path, environ: Mapping[str, str], *, rows: int) -> dict[str, float]:
    home = _home(folder / "history")
    paths = Paths.under(home).create()
    fill(paths.history, rows)
    with running_app(home, environ=environ) as child:
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


def _idle_s(scale: float) -> float:
    """Long enough for some of what the idle app does every three seconds."""
    return max(9.0, 30 * scale)


def _sdk_import_ms() -> float:
    """What of the start is the library under us, on this machine."""
    command = [sys.executable, "-c", "import mcp.server.lowlevel, mcp.server.streamable_http_manager"]
    took: list[float] = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run(command, check=True)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def _home(path: Path) -> Path:
    Paths.under(path).create().settings.write_text(_SETTINGS, "utf-8")
    return path


def _port(child: Child) -> int:
    return int(child.endpoint.url.split(":")[2].split("/")[0])


def _print(measured: list[Measured], figures: Mapping[str, float]) -> None:
    print(f"{'calls':<12}{'at once':>8}{'p50 ms':>10}{'p99 ms':>10}{'calls/s':>10}{'p50 / floor':>13}")
    floors = {line.at_once: line.load.percentile(0.5) for line in measured if line.what == "floor"}
    for line in measured:
        half = line.load.percentile(0.5)
        ratio = half / floors[line.at_once]
        rate, most = line.load.per_second, line.load.percentile(0.99)
        print(f"{line.what:<12}{line.at_once:>8}{half:>10.2f}{most:>10.2f}{rate:>10.0f}{ratio:>13.1f}")
    print()
    _print_figures(figures)


def _print_figures(figures: Mapping[str, float]) -> None:
    for name, value in figures.items():
        print(f"{name:<64}{value:>10.2f}")


def _write(out: Path, measured: list[Measured], figures: Mapping[str, float]) -> None:
    calls = [
        {
            "what": line.what,
            "at_once": line.at_once,
            "p50_ms": line.load.percentile(0.5),
            "p99_ms": line.load.percentile(0.99),
            "per_second": line.load.per_second,
        }
        for line in measured
    ]
    machine = {"system": platform.platform(), "python": sys.version.split()[0]}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"machine": machine, "calls": calls, "figures": dict(figures)}, indent=2), "utf-8")
    print(f"\nwritten to {out}")


if __name__ == "__main__":
    sys.exit(main())
