"""Slow, stuck and many connections, against the running server with short times."""

import asyncio
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.mcp_client import SENT, Endpoint, RecordingDoor, threaded_endpoint
from tests.support.raw_http import call, head, post, read_answer, rpc, talk
from tray_app.adapters.web.limits import HttpLimits
from tray_app.core.delivery.receipt import Receipt

SHORT = HttpLimits(body_s=0.2, request_s=0.4, connections=40)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with threaded_endpoint(limits=SHORT) as running:
        yield running


def opened(endpoint: Endpoint, data: bytes = b"") -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", endpoint.port), timeout=5)
    sock.sendall(data)
    return sock


def test_a_connection_that_says_nothing_is_closed(endpoint: Endpoint) -> None:
    with opened(endpoint) as sock:
        assert sock.recv(100) == b""


def test_half_a_head_is_answered_408_and_closed(endpoint: Endpoint) -> None:
    with opened(endpoint, head(endpoint.port)[:-20]) as sock:
        assert read_answer(sock).status == 408
        assert sock.recv(100) == b""


@pytest.mark.parametrize("sent", [b"", b"{"])
def test_a_stuck_body_is_answered_408_and_closed(endpoint: Endpoint, sent: bytes) -> None:
    with opened(endpoint, head(endpoint.port, ("content-length", "50")) + sent) as sock:
        assert read_answer(sock).status == 408
        assert sock.recv(100) == b""


def test_drops_of_a_body_do_not_extend_the_time(endpoint: Endpoint) -> None:
    with opened(endpoint, head(endpoint.port, ("content-length", "100000"))) as sock:
        sock.settimeout(0.02)
        data = b""
        while not data:  # ends by the server's 408, or by pytest-timeout
            sock.sendall(b" ")
            try:
                data = sock.recv(1000)
            except TimeoutError:
                continue
    assert b" 408 " in data


def test_a_refused_upload_does_not_go_on_for_ever(endpoint: Endpoint) -> None:
    with opened(endpoint, head(endpoint.port, ("content-length", "100000000"))) as sock:
        assert read_answer(sock).status == 413
        assert sock.recv(100) == b""


def test_an_answer_may_take_longer_than_a_request() -> None:
    async def slow(_intent: object) -> Receipt:
        done = asyncio.Event()
        asyncio.get_running_loop().call_later(2 * SHORT.request_s, done.set)
        await done.wait()
        return SENT

    with threaded_endpoint(RecordingDoor(slow), limits=SHORT) as endpoint:
        assert talk(endpoint.port, post(endpoint.port, call())).status == 200


def test_many_requests_on_one_connection_are_fine(endpoint: Endpoint) -> None:
    with opened(endpoint) as sock:
        for number in range(20):
            sock.sendall(post(endpoint.port, rpc(id_=number)))
            assert read_answer(sock).json()["id"] == number


def test_pipelined_requests_are_answered_in_order(endpoint: Endpoint) -> None:
    last = ("connection", "close")
    with opened(endpoint, post(endpoint.port, call(id_=1)) + post(endpoint.port, call(id_=2), last)) as sock:
        data = b"".join(iter(lambda: sock.recv(65536), b""))
    assert data.count(b" 200 OK") == 2
    assert 0 < data.index(b'"id":1') < data.index(b'"id":2')


def test_garbage_within_a_body_is_answered_and_ends_that_connection(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    chunked = b"%x\r\n%b\r\n" % (len(call()), call())
    with opened(endpoint, post(endpoint.port, chunked, ("transfer-encoding", "chunked"))) as sock:
        sock.sendall(b"zq9\r\n")
        answer = read_answer(sock)
        assert (answer.status, answer.headers["x-content-type-options"]) == (400, "nosniff")
        assert sock.recv(100) == b""
    assert talk(endpoint.port, post(endpoint.port, rpc())).status == 200
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_others_are_served_while_many_dawdle(endpoint: Endpoint) -> None:
    with ExitStack() as stack:
        for _ in range(SHORT.connections - 5):
            stack.enter_context(opened(endpoint, head(endpoint.port)[:-20]))
        assert talk(endpoint.port, post(endpoint.port, rpc())).status == 200


def test_the_connection_idle_longest_makes_room_for_one_that_asks() -> None:
    few = HttpLimits(connections=5)  # with the long deadlines, so that nothing else closes them
    with threaded_endpoint(limits=few) as endpoint, ExitStack() as stack:
        idle = [stack.enter_context(opened(endpoint)) for _ in range(few.connections)]
        give_up = time.monotonic() + 5
        while talk(endpoint.port, post(endpoint.port, rpc())).status == 503:
            assert time.monotonic() < give_up
        assert idle[0].recv(100) == b""


def test_idle_connections_give_their_room_back(endpoint: Endpoint) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(opened(endpoint)) for _ in range(SHORT.connections + 20)]
        assert talk(endpoint.port, post(endpoint.port, rpc())).status in {200, 503}
        for sock in idle:  # each is closed by its deadline at the latest
            assert sock.recv(100) == b""
        assert talk(endpoint.port, post(endpoint.port, rpc())).status == 200


def test_five_hundred_at_once_are_each_answered() -> None:
    with threaded_endpoint() as endpoint, ExitStack() as stack:
        socks = [stack.enter_context(opened(endpoint, post(endpoint.port, rpc()))) for _ in range(500)]
        statuses = [read_answer(sock).status for sock in socks]
        assert set(statuses) <= {200, 503}
        assert 200 in statuses
        for sock in socks:
            sock.close()
        assert any(talk(endpoint.port, post(endpoint.port, rpc())).status == 200 for _ in range(100))
