"""A question on its way to the desktop, and a tap on its way to the command, with the real Claude Code."""

import asyncio
import statistics
import time
from pathlib import Path

import httpx

from tests.e2e.test_tray_app import desktop
from tests.support.asked import asked
from tests.support.claude_client import install
from tests.support.claude_stage import stage_in
from tests.support.model_api import ToolCall, Turn
from tests.support.phone_stage import AT_ONCE, connected, pair, taps
from tray_app.adapters.files.endpoint import TokenFile
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.remote import Remote
from tray_app.app.demo.phone import environ_of
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language
from tray_app.sandbox.sending import ChatMessage

_TOKEN = Secret("q" * 43)
_LOOK_S = 0.001
_DRAWN_S = 1.0


def measure_desktop(folder: Path, *, times: int) -> dict[str, float]:
    """Medians in ms, where the owner wants notifications at once; there are six a minute at most."""
    Paths.under(folder / "home").create().settings.write_text("[desktop]\nafter_s = 0\n", "utf-8")
    rounds = asyncio.run(_notified(folder, times))
    return {
        "from a question to the desktop notification, median ms": statistics.median(rounds),
        "from a question to the desktop notification, longest ms": max(rounds),
    }


async def _notified(folder: Path, times: int) -> list[float]:
    rounds: list[float] = []
    with SandboxRobot() as robot:
        async with desktop(folder, robot) as (child, host), httpx.AsyncClient(trust_env=False, timeout=30) as http:
            TokenFile(child.paths.question_token).write(_TOKEN)
            remote = Remote.find(child.paths, Language.EN)
            url = child.endpoint.url.replace("/mcp", "/question/claude-code")
            for number in range(times):
                began, seen = time.perf_counter(), len(host.notes)
                headers = {"authorization": f"Bearer {_TOKEN.reveal()}"}
                given = asked(given={"command": f"make {number}"})
                call = asyncio.create_task(http.post(url, headers=headers, json=given))
                await host.until(lambda seen=seen: len(host.notes) > seen)  # type: ignore[misc]  # bound now
                rounds.append((time.perf_counter() - began) * 1000)
                [one] = (await asyncio.to_thread(remote.get, "questions"))["questions"]
                await asyncio.to_thread(remote.post, "questions/answer", {"id": one["id"], "word": "deny"})
                await call
    return rounds


def measure_terminal(folder: Path, *, times: int) -> dict[str, float]:
    """Medians in ms. The client is slowed by nothing but this computer; DingTalk's own way comes on top."""
    from tests.support.claude_terminal import ENTER, claude_terminal  # terminals of Linux

    taken: dict[str, list[float]] = {"a tap": [], "Enter in the terminal": []}
    with stage_in(folder, install()) as stage, SandboxApp() as phone:
        stage.environ |= environ_of(phone)
        stage.settings(f"[robots.environment-app]\nper_minute = 1000\n{AT_ONCE}")
        stage.connect()
        stage.start_app()
        connected(stage.remote)
        pair(phone, stage.remote)
        stage.model.script(*(_makes(number) for number in range(2 * times)), Turn(text="Done."))
        arguments = ("--permission-mode", "default", "Make files")
        with claude_terminal(stage.claude, *arguments, cwd=stage.project) as terminal:
            for number in range(2 * times):
                place = stage.project / f"{number}.txt"
                tap = taps(_told(phone, f"touch {number}.txt"))[0]
                by = "Enter in the terminal" if number % 2 else "a tap"
                time.sleep(_DRAWN_S if number % 2 else 0)  # before that the client hears no key
                began = time.perf_counter()
                if number % 2:
                    terminal.press(ENTER)
                else:
                    phone.hear(tap)
                while not place.exists():
                    time.sleep(_LOOK_S)
                taken[by].append((time.perf_counter() - began) * 1000)
            terminal.wait_until("idle")
        assert phone.breaches == []
    return {
        f"from {by} to the command that runs, real client, {name} ms": of(rounds)
        for by, rounds in taken.items()
        for name, of in (("median", statistics.median), ("longest", max))
    }


def _told(phone: SandboxApp, words: str) -> ChatMessage:
    def found() -> list[ChatMessage]:
        return [one for one in phone.sending.received if words in one.text]

    phone.wait_until(lambda: bool(found()))
    return phone.read(found)[0]


def _makes(number: int) -> Turn:
    given = {"command": f"touch {number}.txt", "description": "Run"}
    return Turn(calls=[ToolCall(name="Bash", input=given)])
