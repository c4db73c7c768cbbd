"""The app with its tray, an open page, three clients, a robot that flaps, pauses, changed settings and restarts.

`python dev.py soak --minutes N`. At the end nothing may be lost or doubled, and what the process holds is flat.
"""

import argparse
import asyncio
import contextlib
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx

from tests.bench.process import usage
from tests.support.mcp_client import connected
from tests.support.private_bus import private_bus
from tests.support.tray_host import TrayHost
from tray_app.adapters.files.endpoint import Endpoint, EndpointFile
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.app.client.child import Child, clean_environment, running_app
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.errors import TrayAppError
from tray_app.core.kernel.texts import Language
from tray_app.sandbox.robot import Drop, Garbage, RobotFault

FAULTS: tuple[RobotFault, ...] = (Drop(), Drop(take=True), Garbage(take=True))
SETTINGS = "[robots.environment]\nper_minute = 100000\nmonthly_cap = 100000000\n[delivery]\nattempts = 10\nwait_s = 1\n"
POLICY = {"version": "1", "default": "allow"}
_DRAIN_S = 180.0
_FLAPS = 0.25  # of the looks
_NUMBERED = re.compile(r"soak \w+\.\d+\.")  # the group sees who sent it, too
_QUIET_SHARE = 0.4  # no restart after this share of the time: what is held is compared from then on
_MOST_MB, _MOST_THREADS, _MOST_FILES, _MOST_ROW = 12.0, 4, 12, 12_000


