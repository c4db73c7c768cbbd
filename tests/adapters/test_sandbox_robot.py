"""The sandbox robot over real sockets."""

import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.support.robot import credentials_of, robot
from tray_app.adapters.sandbox_robot import SandboxRobot, wall_ms
from tray_app.channels import CHANNELS
from tray_app.core.messages.message import TextMessage

__all__ = ["robot"]


def send(robot: SandboxRobot, content: str, *, now_ms: int | None = None) -> int:
    request = CHANNELS["dingtalk"].encode(
        TextMessage(content=content),
        credentials_of(robot),
        delivery_id=content,
        now_ms=wall_ms() if now_ms is None else now_ms,
    )
    url = urlsplit(request.url.reveal())
    connection = http.client.HTTPConnection(url.netloc, timeout=5)
    connection.request("POST", f"{url.path}?{url.query}", request.body, dict(request.headers))
    code: int = json.loads(connection.getresponse().read())["errcode"]
    connection.close()
    return code


def test_it_looks_like_a_real_robot(robot: SandboxRobot) -> None:
    url = urlsplit(robot.webhook)

    assert (url.scheme, url.hostname, url.path) == ("http", "127.0.0.1", "/robot/send")
    assert url.query == f"access_token={robot.robot.token}"
    assert len(bytes.fromhex(robot.robot.token)) == 32
    assert robot.secret.startswith("SEC")
    assert len(bytes.fromhex(robot.secret[3:])) == 32


def test_it_takes_what_is_right_and_shows_it(robot: SandboxRobot) -> None:
    assert send(robot, "one") == 0

    (seen,) = robot.wait_for(1)
    assert (seen.kind, seen.text, seen.uuid) == ("text", "one", "one")


def test_it_refuses_a_signature_two_hours_old(robot: SandboxRobot) -> None:
    assert send(robot, "one", now_ms=wall_ms() - 7_200_000) == 310000
    assert robot.received == ()


def test_waiting_has_an_end_and_says_how_many_came(robot: SandboxRobot) -> None:
    send(robot, "one")

    with pytest.raises(TimeoutError, match="1 of 2 messages"):
        robot.wait_for(2, timeout_s=0.05)
    with pytest.raises(TimeoutError, match="1 of 2 requests"):
        robot.wait_for_requests(2, timeout_s=0.05)


def test_it_comes_back_at_the_same_address_and_remembers(robot: SandboxRobot) -> None:
    webhook = robot.webhook
    send(robot, "one")

    robot.stop()
    robot.stop()
    robot.start()

    assert robot.webhook == webhook
    assert [send(robot, "one"), send(robot, "two")] == [0, 0]
    assert [seen.text for seen in robot.received] == ["one", "two"]


def test_two_robots_have_nothing_in_common(robot: SandboxRobot) -> None:
    with SandboxRobot(signed=False) as other:
        assert other.secret == ""
        assert other.robot.token != robot.robot.token
        assert send(other, "x") == 0

    assert robot.received == ()


@pytest.mark.parametrize(
    "said",
    [
        b"\r\n\r\n",
        b"hello\r\n\r\n",
        b"POST /robot/send HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        b"POST /robot/send HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST /robot/send HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n",
        b"x" * 100_000,
    ],
    ids=["nothing", "no HTTP", "no length", "below zero", "too long", "endless head"],
)
def test_what_is_no_request_is_hung_up_on_and_the_robot_goes_on(robot: SandboxRobot, said: bytes) -> None:
    url = urlsplit(robot.webhook)
    with socket.create_connection((url.hostname, url.port), timeout=5) as connection:
        try:
            connection.sendall(said)
            assert connection.recv(100) == b""
        except ConnectionError:
            pass  # a reset is hanging up, too

    assert send(robot, "one") == 0
    assert robot.robot.requests == 1
