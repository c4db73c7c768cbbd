"""Bytes out, bytes in, against a real robot on loopback that misbehaves as networks do."""

import asyncio
import gzip
import logging
import socket
import zlib
from collections.abc import AsyncIterator

import pytest

from tests.support.patience import PATIENCE_S
from tests.support.robot import credentials_of, robot
from tests.support.system import wine_cannot
from tray_app.adapters.http.poster import MOST_BYTES, HttpPoster
from tray_app.adapters.sandbox_robot import SandboxRobot, wall_ms
from tray_app.channels import CHANNELS
from tray_app.core.kernel.secret import Secret
from tray_app.core.messages.channel import NoReply, Reply, Request, Trouble
from tray_app.core.messages.message import TextMessage
from tray_app.core.messages.unreached import Cause, Unreached
from tray_app.sandbox.robot import AnswerWith, Drop, Endless, Garbage, RobotFault, Stall

__all__ = ["robot"]
pytestmark = pytest.mark.anyio
OK = b'{"errcode": 0, "errmsg": "ok"}'
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture
async def poster() -> AsyncIterator[HttpPoster]:
    made = HttpPoster(connect_s=2, read_s=PATIENCE_S, write_s=2, total_s=PATIENCE_S)
    yield made
    await made.aclose()


@pytest.fixture
async def hasty() -> AsyncIterator[HttpPoster]:
    """Waits for no answer: for a robot that gives none."""
    made = HttpPoster(connect_s=2, read_s=0.3, write_s=2, total_s=5)
    yield made
    await made.aclose()


def unreached(reply: Reply | NoReply) -> bool:
    return isinstance(reply, NoReply) and reply.trouble is Trouble.UNREACHABLE


def request_to(robot: SandboxRobot) -> Request:
    message, credentials = TextMessage(content="你好"), credentials_of(robot)
    return CHANNELS["dingtalk"].encode(message, credentials, delivery_id="1", now_ms=wall_ms())


async def test_a_request_arrives_as_it_was_built(robot: SandboxRobot, poster: HttpPoster) -> None:
    reply = await poster.post(request_to(robot))

    assert isinstance(reply, Reply)
    assert (reply.status, reply.body, reply.truncated) == (200, OK, False)
    assert reply.headers["content-type"] == "application/json"
    (seen,) = robot.received
    assert (seen.text, seen.uuid) == ("你好", "1")


async def test_two_requests_share_a_connection(robot: SandboxRobot, poster: HttpPoster) -> None:
    for _ in range(2):
        assert isinstance(await poster.post(request_to(robot)), Reply)

    assert robot.connections == 1


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (Drop(), Trouble.NO_ANSWER),
        (Drop(take=True), Trouble.NO_ANSWER),
        pytest.param(
            Drop(first=b"HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n{"), Trouble.NO_ANSWER, marks=wine_cannot
        ),
        (Stall(), Trouble.NO_ANSWER),
        (Stall(take=True), Trouble.NO_ANSWER),
        (Stall(first=b"HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n{"), Trouble.NO_ANSWER),
        (Garbage(), Trouble.BROKEN),
        (Garbage(said=b""), Trouble.BROKEN),
        (Garbage(said=b"HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n{"), Trouble.BROKEN),
        (AnswerWith(headers={"content-encoding": "gzip"}, body=b"\x1f\x8b" + OK), Trouble.BROKEN),
    ],
    ids=lambda value: repr(value) if not isinstance(value, Trouble) else value,
)
async def test_what_the_network_does_is_a_value(
    robot: SandboxRobot, poster: HttpPoster, hasty: HttpPoster, fault: RobotFault, trouble: Trouble
) -> None:
    robot.robot.script(fault)

    first = hasty if isinstance(fault, Stall) else poster
    assert await first.post(request_to(robot)) == NoReply(trouble=trouble)
    await asyncio.to_thread(robot.wait_for_requests, 1)
    assert len(robot.received) == fault.take

    assert isinstance(await poster.post(request_to(robot)), Reply)
    assert len(robot.received) == 1


async def test_an_endless_answer_is_read_to_the_limit_and_no_further(robot: SandboxRobot, poster: HttpPoster) -> None:
    robot.robot.script(Endless())

    reply = await poster.post(request_to(robot))

    assert isinstance(reply, Reply)
    assert (len(reply.body), reply.truncated) == (MOST_BYTES, True)


@pytest.mark.parametrize("packed", [gzip.compress(OK), zlib.compress(OK)], ids=["gzip", "deflate"])
async def test_what_a_proxy_packed_unasked_is_unpacked(robot: SandboxRobot, poster: HttpPoster, packed: bytes) -> None:
    robot.robot.script(AnswerWith(headers={"content-encoding": "gzip"}, body=packed))

    reply = await poster.post(request_to(robot))

    assert isinstance(reply, Reply)
    assert (reply.body, reply.truncated) == (OK, False)


async def test_a_bomb_is_unpacked_to_the_limit_only(robot: SandboxRobot, poster: HttpPoster) -> None:
    robot.robot.script(AnswerWith(headers={"content-encoding": "gzip"}, body=gzip.compress(b" " * 10_000_000)))

    reply = await poster.post(request_to(robot))

    assert isinstance(reply, Reply)
    assert (len(reply.body), reply.truncated) == (MOST_BYTES, True)


