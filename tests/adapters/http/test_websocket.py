"""WebSockets leave as messages do, and whatever a network or a server does to one is its end and no error."""

import asyncio
import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from socketserver import BaseRequestHandler

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.support.free_port import free_port
from tests.support.hearing import hearing, key_of
from tests.support.patience import PATIENCE_S
from tests.support.proxies import HttpProxy, Socks5, proxy
from tests.support.tls_server import Authority
from tray_app.adapters.http.poster import HttpPoster
from tray_app.adapters.http.websocket import WebSocket
from tray_app.adapters.sandbox_robot.app import SandboxApp
from tray_app.core.hearing.status import StreamPhase
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import NoReply, Reply, Trouble
from tray_app.core.messages.unreached import Cause

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("bare")]
API = "https://api.dingtalk.com"
DOOR = "wss://wss-open-connection.dingtalk.com:443/connect"


@pytest.fixture
def dingtalk(company: Authority) -> Iterator[SandboxApp]:
    """Stands behind the company's TLS proxy, under DingTalk's own names."""
    with SandboxApp(tls=company.context("*.dingtalk.com")) as app:
        app.change(lambda: setattr(app.gateway, "endpoint", DOOR))
        yield app


@pytest.mark.parametrize(
    ("handler", "scheme", "login"),
    [
        (HttpProxy, "http://", ""),
        (HttpProxy, "", "me:p@ss"),
        (Socks5, "socks://", ""),
        (Socks5, "SOCKS5://", "me:p@ss"),
    ],
)
async def test_people_are_heard_through_the_proxy_of_the_environment(
    bare: pytest.MonkeyPatch,
    dingtalk: SandboxApp,
    company: Authority,
    handler: type[BaseRequestHandler],
    scheme: str,
    login: str,
) -> None:
    bare.setenv("SSL_CERT_FILE", str(company.file))
    with proxy(handler, dingtalk.port, login=login) as between:
        bare.setenv("HTTPS_PROXY", f"{scheme}{login.replace('@', '%40')}{'@' if login else ''}127.0.0.1:{between.port}")
        async with hearing(key_of(dingtalk, base=API)) as ear:
            await ear.until_phase(StreamPhase.CONNECTED)
            dingtalk.hear("允许")
            await ear.until(lambda: ear.texts == ["允许"])

        assert between.asked == ["api.dingtalk.com:443", "wss-open-connection.dingtalk.com:443"]
    assert dingtalk.breaches == []


