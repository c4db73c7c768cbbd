"""A client of a stdio server that asks it as cheaply as `wire` asks the others: one line out, one line back."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping

from tests.bench.wire import Load

_LONGEST = 1 << 20


class StdioClient:
    """One server and its pipe; answers find whoever asked by their id."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._asked: dict[int, asyncio.Future[bytes]] = {}
        self._number = 0

    async def read(self) -> None:
        """Hand out answers until there are no more."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            answered = json.loads(line).get("id")
            if answered in self._asked:
                self._asked.pop(answered).set_result(line)

    async def ask(self, method: str, params: Mapping[str, object]) -> bytes:
        """Send a request; gives the line that answers it."""
        self._number += 1
        self._say({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked[self._number] = answer
        return await answer

    async def begin(self) -> None:
        """Shake hands."""
        client = {"clientInfo": {"name": "bench", "version": "1"}, "capabilities": {}}
        await self.ask("initialize", {"protocolVersion": "2025-11-25", **client})
        self._say({"jsonrpc": "2.0", "method": "notifications/initialized"})

    async def load(self, *, calls: int, at_once: int) -> Load:
        """Send a text so many times, `at_once` of them without waiting for the others."""
        latencies: list[float] = []
        left = iter(range(calls))
        call = {"name": "dingtalk_send_text", "arguments": {"content": "The tests are green."}}

        async def work() -> None:
            for _ in left:
                began = time.perf_counter()
                answer = await self.ask("tools/call", call)
                latencies.append((time.perf_counter() - began) * 1000)
                if b'"sent"' not in answer:
                    raise RuntimeError(f"unexpected answer: {answer!r}")

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(at_once)))
        return Load(latencies_ms=sorted(latencies), seconds=time.perf_counter() - began)

    def _say(self, what: Mapping[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")


@contextlib.asynccontextmanager
async def stdio_client(robot: int) -> AsyncIterator[StdioClient]:
    """Start the server, and end it afterwards."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.stdio_server", str(robot), stdin=pipe, stdout=pipe, limit=_LONGEST
    )
    client = StdioClient(process)
    reading = asyncio.create_task(client.read())
    try:
        await client.begin()
        yield client
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        await reading
