"""The demo's last act: an agent asks in the terminal, and its owner answers from the phone, through the stand-in."""

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tray_app.adapters.files.endpoint import TokenFile
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.adapters.system.paths import Paths
from tray_app.app.client.child import Child
from tray_app.app.client.remote import Remote
from tray_app.core.kernel.secret import Secret
from tray_app.core.kernel.texts import Language, Text, text
from tray_app.core.robots.app_robot import AppRobot

_SETTINGS = "[questions.phone]\nafter_s = 0\n"
_TOKEN = Secret(secrets.token_urlsafe(32))
_TAP = re.compile(r"dtmd://dingtalkclient/sendMessage\?content=([^)]+)\)")
_PATIENCE_S = 20.0
_ASKED = {
    "hook_event_name": "PermissionRequest",
    "session_id": "demo-session",
    "cwd": "/code/shop",
    "tool_name": "Bash",
    "tool_input": {"command": "npm test", "description": "Run the tests"},
}


class NotAnswered(Exception):
    """The phone was not asked, or its answer did not arrive."""


def environ_of(phone: SandboxApp) -> Mapping[str, str]:
    """The app robot of the environment, on this computer."""
    robot = AppRobot(base=phone.api, client_id=phone.client_id, robot_code=phone.client_id)
    return {"DINGTALK_CLIENT_ID": robot.address().reveal(), "DINGTALK_CLIENT_SECRET": phone.client_secret}


def prepare(home: Path, language: Language) -> None:
    """Have the phone asked at once, and everything said in one language."""
    paths = Paths.under(home).create()
    spoken = f'language = "{language}"\nmessage_language = "{language}"\n'
    paths.settings.write_text(spoken + _SETTINGS, "utf-8")
    TokenFile(paths.question_token).write(_TOKEN)


async def play_phone(child: Child, phone: SandboxApp, say: Callable[[Text | str], None]) -> None:
    """Pair, ask, tap, and show what the agent was told. Raises NotAnswered."""
    try:
        await asyncio.to_thread(_play, child, phone, say)
    except TimeoutError as late:
        raise NotAnswered from late


def _play(child: Child, phone: SandboxApp, say: Callable[[Text | str], None]) -> None:
    remote = Remote.find(child.paths, Language.EN)
    _until(lambda: (remote.get("status")["phone"] or {}).get("hears") == "connected")
    say(text("demo.phone"))
    phone.hear(remote.post("phone/pair")["code"])
    say(f"  {phone.wait_for_chat(1, _PATIENCE_S)[0].text}")
    _until(lambda: remote.get("status")["phone"]["paired"])
    with ThreadPoolExecutor(1) as aside:
        call: Future[Any] = aside.submit(_ask, child)
        asked = phone.wait_for_chat(2, _PATIENCE_S)[1]
        say("\n".join(f"  {line}" for line in asked.text.splitlines() if line))
        tapped = unquote(_TAP.findall(asked.text)[0])
        phone.hear(tapped)
        say(text("demo.phone_tapped", words=tapped))
        say(f"  {phone.wait_for_chat(3, _PATIENCE_S)[2].text}")
        decision = call.result(_PATIENCE_S)["hookSpecificOutput"]["decision"]
    say(text("demo.phone_told", answer=str(decision["behavior"])))
    if decision != {"behavior": "allow"} or phone.breaches:
        raise NotAnswered


def _ask(child: Child) -> Any:  # noqa: ANN401 - the hook's own JSON
    """Ask as Claude Code's hook does."""
    import httpx

    url = child.endpoint.url.replace("/mcp", "/question/claude-code")
    headers = {"authorization": f"Bearer {_TOKEN.reveal()}"}
    return httpx.post(url, headers=headers, json=_ASKED, timeout=_PATIENCE_S, trust_env=False).json()


def _until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)