async def test_this_computer_is_never_reached_through_a_proxy(bare: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        bare.setenv(name, f"http://127.0.0.1:{free_port()}")
    with SandboxApp() as app:
        async with hearing(key_of(app)) as ear:
            await ear.until_phase(StreamPhase.CONNECTED)


async def test_a_proxy_that_lets_only_messages_through_is_named(
    bare: pytest.MonkeyPatch, dingtalk: SandboxApp, company: Authority
) -> None:
    bare.setenv("SSL_CERT_FILE", str(company.file))
    with proxy(HttpProxy, dingtalk.port, refuses=403) as between:
        bare.setenv("HTTPS_PROXY", f"http://127.0.0.1:{between.port}")
        async with opened(DOOR) as answer:
            assert isinstance(answer, NoReply)
            assert answer.why is not None
            assert (answer.why.cause, answer.why.host) == (Cause.PROXY_REFUSES, "wss-open-connection.dingtalk.com")


async def test_a_certificate_that_nobody_trusts_is_not_talked_to(dingtalk: SandboxApp) -> None:
    async with opened(f"wss://127.0.0.1:{dingtalk.port}/connect?ticket=t") as answer:
        assert isinstance(answer, NoReply)
        assert answer.why is not None
        assert answer.why.cause is Cause.CERTIFICATE


@contextlib.asynccontextmanager
async def opened(url: str, **over: float) -> AsyncIterator[WebSocket | Reply | NoReply]:
    """Connect, and close all of it at the end."""
    poster = HttpPoster(**{"connect_s": PATIENCE_S, "total_s": PATIENCE_S, **over})
    try:
        answer = await poster.connect(Secret(url))
        yield answer
        if isinstance(answer, WebSocket):
            await answer.close()
    finally:
        await poster.aclose()


@contextlib.asynccontextmanager
async def talk(server: Callable[[ServerConnection], Awaitable[None]], **over: float) -> AsyncIterator[WebSocket]:
    """A WebSocket to a server that does this with each connection."""
    async with serve(server, "127.0.0.1", 0, max_size=None, close_timeout=0.1) as running:
        port = next(iter(running.sockets)).getsockname()[1]
        async with opened(f"ws://127.0.0.1:{port}/", **over) as answer:
            assert isinstance(answer, WebSocket)
            yield answer


async def received(socket: WebSocket) -> str | None:
    async with asyncio.timeout(PATIENCE_S):
        return await socket.receive()


async def test_texts_come_whole_however_they_are_cut_and_what_is_no_utf8_is_borne() -> None:
    async def server(far: ServerConnection) -> None:
        await far.send("one")
        await far.send(["in ", "three ", "parts 字"])
        await far.send(b"as bytes")
        await far.send(b"\xff\xfe half", text=True)
        await far.send("x" * 900_000)
        await far.wait_closed()

    async with talk(server) as socket:
        assert [await received(socket) for _ in range(4)] == [
            "one",
            "in three parts 字",
            "as bytes",
            "\ufffd\ufffd half",
        ]
        assert await received(socket) == "x" * 900_000


async def test_of_a_text_that_is_too_long_the_beginning_comes_and_the_connection_lives_on() -> None:
    async def server(far: ServerConnection) -> None:
        await far.send("a" + "x" * 5_000_000)
        await far.send("next")
        await far.send(["b" * 600_000, "c" * 600_000, "d"])
        await far.send(["e", "f" * 1_100_000, "g"])
        await far.send("字" * 400_000)
        await far.send("last")
        await far.wait_closed()

    async with talk(server) as socket:
        assert await received(socket) == "a" + "x" * 65_535
        assert await received(socket) == "next"
        assert await received(socket) == "b" * 65_536
        assert await received(socket) == "e"
        assert await received(socket) == "字" * (65_536 // 3) + "\ufffd"
        assert await received(socket) == "last"


async def test_what_is_sent_arrives_also_from_several_tasks_at_once() -> None:
    heard: list[str | bytes] = []
    done = asyncio.Event()

    async def server(far: ServerConnection) -> None:
        async for text in far:
            heard.append(text)
            if len(heard) == 50:
                done.set()

    async with talk(server) as socket:
        reading = asyncio.create_task(socket.receive())
        await asyncio.gather(*(socket.send(f"{number}" * 5_000) for number in range(50)))
        async with asyncio.timeout(PATIENCE_S):
            await done.wait()
            assert sorted(heard) == sorted(f"{number}" * 5_000 for number in range(50))
        await socket.close()
        async with asyncio.timeout(PATIENCE_S):
            assert await reading is None


async def closes(far: ServerConnection) -> None:
    await far.close(1011, "going")


async def resets(far: ServerConnection) -> None:
    far.transport.abort()


@pytest.mark.parametrize("server", [closes, resets])
async def test_every_end_is_an_end_and_sending_afterwards_does_nothing(
    server: Callable[[ServerConnection], Awaitable[None]],
) -> None:
    async with talk(server) as socket:
        assert await received(socket) is None
        await socket.send("late")
        assert await received(socket) is None


async def test_one_that_answers_when_it_is_asked_lives_although_nothing_comes() -> None:
    pings = asyncio.Semaphore(0)

    async def server(far: ServerConnection) -> None:
        before = far.protocol.recv_frame

        def count(frame: object) -> None:
            pings.release()
            before(frame)  # type: ignore[arg-type] # whatever came

        far.protocol.recv_frame = count  # type: ignore[method-assign] # pings are answered below what a server sees
        await far.wait_closed()

    async with talk(server, ping_s=0.02, pong_s=PATIENCE_S) as socket:
        reading = asyncio.create_task(socket.receive())
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(3):
                await pings.acquire()
        assert not reading.done()
        await socket.close()
        assert await reading is None


async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Shake hands and never say a word again, as behind a router that has forgotten the connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    key = next(line.split(": ")[1] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
    accept = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest())  # noqa: S324 - RFC 6455
    said = b"HTTP/1.1 101 x\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: " + accept
    writer.write(said + b"\r\n\r\n")
    await reader.read()
    writer.close()


async def stranger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept the key of another."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 101 x\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: eA==\r\n\r\n")
    await reader.read()
    writer.close()


async def no_socket(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 500 x\r\ncontent-length: 11\r\n\r\nsystemError")
    await reader.read()
    writer.close()


@contextlib.asynccontextmanager
async def raw(
    server: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    running = await asyncio.start_server(server, "127.0.0.1", 0)
    async with running:
        yield f"ws://127.0.0.1:{running.sockets[0].getsockname()[1]}/"


async def test_one_that_does_not_answer_when_it_is_asked_has_ended() -> None:
    async with raw(mute) as url, opened(url, ping_s=0.02, pong_s=0.02) as socket:
        assert isinstance(socket, WebSocket)
        assert await received(socket) is None


async def test_who_accepts_anothers_key_is_no_websocket() -> None:
    async with raw(stranger) as url, opened(url) as answer:
        assert answer == NoReply(trouble=Trouble.BROKEN)


async def test_what_is_said_instead_of_letting_us_in_is_read() -> None:
    async with raw(no_socket) as url, opened(url) as answer:
        assert isinstance(answer, Reply)
        assert (answer.status, answer.body) == (500, b"systemError")
