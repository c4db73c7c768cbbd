"""What Claude Code sends, request by request, in both protocol eras."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.mcp_client import SENT, Endpoint, RecordingDoor, threaded_endpoint
from tests.support.raw_http import Answer, Header, call, head, post, read_answer, rpc, talk
from tray_app.core.delivery.delivery import Origin, Source
from tray_app.core.delivery.receipt import Receipt

CLIENT = {"name": "claude-code", "title": "Claude Code", "version": "2.1.330"}
CALL: dict[str, Any] = {"name": "dingtalk_notify_session_end", "arguments": {"summary": "built a.txt"}}
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": CLIENT,
    "io.modelcontextprotocol/clientCapabilities": {"roots": {"listChanged": True}, "elicitation": {"form": {}}},
}
ORIGIN = Origin(
    source=Source.MCP,
    tool="dingtalk_notify_session_end",
    client="claude-code",
    grant="tests",
    call_id="toolu_4d97d1e1f44c4bc5",
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with threaded_endpoint() as running:
        yield running


def modern(endpoint: Endpoint, method: str, tool: str = "", /, **params: Any) -> Answer:
    meta = {**META, **params.pop("_meta", {})}
    headers: list[Header] = [
        ("user-agent", "claude-code/2.1.330 (sdk-cli)"),
        ("accept-encoding", "identity"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", method),
    ]
    if tool:
        headers.append(("mcp-name", tool))
    return talk(endpoint.port, post(endpoint.port, rpc(method, params={**params, "_meta": meta}), *headers))


def handshake(endpoint: Endpoint, body: bytes, *more: Header) -> Answer:
    agent = ("user-agent", "claude-code/2.1.197 (sdk-cli)")
    return talk(endpoint.port, post(endpoint.port, body, agent, *more))


def test_the_newest_clients_session(endpoint: Endpoint) -> None:
    discovered = modern(endpoint, "server/discover").json()["result"]
    assert discovered["capabilities"] == {"tools": {"listChanged": False}}
    assert "dingtalk_notify_session_end" in discovered["instructions"]
    listening = modern(endpoint, "subscriptions/listen", notifications={"toolsListChanged": True})
    assert (listening.status, listening.json()["error"]["code"]) == (404, -32601)
    assert modern(endpoint, "prompts/list").json()["error"]["code"] == -32601
    listed = modern(endpoint, "tools/list").json()["result"]["tools"]
    assert len(listed) == 10
    called = modern(
        endpoint, "tools/call", CALL["name"], **CALL, _meta={"claudecode/toolUseId": ORIGIN.call_id, "progressToken": 3}
    )
    assert called.json()["result"]["structuredContent"]["status"] == "sent"
    assert endpoint.door.asked[-1][1] == ORIGIN


def test_an_older_clients_session(endpoint: Endpoint) -> None:
    hello = {"protocolVersion": "2025-11-25", "capabilities": {"roots": {}, "elicitation": {}}, "clientInfo": CLIENT}
    answer = handshake(endpoint, rpc("initialize", id_=0, params=hello))
    assert answer.json()["result"]["protocolVersion"] == "2025-11-25"
    assert answer.json()["result"]["serverInfo"]["name"] == "dingtalk"
    assert "mcp-session-id" not in answer.headers
    version = ("mcp-protocol-version", "2025-11-25")
    initialized = json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}).encode()
    assert handshake(endpoint, initialized, version).status == 202
    assert talk(endpoint.port, head(endpoint.port, version, start="GET /mcp HTTP/1.1")).status == 405
    assert len(handshake(endpoint, rpc(), version).json()["result"]["tools"]) == 10
    meta = {"claudecode/toolUseId": ORIGIN.call_id, "progressToken": 4}
    called = handshake(endpoint, rpc("tools/call", id_=4, params={**CALL, "_meta": meta}), version)
    assert called.json()["result"]["structuredContent"]["status"] == "sent"
    assert endpoint.door.asked[-1][1] == ORIGIN


def test_a_client_that_never_says_hello_is_served_too(endpoint: Endpoint) -> None:
    assert handshake(endpoint, call()).json()["result"]["isError"] is False


@pytest.mark.parametrize(
    "meta", [{"claudecode/toolUseId": 7}, {"claudecode/toolUseId": None}, {"claudecode/toolUseId": ["x"]}]
)
def test_a_strange_call_id_is_left_out(endpoint: Endpoint, meta: dict[str, Any]) -> None:
    handshake(endpoint, rpc("tools/call", params={**CALL, "_meta": meta}))
    assert endpoint.door.asked[-1][1].call_id == ""


def test_a_header_that_says_another_tool_is_refused(endpoint: Endpoint) -> None:
    before = len(endpoint.door.asked)
    assert modern(endpoint, "tools/call", "dingtalk_status", **CALL).status == 400
    assert len(endpoint.door.asked) == before


def test_a_clients_name_is_shown_without_tricks(endpoint: Endpoint) -> None:
    forged = {"io.modelcontextprotocol/clientInfo": {"name": "a\nb\u202e" + "c" * 500, "version": "1"}}
    modern(endpoint, "tools/call", CALL["name"], **CALL, _meta=forged)
    assert endpoint.door.asked[-1][1].client == "ab" + "c" * 62


def test_a_call_that_comes_while_it_closes_is_not_taken() -> None:
    arrived, go_on = threading.Event(), threading.Event()

    async def slow(_intent: object) -> Receipt:
        arrived.set()
        await asyncio.to_thread(go_on.wait, 5)
        return SENT

    with (
        threaded_endpoint(RecordingDoor(slow)) as endpoint,
        socket.create_connection(("127.0.0.1", endpoint.port), timeout=5) as first,
        socket.create_connection(("127.0.0.1", endpoint.port), timeout=5) as second,
    ):
        second.sendall(post(endpoint.port, rpc()))
        assert read_answer(second).status == 200
        first.sendall(post(endpoint.port, call()))
        assert arrived.wait(5)
        assert endpoint.engine is not None
        stopping = endpoint.engine.spawn(endpoint.server.stop(5))
        endpoint.engine.call(asyncio.sleep(0), 5)
        second.sendall(post(endpoint.port, call("late")))
        late = read_answer(second).json()["result"]
        go_on.set()
        assert read_answer(first).json()["result"]["structuredContent"]["status"] == "sent"
        stopping.result(5)
    assert late["isError"]
    assert late["structuredContent"]["hint"] == "Call again when it runs."
    assert [intent.message.content for intent, _ in endpoint.door.asked] == ["hello"]  # type: ignore[union-attr] # all are Send
