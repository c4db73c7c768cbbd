"""`dingtalk-tray stdio`: the official client in both eras, and raw lines for what that never sends."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.support.command import command, environment
from tests.support.free_port import settle_port
from tests.support.hook_app import announce
from tests.support.mcp_client import SENT, Endpoint, RecordingDoor, threaded_endpoint
from tests.support.system import slow_on_wine
from tray_app.adapters.system.paths import Paths
from tray_app.core.delivery.receipt import Receipt
from tray_app.core.messages.requests import Intent

TOOL = "dingtalk_send_text"
ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@contextmanager
def app(home: Path, door: RecordingDoor | None = None) -> Iterator[Endpoint]:
    """Serve, and say where."""
    with threaded_endpoint(door) as endpoint:
        announce(home, endpoint.port)
        yield endpoint


@asynccontextmanager
async def connected(home: Path, mode: str) -> AsyncIterator[Client]:
    words = ["-m", "tray_app", "stdio"]
    server = StdioServerParameters(command=sys.executable, args=words, env=environment(home))
    async with asyncio.timeout(40), Client(stdio_client(server), mode=mode) as client:
        yield client


@contextmanager
def bridge(home: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The bare process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tray_app", "stdio"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(home),
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def call(ident: object, content: str) -> bytes:
    params = {"name": TOOL, "arguments": {"content": content}}
    return json.dumps({"jsonrpc": "2.0", "id": ident, "method": "tools/call", "params": params}).encode() + b"\n"


def exchange(home: Path, given: bytes) -> list[dict[str, Any]]:
    """Feed lines, end the input, give all answers."""
    with bridge(home) as process:
        out, err = process.communicate(given, timeout=30)
    assert (process.returncode, err) == (0, b"")
    return [json.loads(line) for line in out.splitlines()]


@ERAS
@pytest.mark.anyio
async def test_the_official_client_lists_and_calls(home: Path, mode: str) -> None:
    door = RecordingDoor()
    with app(home, door):
        async with connected(home, mode) as client:
            tools = (await client.list_tools()).tools
            answer = await client.call_tool(TOOL, {"content": "完成 🎉"})
    assert TOOL in {tool.name for tool in tools}
    assert not answer.is_error
    assert (answer.structured_content or {})["status"] == "sent"
    [(intent, _origin)] = door.asked
    assert "完成 🎉" in str(intent)


@ERAS
@pytest.mark.anyio
async def test_calls_run_side_by_side(home: Path, mode: str) -> None:
    together = threading.Barrier(4)

    async def reply(_intent: Intent) -> Receipt:
        await asyncio.to_thread(together.wait, 10)
        return SENT

    with app(home, RecordingDoor(reply)):
        async with connected(home, mode) as client:
            answers = await asyncio.gather(*(client.call_tool(TOOL, {"content": str(n)}) for n in range(4)))
    assert not any(answer.is_error for answer in answers)


@ERAS
@pytest.mark.anyio
async def test_an_app_started_again_elsewhere_is_found(home: Path, mode: str) -> None:
    with app(home) as first:
        async with connected(home, mode) as client:
            assert not (await client.call_tool(TOOL, {"content": "one"})).is_error
            with app(home) as second:
                assert second.port != first.port
                assert first.engine is not None
                first.engine.call(first.server.stop(), 5)
                assert not (await client.call_tool(TOOL, {"content": "two"})).is_error
                assert [str(intent) for intent, _ in second.door.asked] != []


@pytest.mark.anyio
@slow_on_wine
async def test_no_app_is_no_hindrance(home: Path) -> None:
    settle_port(home)
    try:
        async with connected(home, "auto") as client:
            assert TOOL in {tool.name for tool in (await client.list_tools()).tools}
        async with connected(home, "legacy") as client:
            assert (await client.list_tools()).tools
    finally:
        command("quit", environ=environment(home))


def test_a_rotated_token_heals_at_the_next_call(home: Path) -> None:
    with app(home) as endpoint, bridge(home) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        path = Paths.under(home).endpoint
        said = json.loads(path.read_text())
        path.write_text(json.dumps({**said, "token": "old" * 10}))
        process.stdin.write(call(1, "with the old token"))
        process.stdin.flush()
        assert "error" in json.loads(process.stdout.readline())
        announce(home, endpoint.port)
        process.stdin.write(call(2, "with the new one"))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["result"]["structuredContent"]["status"] == "sent"
        assert len(endpoint.door.asked) == 1


def test_a_cancelled_call_is_hung_up_and_not_answered(home: Path) -> None:
    begun, release = threading.Event(), threading.Event()

    async def reply(_intent: Intent) -> Receipt:
        begun.set()
        await asyncio.to_thread(release.wait, 10)
        return SENT

    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
    with app(home, RecordingDoor(reply)), bridge(home) as process:
        assert process.stdin is not None
        process.stdin.write(call(7, "slow"))
        process.stdin.flush()
        assert begun.wait(20)
        process.stdin.write(json.dumps(cancelled).encode() + b"\n")
        process.stdin.flush()
        out, _ = process.communicate(timeout=20)  # ends at once: the call does not hold it any more
        release.set()
    assert out == b""


def test_an_answer_that_is_under_way_when_the_input_ends_is_still_given(home: Path) -> None:
    with app(home):
        [answer] = exchange(home, call("a", "x"))
    assert (answer["id"], answer["result"]["structuredContent"]["status"]) == ("a", "sent")


def test_an_app_that_dies_with_the_call_is_not_asked_twice(home: Path) -> None:
    door = RecordingDoor()

    async def reply(_intent: Intent) -> Receipt:
        for protocol in list(endpoint.server._uvicorn.server_state.connections):
            protocol.transport.abort()
        return SENT

    door.reply = reply
    with app(home, door) as endpoint:
        [answer] = exchange(home, call(1, "once"))
        assert len(door.asked) == 1
    assert (answer["id"], answer["error"]["code"]) == (1, -32000)
    assert "not known" in answer["error"]["message"]


def test_what_is_no_message_is_answered_as_json_rpc_says(home: Path) -> None:
    lines = [b"{nonsense\n", b"[]\n", b"\n", b'{"jsonrpc": "2.0", "id": 4, "result": {}}\n', b"x" * 5_000_000 + b"\n"]
    with app(home):
        answers = exchange(home, b"".join(lines) + call(5, "after"))
    assert sorted(answer["error"]["code"] for answer in answers if "error" in answer) == [-32700, -32700, -32600]
    assert [answer["id"] for answer in answers if "result" in answer] == [5]


def test_a_refusal_of_the_guard_carries_the_requests_id(home: Path) -> None:
    with app(home):
        [answer] = exchange(home, b'{"jsonrpc": "2.0", "id": "six", "method": 5}\n')
    assert (answer["id"], answer["error"]["code"]) == ("six", -32600)
