"""From an agent's question to the phone, and from a tap there to the agent: the whole app, and the stand-in."""

import statistics
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from tests.support.asked import asked
from tests.support.phone_stage import connected, pair, taps
from tray_app.adapters.files.endpoint import TokenFile
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import clean_environment, running_app
from tray_app.app.client.remote import Remote
from tray_app.app.demo.phone import environ_of
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language

_TOKEN = Secret("q" * 43)
_SETTINGS = "[questions.phone]\nafter_s = 0\n[robots.environment-app]\nper_minute = 1000\n"
_BETWEEN_S = 0.15  # the host takes 20 calls a second


def measure_phone(folder: Path, *, times: int) -> dict[str, float]:
    """Medians in ms. DingTalk's own way there and back comes on top."""
    paths = Paths.under(folder).create()
    paths.settings.write_text(_SETTINGS, "utf-8")
    with SandboxApp() as phone, ThreadPoolExecutor(1) as aside:
        environ = {**clean_environment(), **environ_of(phone)}
        with running_app(folder, environ=environ) as child, httpx.Client(trust_env=False, timeout=30) as http:
            TokenFile(paths.question_token).write(_TOKEN)
            remote = Remote.find(paths, Language.EN)
            connected(remote)
            pair(phone, remote)
            url = child.endpoint.url.replace("/mcp", "/question/claude-code")
            rounds = [_round(phone, http, aside, url) for _ in range(times)]
        assert phone.breaches == []
    there, back = zip(*rounds, strict=True)
    return {
        "from a question to the phone, median ms": statistics.median(there),
        "from a tap to the agent's answer, median ms": statistics.median(back),
        "from a tap to the agent's answer, longest ms": max(back),
    }


def _round(phone: SandboxApp, http: httpx.Client, aside: ThreadPoolExecutor, url: str) -> tuple[float, float]:
    def ask() -> tuple[Mapping[str, Any], float]:
        reply = http.post(url, headers={"authorization": f"Bearer {_TOKEN.reveal()}"}, json=asked())
        return reply.json(), time.perf_counter()

    before = len(phone.chat)
    began = time.perf_counter()
    call: Future[tuple[Mapping[str, Any], float]] = aside.submit(ask)
    message = phone.wait_for_chat(before + 1)[before]
    came = time.perf_counter()
    phone.hear(taps(message)[0])
    said, answered = call.result(30)
    assert said["hookSpecificOutput"]["decision"] == {"behavior": "allow"}
    phone.wait_for_chat(before + 2)
    time.sleep(_BETWEEN_S)
    return (came - began) * 1000, (answered - came) * 1000
