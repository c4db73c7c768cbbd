"""The demo: the real app, a sandbox robot that is as strict as DingTalk, and the official MCP client between them."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tray_app.adapters.files.endpoint import Endpoint
from tray_app.adapters.sandbox_robot import SandboxRobot
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.app.client.child import Child, clean_environment, running_app
from tray_app.app.client.remote import Remote
from tray_app.app.demo.phone import NotAnswered, environ_of, play_phone, prepare
from tray_app.core.kernel.texts import Language, Text, text

if TYPE_CHECKING:  # half a second of imports, for the demo alone
    from mcp import Client
    from mcp_types import CallToolResult

KEYWORD = "demo"
_SITE = "https://example.com/"
_PICTURE = f"{_SITE}picture.png"
_SENDS: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("dingtalk_send_text", {"content": "Hello from the demo: the tests are green."}),
    (
        "dingtalk_send_markdown",
        {"title": "Build 42", "text": "### Build 42\n- 120 tests passed\n- 0 failed", "atMobiles": ["13800000000"]},
    ),
    (
        "dingtalk_send_link",
        {"title": "Release notes", "text": "What is new in 1.0", "messageUrl": _SITE, "picUrl": _PICTURE},
    ),
    (
        "dingtalk_send_action_card",
        {
            "title": "Deploy?",
            "text": "Version 1.0 is ready.",
            "buttons": [{"title": "Yes", "url": f"{_SITE}yes"}, {"title": "No", "url": f"{_SITE}no"}],
        },
    ),
    (
        "dingtalk_send_feed_card",
        {"links": [{"title": "Morning report", "messageUrl": _SITE, "picUrl": _PICTURE}]},
    ),
    ("dingtalk_notify_task_complete", {"taskName": "Import the data", "status": "success", "duration": "3 min"}),
    (
        "dingtalk_notify_session_end",
        {
            "summary": "Moved the parser to the new grammar.",
            "mainTasks": ["New grammar", "120 tests"],
            "duration": "42 min",
        },
    ),
)


class DemoFailed(Exception):
    """Something did not arrive as promised; `reason` says what."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.key)
        self.reason = reason


async def demo(
    say: Callable[[Text | str], None], *, language: Language = Language.EN, sandbox: SandboxRobot | None = None
) -> None:
    """Play it through and say what happens. Leaves nothing behind. Raises DemoFailed or DidNotStart.

    `language` is the reader's, in which the app and its messages speak too.
    `sandbox`: the robot to send to, not started yet (its keyword is KEYWORD); one of the demo's own where None.
    """
    sandbox = sandbox or SandboxRobot(keywords=[KEYWORD])
    with tempfile.TemporaryDirectory(prefix="dingtalk-tray-demo-") as folder, sandbox as robot, SandboxApp() as phone:
        prepare(Path(folder), language)
        environ = {
            **clean_environment(),
            **environ_of(phone),
            "DINGTALK_WEBHOOK": robot.webhook,
            "DINGTALK_SECRET": robot.secret,
            "DINGTALK_KEYWORDS": KEYWORD,
        }
        with running_app(Path(folder), environ=environ) as child:
            say(text("demo.endpoint", url=child.endpoint.url))
            failed: DemoFailed | None = None
            async with _client(child.endpoint) as client:
                try:
                    await _play(client, child, robot, say)
                except DemoFailed as error:  # raised through the client's task group it would be wrapped in a group
                    failed = error
            if failed is not None:
                raise failed
            try:
                await play_phone(child, phone, say)
            except NotAnswered:
                raise DemoFailed(text("demo.phone_failed")) from None


async def _play(client: "Client", child: Child, robot: SandboxRobot, say: Callable[[Text | str], None]) -> None:
    tools = (await client.list_tools()).tools
    say(text("demo.tools", count=len(tools), names=", ".join(tool.name for tool in tools)))
    say(text("demo.sending"))
    for tool, arguments in _SENDS:
        answer = await client.call_tool(tool, dict(arguments))
        status = _status(answer)
        say(f"  {tool}: {status}")
        if status != "sent":
            raise DemoFailed(text("demo.not_sent", tool=tool, answer=_words(answer)))
    await _play_pause(client, child, robot, say)
    say(text("demo.group"))
    for seen in robot.received:
        say(f"\n  {seen}")
    say("")
    if len(robot.received) != len(_SENDS) + 1:
        raise DemoFailed(text("demo.missing", count=len(robot.received), wanted=len(_SENDS) + 1))


async def _play_pause(client: "Client", child: Child, robot: SandboxRobot, say: Callable[[Text | str], None]) -> None:
    """Pause blocks, and says so; after the resume messages go out again."""
    remote = Remote.find(child.paths, Language.EN)
    await asyncio.to_thread(remote.post, "pause", {"length": "30m"})
    before = robot.robot.requests
    answer = await client.call_tool("dingtalk_send_text", {"content": "You must not see this."})
    say(text("demo.paused", status=_status(answer), answer=_words(answer)))
    if _status(answer) != "paused" or not answer.is_error or robot.robot.requests != before:
        raise DemoFailed(text("demo.leaked"))
    await asyncio.to_thread(remote.post, "resume")
    answer = await client.call_tool("dingtalk_send_text", {"content": "Resumed: this one arrives again."})
    say(text("demo.resumed", status=_status(answer)))
    if _status(answer) != "sent":
        raise DemoFailed(text("demo.not_sent", tool="dingtalk_send_text", answer=_words(answer)))


def _status(answer: "CallToolResult") -> str:
    return str((answer.structured_content or {}).get("status", "error"))


def _words(answer: "CallToolResult") -> str:
    """The answer in one line."""
    lines = [line for part in answer.content if hasattr(part, "text") for line in part.text.splitlines()]
    return " · ".join(lines)


@contextlib.asynccontextmanager
async def _client(endpoint: Endpoint) -> AsyncIterator["Client"]:
    """Connect as any MCP client would: Streamable HTTP and the bearer token."""
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    headers = {"Authorization": f"Bearer {endpoint.token.reveal()}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30.0, trust_env=False) as http,
        Client(streamable_http_client(endpoint.url, http_client=http)) as client,
    ):
        yield client
