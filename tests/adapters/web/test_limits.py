"""Slow, stuck and many connections, against the running server with short times."""

import asyncio
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.mcp_client import CONTROL, SENT, Endpoint, RecordingDoor, threaded_endpoint
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
        assert talk(endpoint.port, post(endpoint.port, rpc())).status == 200
        assert idle[0].recv(100) == b""


def test_whoever_asks_gets_in_past_three_hundred_that_say_nothing() -> None:
    with threaded_endpoint() as endpoint, ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(opened(endpoint))
        answers = [talk(endpoint.port, post(endpoint.port, rpc())).status for _ in range(25)]
        assert answers == [200] * 25


def test_the_owner_gets_in_past_agents_that_keep_every_place_busy() -> None:
    stay = asyncio.Event()

    async def slow(_intent: object) -> Receipt:
        await stay.wait()
        return SENT

    with threaded_endpoint(RecordingDoor(slow), limits=HttpLimits(requests=3)) as endpoint, ExitStack() as stack:
        busy = [stack.enter_context(opened(endpoint, post(endpoint.port, call()))) for _ in range(3)]
        assert endpoint.engine is not None
        while len(endpoint.door.asked) < 3:
            time.sleep(0.01)
        assert talk(endpoint.port, post(endpoint.port, call())).status == 503
        login = ("authorization", f"Bearer {CONTROL}")
        assert talk(endpoint.port, post(endpoint.port, b"{}", login, start="POST /api/status HTTP/1.1")).status == 404
        endpoint.engine.post(stay.set)
        assert {read_answer(sock).status for sock in busy} == {200}
        assert talk(endpoint.port, post(endpoint.port, call())).status == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_whoever_sends_too_much_can_read_the_answer_after_all_of_it(endpoint: Endpoint, chunked: bool) -> None:
    body = b" " * 3_000_000
    kind = ("transfer-encoding", "chunked") if chunked else ("content-length", str(len(body)))
    if chunked:
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    for _ in range(5):
        with opened(endpoint, head(endpoint.port, kind)) as sock:
            sock.sendall(body)  # a reset would end it, and lose the answer
            answer = read_answer(sock)
            assert (answer.status, b"larger than 256 KiB" in answer.body) == (413, True)
            assert sock.recv(100) == b""


def test_what_comes_after_a_refusal_is_not_read_for_ever(endpoint: Endpoint) -> None:
    with opened(endpoint, head(endpoint.port, ("content-length", "1" + "0" * 12))) as sock:
        assert read_answer(sock).status == 413
        with pytest.raises(OSError, match=r"reset|pipe|abort"):
            sock.sendall(b" " * 64_000_000)


def test_idle_connections_give_their_room_back(endpoint: Endpoint) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(opened(endpoint)) for _ in range(SHORT.connections + 20)]
        assert talk(endpoint.port, post(endpoint.port, rpc())).status == 200
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
