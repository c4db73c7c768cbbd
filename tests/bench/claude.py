"""What Claude Code's sessions cost: the hook command, five live sessions at rest, a new line until it shows."""

import statistics
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.bench.process import usage
from tests.support.agent_sessions import AgentSession
from tray_app.adapters.system.paths import HOME_VARIABLE, Paths
from tray_app.app.client.child import Child, running_app
from tray_app.app.client.remote import Remote
from tray_app.app.program.started_by import launcher_of
from tray_app.core.kernel.texts import Language

_SESSIONS = 5
_RUNS = 21
_HOOK = b'{"hook_event_name": "SubagentStop", "session_id": "bench", "cwd": "/", "agent_id": "a", "agent_type": "b"}'


def measure_claude(home: Path, environ: Mapping[str, str], *, seconds: float) -> dict[str, float]:
    """Run the app beside five sessions of processes that live, and look."""
    claude = home / "claude"
    environ = {**environ, "CLAUDE_CONFIG_DIR": str(claude)}
    sessions = [
        AgentSession(config=claude, session_id=f"{number}0000000-bench", now=_now_ms) for number in range(_SESSIONS)
    ]
    alive = [subprocess.Popen(["sleep", "600"]) for _ in sessions]
    try:
        for session, process in zip(sessions, alive, strict=True):
            session.prompt("Do it")
            session.says("Yes.", tokens=(1_000, 2_000))
            session.registered(process.pid)
        with running_app(home, environ=environ) as child:
            return {
                **_hook(child, home, environ),
                "a new line until the snapshot shows it, median ms": _line(child, sessions[0]),
                **_idle(child, seconds),
            }
    finally:
        for process in alive:
            process.kill()
            process.wait()


def _hook(child: Child, home: Path, environ: Mapping[str, str]) -> dict[str, float]:
    command = launcher_of(Paths.under(home), {**environ, HOME_VARIABLE: str(home)}).hook()
    took: list[float] = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        subprocess.run(command, input=_HOOK, env=dict(environ), check=True)
        took.append((time.perf_counter() - began) * 1000)
    assert child.process.poll() is None
    return {"hook command, median ms": statistics.median(took)}


def _line(child: Child, session: AgentSession) -> float:
    remote = Remote(running=child.endpoint, language=Language.EN)

    def tokens() -> int:
        return sum(one["tokens"] for one in remote.get("status")["sessions"])

    took: list[float] = []
    time.sleep(3)
    for _ in range(11):
        before, began = tokens(), time.perf_counter()
        session.says("More.", tokens=(10, 20))
        while tokens() == before and time.perf_counter() - began < 10:
            time.sleep(0.005)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def _idle(child: Child, seconds: float) -> dict[str, float]:
    """CPU and switches while a page is open and nothing happens."""
    link = Remote(running=child.endpoint, language=Language.EN).post("link", {"page": "sessions"})["url"]
    with httpx.Client(trust_env=False, follow_redirects=True) as browser:
        origin = str(browser.get(link).url).split("/ui/")[0]
        with browser.stream("GET", f"{origin}/ui/events") as stream:
            stream.raise_for_status()
            time.sleep(5)
            before, began = usage(child.process.pid), time.perf_counter()
            time.sleep(seconds)
            after, took = usage(child.process.pid), time.perf_counter() - began
    what = f"with {_SESSIONS} live sessions and an open page"
    return {
        f"idle CPU {what}, %": 100 * (after.cpu_s - before.cpu_s) / took,
        f"idle context switches per s {what}": (after.switches - before.switches) / took,
    }


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
