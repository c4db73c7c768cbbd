"""Each row of what may be wrong with a request's size and body, by hand over a socket, against the running server."""

import socket
from collections.abc import Iterator

import pytest

from tests.support.mcp_client import CONTROL, TOKEN, Endpoint, threaded_endpoint
from tests.support.raw_http import Header, call, head, post, read_answer, refused, rpc, talk
from tray_app.adapters.web.access import same_token
from tray_app.core.kernel.secret import Secret

MARK = "zq9-marker"


@pytest.fixture(autouse=True)
def _still_serves(endpoint: Endpoint) -> Iterator[None]:
    yield
    assert talk(endpoint.port, post(endpoint.port, rpc())).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        [("x-long", "z" * 17_000)],
        [("x-longer", "z" * 100_000)],
        [(f"x-{number}", "z") for number in range(200)],
        [(f"x-{number}", "z") for number in range(2_000)],
    ],
    ids=["17 kB", "100 kB", "200 headers", "2000 headers"],
)
def test_too_much_of_headers_is_refused(endpoint: Endpoint, headers: list[Header]) -> None:
    refused(endpoint, post(endpoint.port, call(), *headers), 431)


def test_a_body_announced_too_large_is_refused_unread(endpoint: Endpoint) -> None:
    for length in ("262145", "100000000", "9" * 20):
        refused(endpoint, head(endpoint.port, ("content-length", length)), 413)


def test_a_long_head_is_refused_before_it_ends(endpoint: Endpoint) -> None:
    refused(endpoint, head(endpoint.port, ("x-long", "z" * 20_000))[:-4], 431)


def test_a_request_without_a_body_is_said_so(endpoint: Endpoint) -> None:
    answer = refused(endpoint, head(endpoint.port), 400)
    assert answer.json()["error"]["message"] == "The request is not valid JSON in UTF-8."


def test_two_lengths_are_refused(endpoint: Endpoint) -> None:
    refused(endpoint, post(endpoint.port, call(), ("content-length", "5"), ("content-length", "6")), 400)


def test_a_chunked_body_is_counted(endpoint: Endpoint) -> None:
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    refused(endpoint, post(endpoint.port, chunk * 20, ("transfer-encoding", "chunked")), 413)


def test_a_chunked_body_of_fair_size_is_served(endpoint: Endpoint) -> None:
    body = rpc()
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    assert talk(endpoint.port, post(endpoint.port, chunked, ("transfer-encoding", "chunked"))).status == 200


@pytest.mark.parametrize("id_", ["null", "true", "false", "1.5", "1e3", "{}", "[1]", '{"zq9-marker": 1}'])
def test_an_id_that_is_no_id_is_said_so(endpoint: Endpoint, id_: str) -> None:
    body = call().replace(b'"id": 1', f'"id": {id_}'.encode())
    answer = refused(endpoint, post(endpoint.port, body), 400)
    assert answer.json()["error"]["code"] == -32600
    assert answer.json()["id"] is None


@pytest.mark.parametrize("id_", [0, -1, 2**53, "", "a", "1"])
def test_any_string_or_whole_number_is_an_id(endpoint: Endpoint, id_: str | int) -> None:
    answer = talk(endpoint.port, post(endpoint.port, call(id_=id_)))
    assert (answer.status, answer.json()["id"]) == (200, id_)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b'{"zq9-marker"', -32700),
        (b"\xff\xfe", -32700),
        (b"\xef\xbb\xbf" + rpc(), -32700),
        (rpc().replace(b"1", b"9" * 5_000, 1), -32700),
        (rpc().replace(b'"id": 1', b'"id": NaN'), -32700),
        (b"[" * 100_000, -32700),
        (b'{"a":' * 40_000, -32700),
        (b"[" + rpc() + b"]", -32600),
        (b"[]", -32600),
        (b"null", -32600),
        (b'"zq9-marker"', -32600),
        (b"7", -32600),
        (b"{}", -32600),
        (rpc().replace(b'"2.0"', b'"zq9-marker"'), -32600),
        (b'{"jsonrpc":"2.0","id":1}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":7}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"result":{"a":"zq9-marker"}}', -32600),
        (rpc(params=["zq9-marker"]), -32600),
        (rpc(params=None), -32600),
    ],
)
def test_what_is_no_request_is_said_so(endpoint: Endpoint, body: bytes, code: int) -> None:
    answer = refused(endpoint, post(endpoint.port, body), 400)
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "zq9-marker", ""]
)
def test_a_form_or_a_plain_text_is_no_request(endpoint: Endpoint, kind: str) -> None:
    answer = talk(endpoint.port, post(endpoint.port, call(), ("content-type", kind)))
    assert answer.status in {400, 415}
    assert MARK.encode() not in answer.body


