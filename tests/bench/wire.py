"""Bare HTTP/1.1 on asyncio streams: the cheapest client, robot and floor that still do the work."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass


async def read_message(reader: asyncio.StreamReader) -> bytes | None:
    """Read one request or response with a Content-Length; None at the end of the stream."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    at = head.lower().find(b"content-length:")
    length = 0 if at < 0 else int(head[at + 15 : head.index(b"\r\n", at)])
    return head + await reader.readexactly(length)


def request(path: str, body: bytes, *headers: str, host: str = "127.0.0.1") -> bytes:
    """Build a POST."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def response(body: bytes) -> bytes:
    """Build a 200."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Latencies in milliseconds, ascending, and the whole time in seconds."""

    latencies_ms: Sequence[float]
    seconds: float

    def percentile(self, share: float) -> float:
        """Give the latency below which `share` of the calls were."""
        return self.latencies_ms[min(len(self.latencies_ms) - 1, int(share * len(self.latencies_ms)))]

    @property
    def per_second(self) -> float:
        """Calls per second."""
        return len(self.latencies_ms) / self.seconds


async def load(port: int, call: bytes, *, calls: int, at_once: int, expect: bytes) -> Load:
    """Send `call` so many times over `at_once` connections; each answer must hold `expect`."""
    latencies: list[float] = []
    left = iter(range(calls))

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in left:
            began = time.perf_counter()
            writer.write(call)
            answer = await read_message(reader)
            latencies.append((time.perf_counter() - began) * 1000)
            if answer is None or expect not in answer:
                raise RuntimeError(f"unexpected answer: {(answer or b'connection closed')[-600:]!r}")
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return Load(latencies_ms=sorted(latencies), seconds=time.perf_counter() - began)


def tool_call(token: str, port: int, *, modern: bool) -> bytes:
    """One `tools/call dingtalk_send_text` of the 2026-07-28 or the 2025-11-25 era."""
    version = "2026-07-28" if modern else "2025-11-25"
    params: dict[str, object] = {"name": "dingtalk_send_text", "arguments": {"content": "The tests are green."}}
    if modern:
        prefix = "io.modelcontextprotocol/"
        params["_meta"] = {f"{prefix}protocolVersion": version, f"{prefix}clientCapabilities": {}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    headers = [
        f"Authorization: Bearer {token}",
        "Accept: application/json, text/event-stream",
        f"MCP-Protocol-Version: {version}",
    ]
    if modern:
        headers += ["Mcp-Method: tools/call", "Mcp-Name: dingtalk_send_text"]
    return request("/mcp", body, *headers, host=f"127.0.0.1:{port}")
