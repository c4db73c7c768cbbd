"""What it costs to hear people: the connection at rest, beside DingTalk's own SDK as a program; from a tap to us.

`python -m tests.bench.hearing API CLIENT_ID CLIENT_SECRET` is the program that hears: first it sends as messages go,
then, told to by a line, it listens.
"""

import asyncio
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.bench.process import usage
from tray_app.adapters.http.poster import HttpPoster
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.adapters.system.clock import SystemClock
from tray_app.core.hearing.stream import StreamKey
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import Request
from tray_app.core.messages.heard import HeardMessage

_TAPS = 50


def measure_hearing(*, seconds: float) -> dict[str, float]:
    """With the gateway's ping every 25 s, as DingTalk's is said to come; CPU in percent of one core."""
    with SandboxApp() as app:
        ours = _ours(app, seconds)
    with SandboxApp() as app:
        return ours | _sdk(app, seconds)


def _ours(app: SandboxApp, seconds: float) -> dict[str, float]:
    with _program("tests.bench.hearing", app) as (process, ask):
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
    time.sleep(2)
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


async def _hear(api: str, client_id: str, client_secret: str) -> None:
    poster = HttpPoster()
    await poster.probe(Request(url=Secret(api), headers={}, body=b""))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    from tray_app.channels.dingtalk.stream import DingTalkStream
    from tray_app.services.hearing.listener import StreamListener

    key = StreamKey(base=api, client_id=client_id, client_secret=Secret(client_secret))

    async def find() -> StreamKey:
        return key

    async def heard(message: HeardMessage) -> None:
        print(message.text, flush=True)

    listener = StreamListener(
        service=DingTalkStream(),
        poster=poster,
        sockets=poster,
        clock=SystemClock(),
        chance=lambda: 0.5,
        key=find,
        heard=heard,
    )
    listener.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_hear(*sys.argv[1:]))
