"""What it costs to hear people: the connection at rest, beside DingTalk's own SDK as a program; from a tap to us."""

import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.bench.process import usage
from tests.support.command import environment
from tests.support.keyring import AVAILABLE, KeyringBus
from tests.support.phone_stage import set_up
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.app.client.child import running_app

_TAPS = 50


def measure_hearing(folder: Path, *, seconds: float) -> dict[str, float]:
    """With the gateway's ping every 25 s, as DingTalk's is said to come; CPU in percent of one core."""
    with SandboxApp() as app:
        ours = _ours(app, seconds)
    with SandboxApp() as app:
        return ours | _sdk(app, seconds) | _whole(folder, seconds)


def _whole(folder: Path, seconds: float) -> dict[str, float]:
    """The whole app with an app robot, beside one without; nothing where no keyring is."""
    if not AVAILABLE:
        return {}
    folder.mkdir()
    keyring = KeyringBus(folder)
    try:
        keyring.start_keyring()
        environ = environment(folder / "app", **keyring.environ)
        without, _switches, _rss_mb = _app_at_rest(folder / "app", environ, seconds)
        with SandboxApp() as app:
            set_up(app, environ)
            cpu, switches, rss_mb = _app_at_rest(folder / "app", environ, seconds, app)
    finally:
        keyring.close()
    return {
        "whole app without, idle CPU, %": without,
        "whole app with Stream connected, idle CPU, %": cpu,
        "whole app with Stream connected, idle context switches per s": switches,
        "whole app with Stream connected, RSS, MB": rss_mb,
    }


def _app_at_rest(
    home: Path, environ: Mapping[str, str], seconds: float, app: SandboxApp | None = None
) -> tuple[float, float, float]:
    with running_app(home, environ=environ, arguments=("--headless", "--port", "0")) as child:
        if app is not None:
            app.wait_until(lambda: len(app.gateway.live) == 1)
        return _rest(child.process.pid, seconds)


def _ours(app: SandboxApp, seconds: float) -> dict[str, float]:
    with _program("tests.bench.hearing_program", app) as (process, ask):
        ask()
        app.change(app.app.breaches.clear)  # that it was asked for nothing in particular
        before = usage(process.pid).rss_mb
        ask("listen\n", wait=False)
        app.wait_until(lambda: len(app.gateway.live) == 1)
        took: list[float] = []
        for number in range(_TAPS):
            began = time.perf_counter()
            app.hear(f"允许 {number}")
            ask()
            took.append((time.perf_counter() - began) * 1000)
        cpu, switches, rss_mb = _rest(process.pid, seconds)
    assert app.breaches == []
    return {
        "Stream connected, idle CPU, %": cpu,
        "Stream connected, idle context switches per s": switches,
        "Stream connected, memory it adds, MB": rss_mb - before,
        "from a tap to us, median ms": statistics.median(took),
    }


def _sdk(app: SandboxApp, seconds: float) -> dict[str, float]:
    with _program("tests.support.sdk_listener", app) as (process, ask):
        app.wait_until(lambda: len(app.gateway.live) == 1)
        app.hear("允许")
        ask()
        cpu, _switches, rss_mb = _rest(process.pid, seconds)
    return {"DingTalk's SDK as a program, idle CPU, %": cpu, "DingTalk's SDK as a program, RSS, MB": rss_mb}


def _rest(pid: int, seconds: float) -> tuple[float, float, float]:
    time.sleep(5)
    before, began = usage(pid), time.perf_counter()
    time.sleep(seconds)
    after, took = usage(pid), time.perf_counter() - began
    return 100 * (after.cpu_s - before.cpu_s) / took, (after.switches - before.switches) / took, after.rss_mb


@contextlib.contextmanager
def _program(module: str, app: SandboxApp) -> Iterator[tuple["subprocess.Popen[str]", "_Ask"]]:
    command = [sys.executable, "-m", module, app.api, app.client_id, app.client_secret]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process, _Ask(process)
        finally:
            process.kill()


class _Ask:
    """Says a line, where there is one, and waits for the program's next."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(self, line: str = "", *, wait: bool = True) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()
        if wait:
            self._process.stdout.readline()