@dataclass
class Soak:
    """One run: what clients were told, what was measured (MB, threads, open files), and what went wrong."""

    child: Child
    host: TrayHost
    robot: SandboxRobot
    until: float
    accepted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    samples: list[tuple[float, int, int]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    failed_until: int = 0  # the robot fails so many requests, counted from its first, before one gets through

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.until

    def endpoint(self) -> Endpoint | None:
        return EndpointFile(self.child.paths.endpoint).read_live()

    def remote(self) -> Remote:
        """The app of now: a restart gives it new tokens. Raises TrayAppError."""
        return Remote.find(self.child.paths, Language.EN)

    async def again(self, work: Callable[[], Awaitable[None]], pause_s: float) -> None:
        """Do it again and again; a restart in between may fail it."""
        while not self.over:
            with contextlib.suppress(TrayAppError, OSError, httpx.HTTPError, TimeoutError):
                await work()
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))

    async def client(self, name: str) -> None:
        """Send numbered texts, some to a connection."""
        number = 0
        while not self.over:
            endpoint = self.endpoint()
            if endpoint is None:
                await asyncio.sleep(0.05)
                continue
            try:
                async with connected(endpoint.url, token=endpoint.token.reveal()) as client:
                    for _ in range(10):
                        number += 1
                        words = f"soak {name}.{number}."
                        answer = await client.call_tool("dingtalk_send_text", {"content": words})
                        status = str((answer.structured_content or {}).get("status"))
                        self.counts[status] += 1
                        if status in {"sent", "queued"}:
                            self.accepted.append(words)
                        elif status == "paused":
                            self.refused.append(words)
                        await asyncio.sleep(random.uniform(0, 0.2))
            except Exception:  # noqa: BLE001 - the app restarts under it, and the client raises groups of what it likes
                self.counts["unanswered"] += 1
                await asyncio.sleep(0.2)

    async def flap(self) -> None:
        """Fail the next few, now and then, but only after one got through since the last time.

        Else what is tried again would meet fault after fault, and wait four times as long after each: an outage of
        minutes, and no flapping.
        """
        robot = self.robot.robot
        if robot.requests > self.failed_until and random.random() < _FLAPS:
            faults = random.choices(FAULTS, k=random.randint(1, 3))
            self.failed_until = robot.requests + len(faults)
            robot.script(*faults)

    def steady(self) -> None:
        """Forget the faults that nothing has met yet."""
        while self.robot.robot.next_fault() is not None:
            pass

    async def pause(self) -> None:
        await asyncio.to_thread(self.remote().post, "pause", {"length": "open"})
        self.counts["pauses"] += 1
        await asyncio.sleep(random.uniform(0.2, 2))
        await asyncio.to_thread(self.remote().post, "resume")

    async def settings(self) -> None:
        days = random.randint(30, 300)
        self.child.paths.settings.write_text(f"{SETTINGS}[history]\ndays = {days}\n", "utf-8")
        self.counts["settings"] += 1

    async def restart(self) -> None:
        if time.monotonic() < self.quiet_from:
            await asyncio.to_thread(self.remote().post, "restart")
            self.counts["restarts"] += 1

    quiet_from: float = 0.0

    async def look(self) -> None:
        """Have the page open, as a browser does, and its stream."""
        link = (await asyncio.to_thread(self.remote().post, "link", {"page": "overview"}))["url"]
        async with httpx.AsyncClient(follow_redirects=True, timeout=20) as browser:
            (await browser.get(link)).raise_for_status()
            async with browser.stream("GET", httpx.URL(link).join("/ui/events")) as stream:
                async for _line in stream.aiter_lines():
                    self.counts["events"] += 1
                    if self.over:
                        return

    async def menu(self) -> None:
        with contextlib.suppress(Exception):  # the icon goes and comes with a restart
            await self.host.lines()
            self.counts["menus"] += 1

    async def measure(self) -> None:
        if time.monotonic() < self.quiet_from:
            return
        pid = self.child.process.pid
        now = usage(pid)
        self.samples.append((now.rss_mb, now.threads, len(list(Path(f"/proc/{pid}/fd").iterdir()))))

    async def run(self) -> None:
        """Everything at once, then wait until nothing is left to send."""
        works = (
            (self.flap, 1.0),
            (self.pause, 6.0),
            (self.settings, 3.0),
            (self.restart, 12.0),
            (self.look, 1.0),
            (self.menu, 1.0),
            (self.measure, 1.0),
        )
        clients = (self.client(name) for name in ("one", "two", "three"))
        await asyncio.gather(*clients, *(self.again(work, pause_s) for work, pause_s in works))
        self.steady()
        await asyncio.to_thread(self.remote().post, "resume")
        deadline = time.monotonic() + _DRAIN_S
        while time.monotonic() < deadline:
            state = await asyncio.to_thread(self.remote().get, "status")
            if not state["queued"] and not state["sending"]:
                return
            await asyncio.sleep(0.5)
        self.counts["not drained"] = 1

    def faults(self) -> list[str]:
        """What must not be."""
        seen = Counter(words for message in self.robot.received for words in _NUMBERED.findall(message.text))
        lost = [words for words in self.accepted if not seen[words]]
        doubled = [words for words, times in seen.items() if times > 1]
        let_out = [words for words in self.refused if seen[words]]
        said = [f"lost: {lost[:20]}", f"doubled: {doubled[:20]}", f"refused and sent: {let_out[:20]}"]
        found = [line for line, what in zip(said, (lost, doubled, let_out), strict=True) if what]
        if self.counts["not drained"]:
            found.append("messages still wait at the end")
        return [*found, *self.grown()]

    def grown(self) -> list[str]:
        """What the process holds more of than at the beginning of the quiet part."""
        quarter = len(self.samples) // 4
        if not quarter:
            return ["too short to see whether anything grows"]
        limits = (("MB", _MOST_MB), ("threads", _MOST_THREADS), ("open files", _MOST_FILES))
        found = []
        for index, (name, most) in enumerate(limits):
            values = [sample[index] for sample in self.samples]
            before, after = median(values[:quarter]), median(values[-quarter:])
            print(f"{name}: {before:.1f} -> {after:.1f}")
            if after - before > most:
                found.append(f"{name} grew from {before:.1f} to {after:.1f}")
        size = sum(path.stat().st_size for path in self.child.paths.data.glob("history.sqlite3*"))
        rows = max(len(self.accepted) + len(self.refused), 1)
        print(f"database: {size / 1024:.0f} KiB for {rows} messages")
        if size > 8_000_000 + _MOST_ROW * rows:
            found.append(f"the database has {size} bytes for {rows} messages")
        return found


async def soak(minutes: float, folder: Path) -> list[str]:
    """Run it; gives what went wrong."""
    with private_bus(folder) as (bus, _daemon), SandboxRobot(per_minute=0) as robot:
        host = await TrayHost.connect(bus)
        environ = {
            **clean_environment(),
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "DINGTALK_WEBHOOK": robot.webhook,
            "DINGTALK_SECRET": robot.secret,
            "LC_ALL": "C.UTF-8",
        }
        config = folder / "home" / "config"
        config.mkdir(parents=True)
        (config / "settings.toml").write_text(SETTINGS, "utf-8")
        (config / "policy.json").write_text(json.dumps(POLICY), "utf-8")
        with running_app(folder / "home", environ=environ, arguments=("--port", "0")) as child:
            now = time.monotonic()
            run = Soak(child=child, host=host, robot=robot, until=now + minutes * 60)
            run.quiet_from = now + minutes * 60 * _QUIET_SHARE
            await run.run()
            print(f"accepted {len(run.accepted)}, seen {len(robot.received)}, {dict(run.counts)}")
            found = run.faults()
        host.leave()
    return found


def main() -> int:
    """Soak for as long as was asked; 1 where something is wrong."""
    parser = argparse.ArgumentParser(prog="dev.py soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(soak(asked.minutes, Path(folder)))
    for fault in found:
        print(f"FAULT {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
