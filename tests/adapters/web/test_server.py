"""Starting, stopping and starting again: the port, the threads, the streams, and a program without a console."""

import asyncio
import errno
import json
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.support.mcp_client import RecordingDoor, connected, endpoint_on, english, running_endpoint, threaded_endpoint
from tests.support.raw_http import head, post, read_answer, rpc, talk
from tray_app.adapters.web.access import Access
from tray_app.adapters.web.app import build_app
from tray_app.adapters.web.server import HttpServer, ServerFailed, bind_loopback


def open_files() -> int:
    """Tell how many this process has, where the system tells; under Wine what Linux says would be Wine's."""
    return 0 if sys.platform != "linux" else len(list(Path("/proc/self/fd").iterdir()))


def test_a_taken_port_is_an_os_error() -> None:
    with bind_loopback(0) as taken, pytest.raises(OSError) as refused:  # noqa: PT011 - the number says which
        bind_loopback(taken.getsockname()[1])
    assert refused.value.errno in {errno.EADDRINUSE, 10048, 10013}  # Windows has its own


def test_it_listens_on_this_machine_only_and_without_delayed_acks() -> None:
    with bind_loopback(0) as sock:
        assert sock.getsockname()[0] == "127.0.0.1"
        assert sock.proto == socket.IPPROTO_TCP


@pytest.mark.anyio
async def test_a_client_that_is_early_is_served_once_the_server_is_there() -> None:
    server = endpoint_on(RecordingDoor())
    early = asyncio.create_task(asyncio.to_thread(talk, server.port, post(server.port, rpc())))
    await server.start()
    assert (await early).status == 200
    await server.stop()


@pytest.mark.anyio
async def test_it_serves_ten_times_on_one_port_and_leaves_nothing_behind() -> None:
    door = RecordingDoor()
    port = 0
    seen: list[tuple[int, int]] = []
    for _ in range(10):
        server = endpoint_on(door, port=port)
        port = server.port
        await server.start()
        async with connected(f"http://127.0.0.1:{port}/mcp") as client:
            await client.call_tool("dingtalk_send_text", {"content": "again"})
        await server.stop()
        seen.append((open_files(), threading.active_count()))
    assert len(door.asked) == 10
    assert seen[-1] == seen[0]


def test_an_engine_with_its_server_leaves_nothing_behind() -> None:
    with threaded_endpoint():
        pass
    before = open_files(), threading.active_count()
    for _ in range(3):
        with threaded_endpoint() as endpoint:
            assert talk(endpoint.port, post(endpoint.port, rpc())).status == 200
    assert (open_files(), threading.active_count()) == before


@pytest.mark.anyio
async def test_a_stop_ends_open_streams_and_connections_at_once() -> None:
    ended = asyncio.Event()

    async def stream(_request: Request) -> Response:
        async def events() -> AsyncIterator[bytes]:
            yield b"data: 1\n\n"
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        return StreamingResponse(events(), media_type="text/event-stream")

    async with running_endpoint(routes=[Route("/ui/events", stream)]) as endpoint:
        reader, writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
        writer.write(head(endpoint.port, start="GET /ui/events HTTP/1.1"))
        await reader.readuntil(b"data: 1\n\n")
        _idle_reader, idle_writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
        _half_reader, half_writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
        half_writer.write(head(endpoint.port)[:-10])
        await half_writer.drain()
        started = asyncio.get_running_loop().time()
        await endpoint.server.stop(0.3)
        assert asyncio.get_running_loop().time() - started < 1
        async with asyncio.timeout(2):
            await ended.wait()
            assert (await reader.read()).endswith(b"0\r\n\r\n")
        for each in (writer, idle_writer, half_writer):
            each.close()
            with suppress(ConnectionError):
                await each.wait_closed()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", endpoint.port))


@pytest.mark.anyio
async def test_a_start_that_fails_says_so_and_frees_the_port() -> None:
    class Broken:
        async def asgi(self, scope: object, receive: object, send: object) -> None: ...

        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            raise RuntimeError("broken on purpose")
            yield

    sock = bind_loopback(0)
    port = sock.getsockname()[1]
    access = Access(port=port, client_of=lambda _token: None, is_control=lambda _token: False)
    server = HttpServer(build_app(mcp=Broken(), access=access, say=english()), sock)
    with pytest.raises(ServerFailed):
        await server.start()
    bind_loopback(port).close()


@pytest.mark.anyio
async def test_a_second_stop_is_harmless() -> None:
    async with running_endpoint() as endpoint:
        await endpoint.server.stop()


WINDOWED = """
import sys
sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None
import asyncio, json, pathlib
from tests.support.mcp_client import RecordingDoor, connected, running_endpoint

async def main():
    async with running_endpoint(RecordingDoor()) as endpoint, connected(endpoint.url) as client:
        result = await client.call_tool("dingtalk_send_text", {"content": "hi"})
        pathlib.Path(OUT).write_text(json.dumps(result.structured_content))

asyncio.run(main())
"""


def test_a_program_without_a_console_can_serve(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    code = WINDOWED.replace("OUT", repr(str(out)))
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], timeout=30, check=False)
    assert done.returncode == 0
    assert json.loads(out.read_text())["status"] == "sent"


def test_signals_stay_the_programs_own() -> None:
    import signal

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with threaded_endpoint():
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_connection_is_kept_for_the_next_request() -> None:
    with threaded_endpoint() as endpoint, socket.create_connection(("127.0.0.1", endpoint.port), timeout=5) as sock:
        for _ in range(3):
            sock.sendall(post(endpoint.port, rpc()))
            assert read_answer(sock).status == 200
