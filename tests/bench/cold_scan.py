"""An app that starts beside a month of transcripts it has never seen, and again: what it costs, and the others."""

import time
from collections.abc import Mapping
from pathlib import Path

from tests.bench.pings import pinged
from tests.bench.process import Usage, usage
from tests.support.patience import PATIENCE_S
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import running_app

_READ = "claude-code.read"  # is there once all is read
_TOO_BUSY_MS = 25
_SETTLES_S = 5.0
_LONGEST_S = 600.0


def measure_cold_scan(folder: Path, environ: Mapping[str, str], claude: Path, *, what: str) -> dict[str, float]:
    """`claude` holds the transcripts, `folder` is for two apps. The bare server is the robot: it takes everything.

    The second start is compared with one beside no transcripts at all, over the same seconds.
    """
    none = folder / "none"
    none.mkdir(parents=True)
    new, old = (_home(folder / name) for name in ("new", "old"))
    _started(new, environ, none)
    without = _started(new, environ, none)
    with running_app(old, environ={**environ, "CLAUDE_CONFIG_DIR": str(claude)}) as child:
        figures = pinged(child, "a cold scan", lambda: _all_read(old), bare=environ["DINGTALK_WEBHOOK"])
        bare_ms = figures["a cold scan, worst ping of a bare server, ms"]
        if bare_ms > _TOO_BUSY_MS:
            print(f"TOO BUSY TO TELL the worst ping: a bare server's took {bare_ms:.0f} ms (more than {_TOO_BUSY_MS})")
        figures["a cold scan, memory more than beside none, MB"] = usage(child.process.pid).rss_mb - without.rss_mb
    again = _started(old, environ, claude)
    figures["second start, CPU ms more than beside no transcripts"] = 1000 * (again.cpu_s - without.cpu_s)
    return {f"{what}: {name}": value for name, value in figures.items()}


def _home(path: Path) -> Path:
    Paths.under(path).create()
    return path


def _all_read(home: Path) -> None:
    kept, until = Paths.under(home).data / _READ, time.monotonic() + _LONGEST_S
    while not kept.exists():
        assert time.monotonic() < until, "the scan does not end"
        time.sleep(0.1)


def _started(home: Path, environ: Mapping[str, str], claude: Path) -> Usage:
    """Start the app and let it settle."""
    with running_app(home, environ={**environ, "CLAUDE_CONFIG_DIR": str(claude)}) as child:
        time.sleep(min(_SETTLES_S, PATIENCE_S))
        return usage(child.process.pid)
