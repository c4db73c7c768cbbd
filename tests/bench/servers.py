"""Servers in processes of their own: a robot that takes everything, and what a call is compared with.

`floor`: HTTP in, one POST out. `keeping`: the same with a commit on the disk before and after. `sdk`: the MCP SDK's own
server with one tool that does nothing. `python -m tests.bench.servers KIND ROBOT_PORT [DATABASE]` prints its port and
serves until its input is closed.
"""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import uvicorn
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp_types import CallToolRequestParams, CallToolResult, TextContent
from starlette.applications import Starlette
from starlette.routing import Route

from tests.bench.wire import read_message, request, response
from tray_app.adapters.web.server import bind_loopback

_TAKEN = response(b'{"errcode":0,"errmsg":"ok"}')
_MESSAGE = b'{"msgtype":"text","text":{"content":"The tests are green."}}'


async def _robot(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await read_message(reader) is not None:
        writer.write(_TAKEN)
    writer.close()


class _Floor:
    """Answers each request after one POST to the robot, over connections that are kept."""

    def __init__(self, robot_port: int, database: str = "") -> None:
        """With a database, what is asked and what was answered are each kept there, on the disk."""
        self._robot_port = robot_port
        self._kept = sqlite3.connect(database, isolation_level=None) if database else None
        if self._kept is not None:
            self._kept.execute("PRAGMA journal_mode = WAL")
            self._kept.execute("PRAGMA synchronous = FULL")
            self._kept.execute("CREATE TABLE said (at INTEGER PRIMARY KEY, what BLOB)")
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (asked := await read_message(reader)) is not None:
            self._keep(asked)
            robot = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._robot_port)
            robot[1].write(request("/robot/send?access_token=x", _MESSAGE))
            self._keep(await read_message(robot[0]))
            self._idle.append(robot)
            writer.write(response(b'{"status":"sent"}'))
        writer.close()

    def _keep(self, what: bytes | None) -> None:
        if self._kept is not None:
            self._kept.execute("INSERT INTO said (what) VALUES (?)", (what,))


async def _called(_context: ServerRequestContext[Any], _call: CallToolRequestParams) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text="sent")], structured_content={"status": "sent"})


async def _serve_sdk() -> None:
    manager = StreamableHTTPSessionManager(Server("floor", on_call_tool=_called), json_response=True, stateless=True)
    routes = [Route("/mcp", StreamableHTTPASGIApp(manager))]
    app = Starlette(routes=routes, lifespan=lambda _app: manager.run())
    server = uvicorn.Server(uvicorn.Config(app, port=0, loop="asyncio", http="h11", log_level="error"))
    listener = bind_loopback(0)
    serving = asyncio.ensure_future(server.serve([listener]))
    print(listener.getsockname()[1], flush=True)  # it is bound: who comes early waits for the server
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving


async def _serve(kind: str, robot_port: int, database: str = "") -> None:
    if kind == "sdk":
        await _serve_sdk()
        return
    handler = _robot if kind == "robot" else _Floor(robot_port, database)
    server = await asyncio.start_server(handler, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextlib.contextmanager
def server(
    kind: str, robot_port: int = 0, database: str = "", *, environ: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Run one in a process of its own, with more in its environment; gives its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.servers", kind, str(robot_port), database],
        env={**os.environ, **(environ or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.communicate(input="", timeout=10)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
