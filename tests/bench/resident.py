"""What the app costs while nothing happens, and how fast it starts, attaches and stops."""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from tests.bench.process import usage
from tests.bench.wire import read_message, request
from tests.support.mcp_client import connected
from tests.support.tray_host import TrayHost
from tray_app.adapters.files.endpoint import Endpoint, EndpointFile
from tray_app.adapters.system.paths import HOME_VARIABLE, Paths

_PATIENCE_S = 20.0


async def start_figures(home: Path, environ: Mapping[str, str], bus: str) -> dict[str, float]:
    """From the process's start until the icon is registered, and until tools/list is answered; then the stop."""
    host = await TrayHost.connect(bus)
    async with _app(home, {**environ, "DBUS_SESSION_BUS_ADDRESS": bus}, "--port", "0") as (process, began):
        await host.until(lambda: bool(host.items))
        icon_ms = (time.perf_counter() - began) * 1000
        endpoint = await _endpoint(home, process)
        await _tools_list(endpoint)
        serving_ms = (time.perf_counter() - began) * 1000
        stop_ms = await _stop(process)
    host.leave()
    return {"time to icon, ms": icon_ms, "start to first tools/list, ms": serving_ms, "stop, ms": stop_ms}


async def idle_figures(home: Path, environ: Mapping[str, str], bus: str, *, seconds: float) -> dict[str, float]:
    """CPU and context switches with the icon shown and one client connected."""
    host = await TrayHost.connect(bus)
    async with _app(home, {**environ, "DBUS_SESSION_BUS_ADDRESS": bus}, "--port", "0") as (process, _began):
        await host.until(lambda: bool(host.items))
        endpoint = await _endpoint(home, process)
        async with connected(endpoint.url, token=endpoint.token.reveal()) as client:
            await client.list_tools()
            await asyncio.sleep(3)
            before, began = usage(process.pid), time.perf_counter()
            await asyncio.sleep(seconds)
            after, took = usage(process.pid), time.perf_counter() - began
        await _stop(process)
    host.leave()
    return {
        "idle CPU, %": 100 * (after.cpu_s - before.cpu_s) / took,
        "idle context switches per s": (after.switches - before.switches) / took,
        "RSS idle with tray, MB": after.rss_mb,
    }


async def attach_ms(endpoint: Endpoint) -> float:
    """What a client pays to attach in the handshake era: initialize, initialized, tools/list on one connection."""
    port, token = int(endpoint.url.split(":")[2].split("/")[0]), endpoint.token.reveal()
    asks = [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": "bench", "version": "1"},
            },
        },
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ]
    headers = (f"Authorization: Bearer {token}", "Accept: application/json, text/event-stream")
    took: list[float] = []
    for _ in range(15):
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for ask in asks:
            writer.write(request("/mcp", json.dumps(ask).encode(), *headers, host=f"127.0.0.1:{port}"))
            answer = await read_message(reader)
            if answer is None:
                raise RuntimeError("the app hung up")
        took.append((time.perf_counter() - began) * 1000)
        writer.close()
    return sorted(took)[len(took) // 2]


@contextlib.asynccontextmanager
async def _app(
    home: Path, environ: Mapping[str, str], *arguments: str
) -> AsyncIterator[tuple["subprocess.Popen[bytes]", float]]:
    home.mkdir(exist_ok=True)
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "tray_app", "run", *arguments],
        env={**environ, HOME_VARIABLE: str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process, began
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


async def _endpoint(home: Path, process: "subprocess.Popen[bytes]") -> Endpoint:
    file, deadline = EndpointFile(Paths.under(home).endpoint), time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        endpoint = file.read_live()
        if endpoint is not None and endpoint.pid == process.pid:
            return endpoint
        await asyncio.sleep(0.002)
    raise RuntimeError("the app did not start")


async def _tools_list(endpoint: Endpoint) -> None:
    port = int(endpoint.url.split(":")[2].split("/")[0])
    prefix = "io.modelcontextprotocol/"
    meta = {f"{prefix}protocolVersion": "2026-07-28", f"{prefix}clientCapabilities": {}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}).encode()
    headers = (
        f"Authorization: Bearer {endpoint.token.reveal()}",
        "Accept: application/json, text/event-stream",
        "MCP-Protocol-Version: 2026-07-28",
        "Mcp-Method: tools/list",
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request("/mcp", body, *headers, host=f"127.0.0.1:{port}"))
    answer = await read_message(reader)
    if answer is None or b"dingtalk_send_text" not in answer:
        raise RuntimeError(f"unexpected answer: {answer!r}")
    writer.close()


async def _stop(process: "subprocess.Popen[bytes]") -> float:
    began = time.perf_counter()
    process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(process.wait, 10)
    return (time.perf_counter() - began) * 1000