async def test_the_whole_exchange_has_an_end_though_bytes_keep_dripping(robot: SandboxRobot) -> None:
    poster = HttpPoster(connect_s=2, read_s=60, write_s=2, total_s=0.3)
    robot.robot.script(Stall(first=b"HTTP/1.1 200 OK\r\n"))

    assert await poster.post(request_to(robot)) == NoReply(trouble=Trouble.NO_ANSWER)
    await poster.aclose()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(
    robot: SandboxRobot, poster: HttpPoster, status: int
) -> None:
    with SandboxRobot() as elsewhere:
        robot.robot.script(AnswerWith(status=status, headers={"location": elsewhere.webhook}, body=OK))

        reply = await poster.post(request_to(robot))

        assert isinstance(reply, Reply)
        assert reply.status == status
        assert elsewhere.robot.requests == 0


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "ftp://127.0.0.1/",
        "http://",
        "http://127.0.0.1:1/",
        "http://127.0.0.1:99999/",
        "http://[::1",
        "http://\ud800/",
    ],
)
async def test_an_address_that_reaches_nobody_says_so(poster: HttpPoster, url: str) -> None:
    assert unreached(await poster.post(Request(url=Secret(url), headers={}, body=b"")))


async def test_a_robot_that_comes_back_is_reached_again(robot: SandboxRobot, poster: HttpPoster) -> None:
    robot.stop()
    assert unreached(await poster.post(request_to(robot)))

    robot.start()

    assert isinstance(await poster.post(request_to(robot)), Reply)


async def test_a_proxy_of_the_environment_is_used_but_not_for_this_computer(
    robot: SandboxRobot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SandboxRobot() as proxy:
        for name in PROXIES:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)
        monkeypatch.setenv("HTTP_PROXY", proxy.webhook.split("/robot")[0])
        poster = HttpPoster()

        near = await poster.post(request_to(robot))
        far = await poster.post(Request(url=Secret("http://robot.test/robot/send"), headers={}, body=b"{}"))
        await poster.aclose()

    assert isinstance(near, Reply)
    assert isinstance(far, Reply)
    assert (robot.robot.requests, proxy.robot.requests) == (1, 1)


async def test_a_failed_tls_handshake_reached_nobody(robot: SandboxRobot, poster: HttpPoster) -> None:
    url = Secret(robot.webhook.replace("http://", "https://"))

    reply = await poster.post(Request(url=url, headers={}, body=b"{}"))
    assert reply == NoReply(trouble=Trouble.UNREACHABLE, why=Unreached(cause=Cause.TLS, host="127.0.0.1"))
    assert robot.robot.requests == 0


async def test_an_answer_that_is_only_called_packed_is_read_as_it_is(poster: HttpPoster, robot: SandboxRobot) -> None:
    robot.robot.script(AnswerWith(body=b'{"errcode":0}', headers={"content-encoding": "gzip"}))
    answer = await poster.post(Request(url=Secret(robot.webhook), headers={}, body=b"{}"))
    assert isinstance(answer, Reply)
    assert (answer.body, answer.truncated) == (b'{"errcode":0}', False)


@pytest.mark.parametrize("fault", [AnswerWith(status=407), AnswerWith(status=502), Drop(), Garbage()], ids=repr)
async def test_a_proxy_that_opens_no_tunnel_reached_nobody(fault: RobotFault, monkeypatch: pytest.MonkeyPatch) -> None:
    with SandboxRobot() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.webhook.split("/robot")[0])
        monkeypatch.setenv("https_proxy", proxy.webhook.split("/robot")[0])
        proxy.robot.script(fault)
        poster = HttpPoster()

        reply = await poster.post(Request(url=Secret("https://robot.test/robot/send"), headers={}, body=b"{}"))
        await poster.aclose()

    assert unreached(reply)


async def test_cancelling_stops_the_exchange(robot: SandboxRobot) -> None:
    poster = HttpPoster()
    robot.robot.script(Stall())
    task = asyncio.ensure_future(poster.post(request_to(robot)))
    await asyncio.to_thread(robot.wait_for_requests, 1)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await poster.aclose()


async def test_nothing_logged_holds_the_address(
    robot: SandboxRobot, poster: HttpPoster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    robot.robot.script(Drop(), Garbage())

    for _ in range(3):
        await poster.post(request_to(robot))

    assert robot.received
    assert "POST" in caplog.text
    assert robot.robot.token not in caplog.text
    assert "sign=" not in caplog.text


async def test_closing_twice_is_fine_and_a_post_opens_anew(robot: SandboxRobot, poster: HttpPoster) -> None:
    await poster.aclose()
    await poster.aclose()

    assert isinstance(await poster.post(request_to(robot)), Reply)


async def test_a_server_that_never_accepts_does_not_hold_the_caller() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        poster = HttpPoster(connect_s=0.3, read_s=0.3, total_s=1)
        url = Secret(f"http://127.0.0.1:{listening.getsockname()[1]}/")

        reply = await poster.post(Request(url=url, headers={}, body=b"x"))

        assert reply == NoReply(trouble=Trouble.NO_ANSWER)
        await poster.aclose()


async def test_a_cookie_that_the_host_sets_is_not_sent_back(poster: HttpPoster) -> None:
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nset-cookie: who=you; path=/\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        request = Request(url=Secret(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"), headers={}, body=b"")
        for _ in range(2):
            assert isinstance(await poster.post(request), Reply)
    assert len(heads) == 2
    assert not any(b"cookie" in head.lower() for head in heads)