def test_an_unknown_protocol_version_is_refused(endpoint: Endpoint) -> None:
    answer = talk(endpoint.port, post(endpoint.port, call(), ("mcp-protocol-version", "1999-01-01")))
    assert answer.status == 400
    assert not answer.json().get("result")


def test_half_an_emoji_is_refused_and_said_so(endpoint: Endpoint) -> None:
    answer = refused(endpoint, post(endpoint.port, call("done \ud83d")), 400)
    assert "half a character" in answer.json()["error"]["message"]


@pytest.mark.parametrize("char", ["\0", "\x01", "\x07", "\x08", "\x0b", "\x0c", "\x1b", "\x1f", "\x7f", "\x80", "\x9b"])
def test_a_control_character_is_refused_with_its_argument(endpoint: Endpoint, char: str) -> None:
    before = len(endpoint.door.asked)
    said = talk(endpoint.port, post(endpoint.port, call(f"a{char}zq9"))).json()["result"]
    assert (said["isError"], said["structuredContent"]["status"]) == (True, "invalid")
    assert f"content holds control characters (U+{ord(char):04X})" in said["structuredContent"]["reason"]
    assert len(endpoint.door.asked) == before


@pytest.mark.parametrize("content", ["a\\u0000", "a\\x1b[31m", "one\ttwo\nthree\r\nfour\x85five"])
def test_written_out_escapes_tabs_and_line_breaks_are_no_control_characters(endpoint: Endpoint, content: str) -> None:
    answer = talk(endpoint.port, post(endpoint.port, call(content)))
    assert answer.json()["result"]["structuredContent"]["status"] == "sent"


def test_an_argument_that_stands_twice_is_refused(endpoint: Endpoint) -> None:
    body = call().replace(b'"content": "hello"', b'"content": "zq9", "content": "hello"')
    assert "stands twice" in refused(endpoint, post(endpoint.port, body), 400).json()["error"]["message"]


def test_both_spellings_of_the_address_are_served(endpoint: Endpoint) -> None:
    for start in ("POST /mcp HTTP/1.1", "POST /mcp/ HTTP/1.1"):
        assert talk(endpoint.port, post(endpoint.port, rpc(), start=start)).status == 200
    stranger = post(endpoint.port, rpc(), start="POST /mcp/ HTTP/1.1", without=["authorization"])
    assert talk(endpoint.port, stranger).status == 401
    assert talk(endpoint.port, post(endpoint.port, rpc(), start="POST /mcp// HTTP/1.1")).status == 404


@pytest.mark.parametrize(("path", "token"), [("/mcp", TOKEN), ("/hook", "hook"), ("/api/send", CONTROL)])
def test_ten_thousand_brackets_are_refused_everywhere(path: str, token: str) -> None:
    deep = b'{"jsonrpc":"2.0","id":1,"method":"x","a":' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    with threaded_endpoint(is_hook=same_token(Secret("hook"))) as endpoint:
        login = ("authorization", f"Bearer {token}")
        assert talk(endpoint.port, post(endpoint.port, deep, login, start=f"POST {path} HTTP/1.1")).status == 400


def test_a_whole_emoji_arrives_whole(endpoint: Endpoint) -> None:
    talk(endpoint.port, post(endpoint.port, call("done 🎉 \\ud83d")))
    assert endpoint.door.asked[-1][0].message.content == "done 🎉 \\ud83d"  # type: ignore[union-attr] # it is a Send


@pytest.mark.parametrize(
    "garbage",
    [
        b"zq9-marker\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"POST /mcp HTTP/1.1\r\nhost\r\n\r\n",
        b"POST /m\xc3\xa9 HTTP/1.1\r\nhost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_http_is_answered_and_closed(endpoint: Endpoint, garbage: bytes) -> None:
    assert talk(endpoint.port, garbage + b"\r\n\r\n").status in {0, 400, 421}


def test_length_and_chunks_together_are_refused(endpoint: Endpoint) -> None:
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(rpc()), rpc())
    smuggled = [("content-length", "5"), ("transfer-encoding", "chunked")]
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=5) as sock:
        sock.sendall(post(endpoint.port, chunked, *smuggled))
        assert read_answer(sock).status == 400
        assert sock.recv(100) == b""
