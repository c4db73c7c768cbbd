"""Two servers in processes of their own: a robot that takes everything, and the floor: HTTP in, one POST out.

`python -m tests.bench.servers robot` or `… floor ROBOT_PORT` prints its port and serves until its input is closed.
"""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator

from tests.bench.wire import read_message, request, response

_TAKEN = response(b'{"errcode":0,"errmsg":"ok"}')
_MESSAGE = b'{"msgtype":"text","text":{"content":"The tests are green."}}'


async def _robot(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await read_message(reader) is not None:
        writer.write(_TAKEN)
    writer.close()


class _Floor:
    """Answers each request after one POST to the robot, over connections that are kept."""

    def __init__(self, robot_port: int) -> None:
        self._robot_port = robot_port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await read_message(reader) is not None:
            robot = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._robot_port)
            robot[1].write(request("/robot/send?access_token=x", _MESSAGE))
            await read_message(robot[0])
            self._idle.append(robot)
            writer.write(response(b'{"status":"sent"}'))
        writer.close()


async def _serve(kind: str, robot_port: int) -> None:
    handler = _robot if kind == "robot" else _Floor(robot_port)
    server = await asyncio.start_server(handler, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextlib.contextmanager
def server(kind: str, robot_port: int = 0) -> Iterator[int]:
    """Run one in a process of its own; gives its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.servers", kind, str(robot_port)],
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
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
