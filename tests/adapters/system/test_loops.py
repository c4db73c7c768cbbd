"""The app's event loop goes on listening whatever a client does before it is accepted."""

import asyncio
import contextlib
import gc
import socket
import struct
import sys
from typing import Any

import pytest

from tray_app.adapters.system.loops import new_loop

NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


async def _hello(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello")
    writer.close()
    with contextlib.suppress(OSError):  # whoever hung up before: asyncio tells what nobody asks for
        await writer.wait_closed()


async def _answers(port: int) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await reader.read() == b"hello"
    finally:
        writer.close()


def _hang_up_at_once(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # asyncio leaves its socket to the GC
def test_clients_that_hang_up_before_they_are_accepted_end_no_server_and_fill_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scanned() -> bool:
        server = await asyncio.start_server(_hello, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        for _ in range(20):  # nothing is accepted meanwhile: this is the loop's own thread
            _hang_up_at_once(port)
        try:
            return await _answers(port)
        finally:
            server.close()
            await server.wait_closed()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(scanned())
    gc.collect()
    assert caplog.records == []


if sys.platform == "win32":

    @pytest.mark.parametrize("code", [64, 10054, 10055])
    def test_an_accept_that_windows_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
        """What Windows says of such a client (Wine says something else of it), and 10055: no memory for one."""
        ready, failed = asyncio.IocpProactor.accept, list[int]()

        def accept(self: asyncio.IocpProactor, listener: socket.socket) -> "asyncio.Future[Any]":
            if failed:
                return ready(self, listener)
            failed.append(code)
            said = asyncio.get_running_loop().create_future()
            said.set_exception(OSError(22, "no more", None, code))
            return said

        async def served() -> bool:
            server = await asyncio.start_server(_hello, "127.0.0.1", 0)
            try:
                return await asyncio.wait_for(_answers(server.sockets[0].getsockname()[1]), 60)
            finally:
                server.close()

        monkeypatch.setattr(asyncio.IocpProactor, "accept", accept)
        with asyncio.Runner(loop_factory=new_loop) as runner:
            assert runner.run(served())
        assert failed == [code]

    def test_a_listener_that_is_closed_ends_its_accept() -> None:
        async def closed() -> None:
            server = await asyncio.start_server(_hello, "127.0.0.1", 0)
            await asyncio.sleep(0)
            server.close()
            await server.wait_closed()

        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(closed())
            assert not asyncio.all_tasks(runner.get_loop())
